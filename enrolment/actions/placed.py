"""Who hears where somebody is placed, when, and what is recorded of it: the learner; of a placement their manager too.

The manager's copy goes once, with the days as they are when it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from operator import ne

from django.db.models import Q

from enrolment import notices
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.statements import last_days
from enrolment.rules import UNDO
from people.actions.notices import Again, tell, withdraw_notices
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.rules import has_left

S = Enrolment.Status
TO_MANAGER = "team_enrolled"  # the kind of the manager's copy
OF_CLOSING = ("recorded", "called_off")
# Moves by HR on what runs or has ended, of which the learner hears how it stands now.
RECORDED = frozenset(
    {"extend", "shorten", "begin_break", "state_return", "end_break", "withdraw", "correct", "reopen", "reinstate"}
)


def tell_enrolled(made: Sequence[Enrolment], *, by: User | None, on: date, is_first: bool = False) -> None:
    """Each learner who has a place with days hears of it, and their manager. ``is_first``: the records are new."""
    tell(notices.enrolled(made, on=on), is_first=is_first, again=ne)
    tell_managers(made, by=by, on=on, is_first=is_first)


def tell_moved(moved: Sequence[Enrolment], *, on: date, again: Again = ne) -> None:
    """Each learner hears of the other days; a manager's copy that has not left yet says them too."""
    tell(notices.moved(moved, on=on), again=again)
    unheard = Notice.objects.filter(kind=TO_MANAGER, subject__in={each.public_id for each in moved})
    about = set(unheard.exclude(status__in=Notice.HEARD).values_list("subject", flat=True)) if moved else set()
    tell_managers([each for each in moved if each.public_id in about], by=None, on=on)


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
    _tell_once_a_day(list(changed.values()), on=on)
    tell(notices.called_off(cancelled.values(), on=on), again=always)
    undone = {event.subject.public_id: event.subject for event in made if event.move in UNDO.values()}
    if not undone:
        return
    heard = Notice.objects.filter(kind__in=OF_CLOSING, status__in=Notice.HEARD, subject__in=undone.keys())
    back = [undone[subject] for subject in set(heard.values_list("subject", flat=True))]
    _tell_once_a_day([each for each in back if each.status in (S.ACTIVE, S.PAUSED)], on=on)
    tell(notices.enrolled([each for each in back if each.status == S.PLANNED], on=on), again=always)
    tell(notices.queued([each for each in back if each.status == S.QUEUED], on=on), again=always)
    tell(notices.waiting([each for each in back if each.status == S.WAITING], on=on), again=always)


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


def always(told: date | None, now: date | None) -> bool:
    """What happened since is told again, also of the same day."""
    return True


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
