"""Who hears that somebody is placed: the learner, and once their manager, with the days as they are when it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from operator import ne

from enrolment import notices
from enrolment.models import Enrolment
from people.actions.notices import Again, tell
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.rules import has_left

TO_MANAGER = "team_enrolled"  # the kind of the manager's copy


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
