"""Of what is only foreseen, the messages that somebody picked: each named by kind, what it is about, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from assessment.models import Sending
from enrolment.models import Nomination
from enrolment.queries.bulk import MOST
from enrolment.queries.chasing import foretold
from enrolment.queries.messages import last_day
from enrolment.queries.sendings import to_remind_by_itself
from enrolment.rules.kinds import TOO_EARLY
from enrolment.rules.sendings import REMINDERS
from people.models import Employee, User
from people.queries import as_hr


class Key(NamedTuple):
    """One message before it is written: its kind, the public id of what it is about, and of who reads it."""

    kind: str
    subject: UUID
    person: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}:{self.person}"


@dataclass(frozen=True)
class Picked:
    """One message that is foreseen: the day on which the calendar writes it, who reads it, and what it is about."""

    key: Key
    day: date
    to: Employee
    about: Nomination | Sending


def keys(texts: Iterable[str]) -> list[Key]:
    """The messages that a form names, each once; what names none is left out."""
    found: dict[Key, None] = {}
    for text in list(texts)[:MOST]:
        kind, _, rest = text.partition(":")
        subject, _, person = rest.partition(":")
        try:
            found[Key(kind, UUID(subject), UUID(person))] = None
        except ValueError:
            continue
    return list(found)


def picked(user: User, wanted: Sequence[Key], *, on: date) -> list[Picked]:
    """Those of them that are still to be written, to people for whom somebody acts as HR; by day.

    As many queries for many as for one.
    """
    people = Employee.objects.employed(on).handled_by(user).filter(public_id__in={key.person for key in wanted})
    subjects = {key.subject for key in wanted}
    nominations = as_hr(Nomination.objects.unanswered(), user).filter(public_id__in=subjects)
    related = ("employee__manager", "programme", "nominated_by__employee")
    told = foretold(list(nominations.select_related(*related).order_by("id")), on=on, until=last_day(on))
    mine = set(people.values_list("pk", flat=True))
    found: dict[Key, Picked] = {}
    for day, kind, to, about in sorted(told, key=lambda each: each.day):
        if to.pk in mine:  # a letter of the same kind to somebody about the same is one letter, on its first day
            key = Key(kind, about.public_id, to.public_id)
            found.setdefault(key, Picked(key, day, to, about))
    for reminder in REMINDERS:
        rows = to_remind_by_itself(reminder, on=on, until=last_day(on))
        rows = rows.filter(sending__public_id__in=subjects, employee__in=people.order_by().values("pk"))
        for asked in rows.select_related("employee", "sending").order_by("id"):
            key = Key(reminder.kind, asked.sending.public_id, asked.employee.public_id)
            day = reminder.next_day(on, asked.sending.due_on)
            found[key] = Picked(key, day, asked.employee, asked.sending)
    return sorted((found[key] for key in wanted if key in found), key=lambda each: (each.day, each.key))


def too_early(step: str, one: Picked, on: date) -> str:
    """Why a message cannot be sent now; empty: it can, and what it says is so today."""
    return TOO_EARLY.get(one.key.kind, "") if step == "hurry" and one.day > on else ""
