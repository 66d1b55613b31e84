"""Whether what a notice says is still so, asked at the moment it leaves: what is over is not said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from assessment.models import Recommendation, SecondLook
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, NominationEvent, Statement
from enrolment.queries.holding import answerers
from enrolment.queries.nominations import deciders, hears_of, told_for
from enrolment.queries.reminders import still
from enrolment.queries.sendings import unanswered
from enrolment.rules.reminders import REMINDERS, SAYS_NEXT
from enrolment.rules.sendings import OVERDUE_REMINDER
from people.models import Employee, Notice
from people.queries import rows_of

S, N = Enrolment.Status, Nomination.Status
DISPUTED = Statement.Status.DISPUTED
RECORDED = (S.ACTIVE, S.PAUSED, S.OVERDUE, S.COMPLETED, S.WITHDRAWN)
NOT_PLACED = (S.QUEUED, S.WAITING, S.WITHDRAWN, S.CANCELLED)
MOVED = "The dates are others by now."
ANSWERED = "The nomination has been answered."
NOT_THEIRS = "It is somebody else’s to hear by now."
NOT_YET = "Its day has not come yet; it is written again then."


def lapsed(notices: Sequence[Notice], on: date) -> dict[int, str]:
    """By notice (row id) that says what is no longer so, or says it to the wrong person: why. Constant queries."""
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[notice.kind].append(notice)
    found: dict[int, str] = {}
    for kinds, check in CHECKS.items():
        if rows := [notice for kind in kinds for notice in by_kind[kind]]:
            found |= {pk: why for pk, why in check(rows, on).items() if why}
    return found


def _enrolments(notices: Sequence[Notice], on: date) -> dict[int, str]:
    rows = _by_subject(Enrolment.objects.filter(public_id__in=_subjects(notices)).select_related("employee"))
    return {notice.pk: _of_enrolment(notice, rows[notice.subject]) for notice in notices if notice.subject in rows}


def _of_enrolment(notice: Notice, enrolment: Enrolment) -> str:
    said = f"The enrolment is {enrolment.get_status_display()}."
    match notice.kind:
        case "waiting":
            return "" if enrolment.status == S.WAITING else said
        case "queued":
            return "" if enrolment.status == S.QUEUED else said
        case "called_off":
            return "" if enrolment.status == S.CANCELLED else said
        case "recorded":
            is_so = enrolment.status in RECORDED and enrolment.last_day == notice.about_on
            return "" if is_so else "Something else is recorded by now."
        case "team_enrolled" if notice.employee_id != enrolment.employee.manager_id:
            return NOT_THEIRS
    if enrolment.status in NOT_PLACED:
        return said
    return "" if enrolment.start_date == notice.about_on else MOVED


def _reminders(notices: Sequence[Notice], on: date) -> dict[int, str]:
    so = still(on, subjects=_subjects(notices))
    said = {notice.pk: (notice.subject, notice.employee_id, notice.kind, notice.about_on) for notice in notices}
    over = {pk: "It is over, or its day is another by now." for pk, facts in said.items() if facts not in so}
    return over | _overtaken([notice for notice in notices if notice.kind in SAYS_NEXT and notice.pk not in over])


def _overtaken(notices: Sequence[Notice]) -> dict[int, str]:
    """Letters of what comes next since which somebody planned or decided that: the night writes them anew."""
    if not notices:
        return {}
    first = min(notice.created_at for notice in notices)
    whose = dict(Enrolment.objects.filter(public_id__in=_subjects(notices)).values_list("public_id", "employee_id"))
    others = EnrolmentEvent.objects.filter(subject__employee__in=rows_of(whose.values()), at__gt=first).order_by()
    nominated = NominationEvent.objects.filter(subject__employee__in=rows_of(whose.values()), at__gt=first).order_by()
    moments: dict[int, list[tuple[UUID | None, datetime]]] = defaultdict(list)
    for person, subject, at in others.values_list("subject__employee_id", "subject__public_id", "at"):
        moments[person].append((subject, at))
    for person, at in nominated.values_list("subject__employee_id", "at"):
        moments[person].append((None, at))
    return {
        notice.pk: "What comes next is other by now."
        for notice in notices
        if any(
            at > notice.created_at and subject != notice.subject
            for subject, at in moments[whose.get(notice.subject, 0)]
        )
    }


def _nominations(notices: Sequence[Notice], on: date) -> dict[int, str]:
    wanted = Nomination.objects.filter(public_id__in=_subjects(notices))
    rows = _by_subject(wanted.select_related("employee__manager", "nominated_by__employee"))
    asked = [notice for notice in notices if notice.kind in (*TO_DECIDERS, *TO_ANSWER)]
    may = {person.pk: person for person in deciders(on, with_administrators=True)} if asked else {}
    answer = answerers([rows[n.subject] for n in asked if n.kind in TO_ANSWER and n.subject in rows], on=on)
    return {
        n.pk: _of_nomination(n, rows[n.subject], may, answer.get(rows[n.subject].pk, ()))
        for n in notices
        if n.subject in rows
    }


def _of_nomination(
    notice: Notice, nomination: Nomination, deciders: Mapping[int, Employee], answer: Sequence[Employee]
) -> str:
    if nomination.status != STATUS_OF.get(notice.kind, N.SUBMITTED):
        return ANSWERED if notice.kind not in STATUS_OF else f"The nomination is {nomination.get_status_display()}."
    if (step := SAYS_STEP.get(notice.kind)) and getattr(nomination, step) is None:  # written ahead, and its day moved
        return NOT_YET
    if notice.kind == "nomination_asked" and nomination.word:
        return "They have given their word."
    if notice.kind in TO_ANSWER and notice.employee_id in {person.pk for person in answer}:
        return ""
    if notice.kind in (*TO_DECIDERS, *TO_ANSWER):
        to, is_to_all = deciders.get(notice.employee_id), notice.kind == "nomination_escalated"
        hears = to is not None and hears_of(to, nomination.employee, with_administrators=is_to_all)
        return "" if hears else NOT_THEIRS
    told = told_for(nomination)
    return "" if notice.employee_id in (nomination.employee_id, told.pk if told else None) else NOT_THEIRS


def _second_looks(notices: Sequence[Notice], on: date) -> dict[int, str]:
    rows = _by_subject(SecondLook.objects.filter(public_id__in=_subjects(notices)).select_related("reviewer__employee"))
    found = {}
    for notice in notices:
        if (look := rows.get(notice.subject)) is None:
            continue
        reviewer = look.reviewer.own_record() if look.reviewer else None
        if look.closed_on:
            found[notice.pk] = "Somebody has looked again."
        elif reviewer is None or reviewer.pk != notice.employee_id:
            found[notice.pk] = NOT_THEIRS
    return found


def _statements(notices: Sequence[Notice], on: date) -> dict[int, str]:
    wanted = Statement.objects.filter(public_id__in=_subjects(notices)).select_related("enrolment__employee")
    rows = _by_subject(wanted)
    hr = {person.pk: person for person in deciders(on, with_administrators=False)}
    return {n.pk: _of_statement(n, rows[n.subject], hr) for n in notices if n.subject in rows}


def _of_statement(notice: Notice, statement: Statement, hr: Mapping[int, Employee]) -> str:
    if statement.status != DISPUTED:
        return "The dispute has been answered."
    to = hr.get(notice.employee_id)
    return "" if to and hears_of(to, statement.enrolment.employee) else NOT_THEIRS


def _questions(notices: Sequence[Notice], on: date) -> dict[int, str]:
    left = unanswered(_subjects(notices), (notice.employee_id for notice in notices))
    answered = "They have answered, or nobody is asked any more."
    over = {notice.pk: answered for notice in notices if (notice.subject, notice.employee_id) not in left}
    early = [n for n in notices if n.kind == OVERDUE_REMINDER.kind and n.about_on and n.about_on >= on]
    return {n.pk: NOT_YET for n in early} | over


def _recommendations(notices: Sequence[Notice], on: date) -> dict[int, str]:
    rows = Recommendation.objects.filter(public_id__in=_subjects(notices), is_latest=True, is_decided=False)
    left = set(rows.values_list("public_id", "employee_id"))
    decided = "HR has decided, or there are newer answers."
    return {notice.pk: decided for notice in notices if (notice.subject, notice.employee_id) not in left}


def _going_on(notices: Sequence[Notice], on: date) -> dict[int, str]:
    rows = Enrolment.objects.filter(public_id__in=_subjects(notices), status__in=[S.ACTIVE, S.OVERDUE, S.COMPLETED])
    to_come = Enrolment.objects.filter(employee=OuterRef("employee_id"), status__in=[S.QUEUED, S.WAITING, S.PLANNED])
    nominated = Nomination.objects.unanswered().filter(employee=OuterRef("employee_id"))
    left = set(rows.exclude(Exists(to_come)).exclude(Exists(nominated)).values_list("public_id", "employee_id"))
    gone_on = "They go on already, or not from here."
    return {notice.pk: gone_on for notice in notices if (notice.subject, notice.employee_id) not in left}


def _subjects(notices: Iterable[Notice]) -> set[UUID]:
    return {notice.subject for notice in notices}


def _by_subject[T: (Enrolment, Nomination, SecondLook, Statement)](rows: Iterable[T]) -> dict[UUID, T]:
    return {row.public_id: row for row in rows}


TO_DECIDERS = ("nomination_waits", "nomination_escalated")
# What says that the calendar has made a step: by the day of it.
SAYS_STEP = {"nomination_escalated": "escalated_on", "nomination_expires": "warned_on", "wish_expires": "warned_on"}
TO_ANSWER = ("wish", "wish_waits")  # to the manager of who asks, a deputy, or HR
# What a nomination has to be for a letter about it to be so; the others speak of one that waits for HR.
STATUS_OF: Mapping[str, str] = {
    "nomination_expired": N.EXPIRED,
    "nomination_left": N.EXPIRED,
    "nomination_declined": N.DECLINED,
    "nomination_not_this_time": N.DECLINED,
    "wish": N.ASKED,
    "wish_waits": N.ASKED,
    "wish_expires": N.ASKED,
    "wish_expired": N.EXPIRED,
    "wish_turned_down": N.TURNED_DOWN,
}
CHECKS: Mapping[tuple[str, ...], Callable[[Sequence[Notice], date], dict[int, str]]] = {
    ("enrolled", "team_enrolled", "moved", "promoted", "waiting", "queued", "called_off", "recorded"): _enrolments,
    tuple(REMINDERS): _reminders,
    (
        "nomination_asked",
        "nomination_word",
        "nomination_expires",
        "nomination_reopened",
        "wish_granted",
        *TO_DECIDERS,
        *STATUS_OF,
    ): _nominations,
    ("second_look_asked",): _second_looks,
    ("record_disputed",): _statements,
    ("recommended",): _recommendations,
    ("next_asked",): _going_on,
    ("questionnaire", "questionnaire_reminder", "questionnaire_due_soon", "questionnaire_overdue"): _questions,
}
# What stays so however late it leaves.
UNCHECKED: Mapping[str, str] = {
    "second_look_closed": "What somebody found when they looked again stays as they wrote it.",
    "complaint_answered": "An answer that was given stays given.",
    "record_answered": "An answer that was given stays given.",
    "digest_team": "A summary says of which days it speaks.",
    "digest_hr": "A summary says of which days it speaks.",
}
