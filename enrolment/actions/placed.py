"""Who hears where somebody is placed, when, and what is recorded of it: the learner; of a placement their manager too.

The manager's copy goes once, with the days as they are when it leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q

from enrolment import notices
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.statements import last_days
from enrolment.rules import UNDO
from people.actions.notices import always, tell, withdraw_notices
from people.models import UNTOLD, Employee, Notice, User
from people.queries import rows_of
from people.rules import has_left

S = Enrolment.Status
TO_MANAGER = "team_enrolled"  # the kind of the manager's copy
FIRST = ("enrolled", "promoted")  # the kinds that give a learner a place
OF_PLACE = (*FIRST, "moved", "queued", "waiting", "recorded")  # and those that say where they stand with it
NEVER = datetime.min.replace(tzinfo=UTC)
OF_CLOSING = ("recorded", "called_off")
# Moves by HR on what runs or has ended, of which the learner hears how it stands now.
RECORDED = frozenset(
    {"extend", "shorten", "begin_break", "state_return", "end_break", "withdraw", "correct", "reopen", "reinstate"}
)
# Moves that a letter of the place follows, but for those that close it and are undone.
NEWS = (RECORDED - {"withdraw"}) | {
    *("enrol", "enrol_behind", "join_waiting_list", "plan", "promote"),
    *("redate", "change_cohort", "shift", "propose", "queue", "wait"),
}


def tell_enrolled(made: Sequence[Enrolment], *, by: User | None, on: date, is_first: bool = False) -> None:
    """Each learner who has a place with days hears of it, and their manager. ``is_first``: the records are new."""
    tell(notices.enrolled(made, on=on), is_first=is_first, again=always)
    tell_managers(made, by=by, on=on, is_first=is_first)


def tell_moved(moved: Sequence[Enrolment], *, on: date) -> None:
    """Each learner hears of the other days; letters of the place that have not left yet say them too."""
    tell(notices.moved(_not_yet_told(moved, on=on), on=on), again=always)
    _tell_managers_anew(moved, on=on)


def _not_yet_told(rows: Sequence[Enrolment], *, on: date) -> list[Enrolment]:
    """Who has to hear of their days by a letter more: where the first has not left, it says them as they are now.

    That of a seat in a cohort speaks of the cohort: who has days of their own by now hears of these instead.
    """
    if not rows:
        return []
    unsent = Notice.objects.filter(kind__in=FIRST, subject__in=[row.public_id for row in rows], **UNTOLD)
    kinds = dict(unsent.values_list("subject", "kind"))
    seatless = {row.public_id for row in rows if kinds.get(row.public_id) == "promoted" and row.cohort_id is None}
    withdraw_notices(seatless, kinds=["promoted"])
    kinds = {subject: kind for subject, kind in kinds.items() if subject not in seatless}
    for kind, write in (("enrolled", notices.enrolled), ("promoted", notices.promoted)):
        tell(write([row for row in rows if kinds.get(row.public_id) == kind], on=on))
    return [row for row in rows if row.public_id not in kinds]


def _tell_managers_anew(rows: Sequence[Enrolment], *, on: date) -> None:
    """A manager’s copy that they have not heard is written again, as it is; of what runs only where it still goes."""
    if not rows:
        return
    managers = {row.employee.manager_id for row in rows if row.employee.manager_id}
    copies = Notice.objects.filter(kind=TO_MANAGER, subject__in={row.public_id for row in rows})
    unheard = (
        copies.filter(employee__in=rows_of(managers))
        .exclude(status__in=Notice.HEARD)
        .values_list("subject", "employee_id", "status")
    )
    about = {row.public_id: row for row in rows}
    anew = {
        subject: about[subject]
        for subject, manager, status in unheard
        if about[subject].status == S.PLANNED
        or (status in UNTOLD["status__in"] and manager == about[subject].employee.manager_id)
    }
    tell_managers(anew.values(), by=None, on=on)


def tell_waiting(waiting: Sequence[Enrolment], *, on: date) -> None:
    """Each learner whom HR put on a waiting list hears of it; what was to be said of their days is withdrawn."""
    withdraw_notices(enrolment.public_id for enrolment in waiting)
    tell(notices.waiting(waiting, on=on), again=always)


def tell_recorded(events: Iterable[EnrolmentEvent], *, on: date) -> None:
    """Each learner hears how it stands after HR's moves on what runs, or that their place is called off.

    Of what was undone in time nobody hears, unless they were told of it.
    """
    made = list(events)
    changed = {event.subject.public_id: event.subject for event in made if event.move in RECORDED}
    cancelled = {event.subject.public_id: event.subject for event in made if event.move == "cancel"}
    about = {event.subject.public_id for event in made}
    withdraw_notices(about - changed.keys(), kinds=["recorded"])
    withdraw_notices(about - cancelled.keys(), kinds=["called_off"])
    runs = [each for each in changed.values() if each.status == S.ACTIVE]
    first = {each.public_id for each in runs} - {each.public_id for each in _not_yet_told(runs, on=on)}
    withdraw_notices(first, kinds=["recorded"])  # the first letter says it all
    _tell_once_a_day([each for subject, each in changed.items() if subject not in first], on=on)
    _tell_managers_anew(runs, on=on)
    tell(notices.called_off(cancelled.values(), on=on), again=always)
    _tell_undone([event.subject for event in made if event.move in UNDO.values()], on=on)


def _tell_undone(undone: Sequence[Enrolment], *, on: date) -> None:
    """How it stands again, to whom had heard of the closing, and to whom something is to be told that it took back."""
    if not undone:
        return
    told = Notice.objects.filter(subject__in=[row.public_id for row in undone])
    told = told.filter(employee__in=rows_of({row.employee_id for row in undone}))
    heard = told.filter(status__in=Notice.HEARD)
    closed = set(heard.filter(kind__in=OF_CLOSING).values_list("subject", flat=True))
    last = dict(heard.filter(kind__in=OF_PLACE).values_list("subject").annotate(at=Max("sent_at")))
    events = EnrolmentEvent.objects.filter(subject__in=[row.pk for row in undone], move__in=NEWS).order_by()
    news = dict(events.values_list("subject__public_id").annotate(last=Max("at")))
    withdrawn = told.filter(status=Notice.Status.WITHDRAWN)
    taken: dict[UUID, set[str]] = defaultdict(set)  # but for what a person called off
    for subject, kind in withdrawn.filter(kind__in=OF_PLACE, settled_by=None).values_list("subject", "kind"):
        taken[subject].add(kind)
    back = [
        row
        for row in undone
        if row.public_id in closed
        or _is_news(news.get(row.public_id), last.get(row.public_id, NEVER), taken[row.public_id])
    ]
    _tell_once_a_day([row for row in back if row.status in (S.ACTIVE, S.PAUSED)], on=on)
    tell(notices.enrolled([row for row in back if row.status == S.PLANNED], on=on), again=always)
    tell(notices.queued([row for row in back if row.status == S.QUEUED], on=on), again=always)
    tell(notices.waiting([row for row in back if row.status == S.WAITING], on=on), again=always)
    _tell_managers_anew([row for row in undone if row.status in (S.PLANNED, S.ACTIVE)], on=on)


def _is_news(happened: datetime | None, heard: datetime | None, taken: Set[str]) -> bool:
    """Whether a letter was taken back (``taken``: its kinds) of something that happened since the learner last heard.

    What is being sent, at no moment yet, is heard. Who was never told of the place at all is not told by an undo.
    """
    if happened is None or heard is None:
        return False
    return bool(taken - {"recorded"} if heard == NEVER else taken) and happened > heard


def _tell_once_a_day(rows: Sequence[Enrolment], *, on: date) -> None:
    """Each learner hears how it stands. Who heard of the same one on this day hears the rest on the next, in one."""
    if not rows:
        return
    until = last_days((row.pk for row in rows), on=on)
    heard = Notice.objects.filter(kind="recorded", subject__in=[row.public_id for row in rows], status__in=Notice.HEARD)
    heard = heard.filter(employee__in=rows_of({row.employee_id for row in rows}))
    today = Q(due_on=on) | Q(sent_at__date=on) | Q(status=Notice.Status.SENDING)
    told = set(heard.filter(today).values_list("subject", flat=True))
    for due, some in (
        (on, [row for row in rows if row.public_id not in told]),
        (on + timedelta(days=1), [row for row in rows if row.public_id in told]),
    ):
        tell(notices.recorded(some, due=due, until=until), again=always)


def tell_managers(placed: Iterable[Enrolment], *, by: User | None, on: date, is_first: bool = False) -> None:
    """Each manager who works here hears, of each of theirs once, that they are placed; who did it themself knows."""
    theirs = [(each, each.employee.manager_id) for each in placed if each.employee.manager_id]
    if not theirs:
        return
    managers = {
        person.pk: person
        for person in Employee.objects.filter(pk__in=rows_of({manager for _, manager in theirs}))
        if not has_left(person.employed_until, on) and (by is None or person.user_id != by.pk)
    }
    copies = [(each, managers[manager]) for each, manager in theirs if manager in managers]
    tell(notices.team_enrolled(copies, on=on), is_first=is_first, again=lambda told, now: False)
