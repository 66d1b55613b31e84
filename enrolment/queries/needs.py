"""What needs a manager: each heap's first few of their line, the oldest first, and how many up to a hundred."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from enrolment.models import Nomination
from enrolment.queries import endings
from enrolment.queries.messages import told_to_line
from enrolment.queries.progression import unasked_in_turn
from enrolment.queries.sendings import awaited
from enrolment.queries.today import FEW, Heap, heap, parts_of
from people.models import Employee, User

PERSON = ("employee", "employee__department")
Word = Nomination.Word


def asks() -> QuerySet[Nomination]:
    """Wishes that wait for the manager's answer; who asked first stands first."""
    rows = Nomination.objects.filter(status=Nomination.Status.ASKED).select_related(*PERSON, "programme")
    return rows.order_by("asked_on", "id")


def not_wanted() -> QuerySet[Nomination]:
    """Nominations that wait for HR, and whose nominee said not now, or no; who said it first stands first."""
    said = Nomination.objects.open().filter(word__in=[Word.NOT_NOW, Word.NO])
    return said.select_related(*PERSON, "programme").order_by("word_on", "id")


def going_on(user: User, on: date) -> tuple[QuerySet[Any], ...]:
    """Who finished, or ends soon, could go on, and whom nobody has asked; who finished first stands first."""
    return tuple(rows.select_related(*PERSON, "programme") for rows in unasked_in_turn(user, on=on))


HEAPS: dict[str, Callable[[User, date], QuerySet[Any] | tuple[QuerySet[Any], ...]]] = {
    "asks": lambda user, on: asks(),
    "to_close": lambda user, on: endings.to_ask(on),
    "not_wanted": lambda user, on: not_wanted(),
    "going_on": going_on,
    "to_tell": told_to_line,
    "unanswered": lambda user, on: awaited(on).select_related(*PERSON, "sending"),
}


def needs(user: User, *, on: date) -> dict[str, Heap]:
    """Everything that somebody's line needs of them now; two queries for each part of a heap, however long it is."""
    line = Employee.objects.managed_by(user)
    return {
        name: heap([part.filter(employee__in=line) for part in parts_of(rows(user, on))], FEW)
        for name, rows in HEAPS.items()
    }
