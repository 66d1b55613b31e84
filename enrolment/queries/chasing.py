"""Who hears of a nomination that waits, step by step: asked when a letter is written, and when it is foreseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from enrolment.models import Nomination
from enrolment.queries.holding import answerers
from enrolment.queries.nominations import deciders, hears_of, told_for
from enrolment.rules.kinds import leaves_on
from enrolment.rules.nominations import to_come
from people.models import Employee, Notice
from people.queries import policy, rows_of

# By the calendar's move: the kind of letter about a nomination, and about what a learner asks for.
KINDS = {
    "remind": ("nomination_waits", "wish_waits"),
    "escalate": ("nomination_escalated", "wish_waits"),
    "warn": ("nomination_expires", "wish_expires"),
    "expire": ("nomination_expired", "wish_expired"),
}


class Telling(NamedTuple):
    """One letter that the calendar will write of a nomination if nobody answers before: its day, kind, and reader."""

    day: date
    kind: str
    to: Employee
    about: Nomination


def readers(asked: Iterable[Nomination], *, on: date, is_for_hr: bool = False) -> list[tuple[Employee, Nomination]]:
    """Who hears of what is asked: whoever answers it, or HR of the person where no manager can, or ``is_for_hr``."""
    wishes = list(asked)
    answer = {} if is_for_hr else answerers(wishes, on=on)
    hr = deciders(on, with_administrators=False) if any(each.pk not in answer for each in wishes) else []
    return [
        (to, each)
        for each in wishes
        for to in answer.get(each.pk) or [one for one in hr if hears_of(one, each.employee)]
    ]


def letters(
    step: str, nominations: Sequence[Nomination], *, on: date
) -> list[tuple[str, list[tuple[Employee | None, Nomination]]]]:
    """What a move of the calendar says of these, letter by letter: the kind, and to whom it speaks of which.

    What HR holds has letters of its own, and so has what a learner asked for, which the manager holds. As many queries
    for many nominations as for one.
    """
    asked = [each for each in nominations if each.is_only_asked]
    made = [each for each in nominations if not each.is_only_asked]
    of_made, of_asked = KINDS[step]
    if step in ("warn", "expire"):
        return [
            (kind, [(to, each) for each in rows for to in {told_for(each), each.employee}])
            for kind, rows in ((of_made, made), (of_asked, asked))
        ]
    is_to_all = step == "escalate"
    hr = deciders(on, with_administrators=is_to_all) if made else []
    heard: list[tuple[Employee | None, Nomination]] = [
        (to, each) for each in made for to in hr if hears_of(to, each.employee, with_administrators=is_to_all)
    ]
    return [(of_asked, [*readers(asked, on=on, is_for_hr=is_to_all)]), (of_made, heard)]


def foretold(nominations: Sequence[Nomination], *, on: date, until: date) -> list[Telling]:
    """What the calendar will write of these from a day on until another, unless it is written already or called off.

    The nominations come with employee (with manager), programme and who nominated. As many queries for many as for one.
    """
    now = policy()
    days: dict[str, dict[int, date]] = {step: {} for step in KINDS}
    for nomination in nominations:
        for day, step in to_come(nomination, now, on):
            if day <= until:
                days[step][nomination.pk] = day
    told = [
        Telling(leaves_on(kind, by_nomination[about.pk]), kind, to, about)
        for step, by_nomination in days.items()
        for kind, some in letters(step, [row for row in nominations if row.pk in by_nomination], on=on)
        for to, about in some
        if to
    ]
    written = _written(told)
    return [each for each in told if (each.to.pk, each.kind, each.about.public_id) not in written]


def _written(told: Sequence[Telling]) -> set[tuple[int, str, UUID]]:
    """Which of these are written, or called off: by person, kind, and the nomination's public id.

    What was told, or called off, of another wait is written anew.
    """
    since = {each.about.public_id: each.about.held_since for each in told}
    rows = Notice.objects.filter(employee__in=rows_of({each.to.pk for each in told}), subject__in=since.keys())
    rows = rows.filter(kind__in={each.kind for each in told})
    rows = rows.exclude(Q(status=Notice.Status.WITHDRAWN, settled_by=None)).order_by()
    return {
        (person, kind, subject)
        for person, kind, subject, status, about_on in rows.values_list(
            "employee_id", "kind", "subject", "status", "about_on"
        )
        if status in (Notice.Status.DUE, Notice.Status.HELD) or about_on == since[subject]
    }
