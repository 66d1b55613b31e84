"""What a letter could speak of truly for one person, and who would read it: for the preview of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import F, Q

from assessment.models import Complaint, Recommendation, SecondLook, Sending
from enrolment.models import Enrolment, Nomination, Statement
from enrolment.queries.holding import answerers
from enrolment.queries.nominations import deciders, hears_of, told_for
from enrolment.queries.texts import About
from enrolment.rules.kinds import HR, KINDS, MANAGER
from enrolment.rules.letters import LETTERS
from enrolment.rules.reminders import FINISHED_WITHIN, REVIEW_MONTHS, TRAINING_PLAN_DAYS
from people.models import Employee
from programmes.rules import add_months

S, N = Enrolment.Status, Nomination.Status


class Preview(NamedTuple):
    """What a letter would speak of, who would read it, and the day it would be about."""

    about: About
    reader: Employee
    day: date | None = None


def preview_of(kind: str, person: Employee, *, on: date) -> Preview | None:
    """The latest thing of a person's own that a letter of this kind could be sent about; None: nothing fits.

    Nor does it fit where nobody would read it, or where its day has gone.
    """
    about = _about(kind, person, on)
    if about is None:
        return None
    reader = _reader(kind, person, about, on)
    day = _day(kind, about, on) if isinstance(about, Enrolment) else None
    if reader is None or (kind in UPCOMING and day is None):
        return None
    return Preview(about, reader, day)


def _about(kind: str, person: Employee, on: date) -> About | None:
    match LETTERS[kind].about:
        case "digest":
            return None
        case "sending":
            rows = Sending.objects.filter(SENT.get(kind, lambda day: Q())(on), asked__employee=person)
            return rows.order_by("-sent_on", "-pk").first()
        case "nomination":
            found = Nomination.objects.filter(WAITS[kind](on), employee=person)
            return found.select_related("employee__manager", "programme").order_by("-nominated_on", "-pk").first()
        case "recommendation":
            made = Recommendation.objects.filter(employee=person, is_latest=True, response__is_on_behalf=True)
            return made.first()
        case "statement":
            says = Q(status=Statement.Status.ANSWERED if kind == "record_answered" else Statement.Status.DISPUTED)
            return Statement.objects.filter(says, enrolment__employee=person).order_by("-said_on", "-pk").first()
        case "second_look":
            is_open = kind == "second_look_asked"
            looks = SecondLook.objects.filter(employee=person, closed_on__isnull=is_open)
            return looks.order_by("-asked_on", "-pk").first()
        case "complaint":
            answered = Complaint.objects.filter(made_by__employee=person, answered_on__isnull=False)
            return answered.order_by("-made_on", "-pk").first()
    rows_of_person = Enrolment.objects.filter(FITS[kind](on), employee=person)
    return rows_of_person.order_by("-start_date", "-pk").first()


def _reader(kind: str, person: Employee, about: About, on: date) -> Employee | None:
    """Who would read a letter about that: the person, their manager, whoever nominated, HR, the reviewer, the asker."""
    if isinstance(about, SecondLook):
        who = about.reviewer if kind == "second_look_asked" else about.asked_by
        return who.own_record() if who else None
    to = KINDS[kind].to
    if isinstance(about, Nomination) and kind.startswith("wish_e"):
        return person
    if to == HR:
        is_to_all = kind == "nomination_escalated"
        return next((who for who in deciders(on, with_administrators=is_to_all) if hears_of(who, person)), None)
    if to != MANAGER:
        return person
    if not isinstance(about, Nomination):
        return person.manager
    if about.status == N.ASKED:
        return next(iter(answerers([about], on=on).get(about.pk, ())), None)
    return told_for(about)


def _day(kind: str, enrolment: Enrolment, on: date) -> date | None:
    """The day that a reminder of an enrolment would speak of; None: it has gone."""
    start, end = enrolment.start_date, enrolment.planned_end_date
    match kind:
        case "training_plan" if start:
            return _to_come([start + timedelta(days=TRAINING_PLAN_DAYS)], on)
        case "review" if start and end:
            months = range(REVIEW_MONTHS, MOST_MONTHS, REVIEW_MONTHS)
            day = _to_come((add_months(start, number) for number in months), on)
            return day if day and day < end else None
        case "progression" | "to_close":
            return end
        case "finished" | "can_start" | "next_asked":
            return enrolment.ended_on or end
    return start


def _to_come(days: Iterable[date], on: date) -> date | None:
    return next((day for day in days if day >= on), None)


def _runs(on: date) -> Q:
    return Q(status=S.ACTIVE, planned_end_date__gte=on)


def _finished(on: date) -> Q:
    return Q(status=S.COMPLETED, ended_on__range=(on - timedelta(days=FINISHED_WITHIN), on))


def _placed(on: date) -> Q:
    return Q(status=S.PLANNED) | _runs(on)


def _apprentice(on: date) -> Q:
    return _runs(on) & Q(programme__kind="apprenticeship")


def _asked(on: date) -> Q:
    return Q(status=N.ASKED)


def _submitted(on: date) -> Q:
    return Q(status=N.SUBMITTED)


def _declined(on: date) -> Q:
    return Q(status=N.DECLINED)


MOST_MONTHS = 120  # of an apprenticeship: longer ones are slips
UPCOMING = ("training_plan", "review")  # kinds that speak of a day to come, which may have gone

type Fit = Callable[[date], Q]

FITS: Mapping[str, Fit] = {
    "enrolled": _placed,
    "team_enrolled": _placed,
    "moved": _placed,
    "queued": lambda on: Q(status=S.QUEUED),
    "waiting": lambda on: Q(status=S.WAITING, cohort__isnull=False),
    "promoted": lambda on: Q(status=S.PLANNED, cohort__isnull=False),
    "called_off": lambda on: Q(status__in=[S.CANCELLED, S.PLANNED, S.WAITING]),
    "recorded": lambda on: (
        Q(status__in=[S.PAUSED, S.WITHDRAWN]) | Q(status=S.ACTIVE, events__move__in=["extend", "shorten", "end_break"])
    ),
    "starts_soon": lambda on: Q(status=S.PLANNED, start_date__gt=on),
    "started": _runs,
    "training_plan": _apprentice,
    "review": _apprentice,
    "progression": _runs,
    "finished": _finished,
    "can_start": _finished,
    "to_close": lambda on: Q(status=S.OVERDUE),
    "next_asked": lambda on: _finished(on) | _runs(on),
}
WAITS: Mapping[str, Fit] = {
    "nomination_asked": lambda on: _submitted(on) & Q(word="") & ~Q(nominated_by=F("employee__user")),
    "nomination_word": lambda on: Q(word__in=[Nomination.Word.NOT_NOW, Nomination.Word.NO]),
    "nomination_waits": _submitted,
    "nomination_escalated": _submitted,
    "nomination_expires": _submitted,
    "nomination_expired": lambda on: Q(status=N.EXPIRED) & ~Q(reason=""),
    "nomination_declined": _declined,
    "nomination_reopened": _submitted,
    "nomination_not_this_time": _declined,
    "nomination_left": lambda on: Q(status=N.EXPIRED, employee__employed_until__lt=on),
    "wish": _asked,
    "wish_waits": _asked,
    "wish_expires": _asked,
    "wish_expired": lambda on: Q(status=N.EXPIRED, asked_on__isnull=False, reason=""),
    "wish_turned_down": lambda on: Q(status=N.TURNED_DOWN),
    "wish_granted": lambda on: Q(status__in=[N.SUBMITTED, N.APPROVED], asked_on__isnull=False),
}
SENT: Mapping[str, Fit] = {
    "questionnaire_due_soon": lambda on: Q(due_on__gte=on),
    "questionnaire_overdue": lambda on: Q(due_on__lt=on),
}
