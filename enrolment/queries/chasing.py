"""Who hears of a nomination that waits, step by step: asked when a letter is written, and when it is foreseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from enrolment.models import Nomination
from enrolment.queries.holding import answerers
from enrolment.queries.nominations import deciders, hears_of, told_for
from people.models import Employee

# By the calendar's move: the kind of letter about a nomination, and about what a learner asks for.
KINDS = {
    "remind": ("nomination_waits", "wish_waits"),
    "escalate": ("nomination_escalated", "wish_waits"),
    "warn": ("nomination_expires", "wish_expires"),
    "expire": ("nomination_expired", "wish_expired"),
}


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
