"""What is not written yet and will go within 30 days if nothing changes: by day and kind, to how many, to whom, why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from assessment.models import Asked, Sending
from enrolment.models import Nomination
from enrolment.queries import digest
from enrolment.queries.chasing import Telling, foretold
from enrolment.queries.messages import Narrowed, last_day
from enrolment.queries.picked import Key
from enrolment.queries.sendings import to_remind_by_itself
from enrolment.rules.kinds import OPTIONAL
from enrolment.rules.sendings import REMINDERS
from people.ledger import NoticeChoice
from people.models import Employee, User
from people.queries import as_hr, rows_of
from people.reach import reads_everybody
from people.rules import say

FEW = 5  # people by name of one kind and day
MANY = 50  # where the list is narrowed
MOST = 1_000  # nominations that are looked at, those that wait longest
UNDECIDED, UNANSWERED = "if nobody decides before", "if they do not answer before"


@dataclass(frozen=True)
class To:
    """One message that is foreseen: to whom, because of what, and how a form names it."""

    employee: Employee
    why: str
    key: Key


@dataclass
class Line:
    """Messages of one kind on one day: how many, the first of them, and on what they depend."""

    day: date
    kind: str
    unless: str
    count: int = 0
    to: list[To] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.to)


@dataclass(frozen=True)
class Foreseen:
    """All of it: the lines by day, and by day how many people at most get a summary to manager and to HR (more than
    ``most`` is only that).

    ``is_cut``: more nominations wait than are looked at.
    """

    lines: list[Line]
    summaries: list[tuple[date, int, int]]
    is_cut: bool
    most: ClassVar = digest.MOST_TURNS

    @property
    def counts(self) -> dict[date, int]:
        """How many messages are foreseen for each day, summaries aside."""
        found: dict[date, int] = defaultdict(int)
        for line in self.lines:
            found[line.day] += line.count
        return dict(found)

    def __bool__(self) -> bool:
        """Whether anything is foreseen."""
        return bool(self.lines or self.summaries)


def foreseen(user: User, narrowed: Narrowed, *, on: date) -> Foreseen:
    """What the calendar will write until the last day of the list, to those about whom somebody reads as HR.

    As many queries for much as for little. What a person switched off is left out.
    """
    people = narrowed.among(Employee.objects.employed(on).read_as_hr_by(user))
    most = MANY if narrowed else FEW
    of_nominations, is_cut = _of_nominations(user, people, most, on)
    lines = [*of_nominations, *_of_sendings(people, most, on)]
    if narrowed.kind:
        lines = [line for line in lines if line.kind == narrowed.kind]
    return Foreseen(
        sorted(lines, key=lambda line: (line.day, line.kind)),
        _summaries(None if reads_everybody(user) and not narrowed.is_of_some else people, narrowed.kind, on),
        is_cut,
    )


def _of_nominations(user: User, people: QuerySet[Employee], most: int, on: date) -> tuple[list[Line], bool]:
    """Each nomination's steps to come, and who hears of each; both of whom ``user`` reads as HR."""
    waiting = as_hr(Nomination.objects.unanswered(), user).alias(since=Coalesce("waiting_since", "nominated_on"))
    related = ("employee__manager", "programme", "nominated_by__employee")
    rows = list(waiting.select_related(*related).order_by("since", "id")[: MOST + 1])
    told = foretold(rows[:MOST], on=on, until=last_day(on))
    meant = _by_id(people, {each.to.pk for each in told})
    off = _switched_off(meant)
    lines: dict[tuple[date, str], Line] = {}
    for day, kind, to, about in sorted(told, key=_by_wait):
        if to.pk not in meant or (to.pk, kind) in off:
            continue
        line = lines.setdefault((day, kind), Line(day, kind, UNDECIDED))
        line.count += 1
        if len(line.to) < most:
            key = Key(kind, about.public_id, to.public_id)
            line.to.append(To(meant[to.pk], f"{about.employee.name}: {about.programme.name}", key))
    return list(lines.values()), len(rows) > MOST


def _of_sendings(people: QuerySet[Employee], most: int, on: date) -> list[Line]:
    """The two reminders that a sending sends by itself, to those of its people who have not answered."""
    until = last_day(on)
    lines: dict[tuple[date, str], Line] = {}
    for reminder in REMINDERS:
        rows = to_remind_by_itself(reminder, on=on, until=until).filter(employee__in=people.order_by().values("pk"))
        if reminder.kind in OPTIONAL:
            off = NoticeChoice.objects.filter(kind=reminder.kind, choice="off").values("employee")
            rows = rows.exclude(employee__in=off)
        place = Window(RowNumber(), partition_by=F("sending"), order_by=("employee__family_name", "employee_id"))
        counts = dict(rows.order_by().values_list("sending").annotate(count=Count("pk")))
        named: dict[int, list[Asked]] = defaultdict(list)
        shown: QuerySet[Any] = rows.annotate(place=place).filter(place__lte=most)
        for asked in shown.select_related("employee__department").order_by("sending_id", "place"):
            named[asked.sending_id].append(asked)
        for sending in Sending.objects.in_bulk(counts).values():
            day = reminder.next_day(on, sending.due_on)
            line = lines.setdefault((day, reminder.kind), Line(day, reminder.kind, UNANSWERED))
            line.count += counts[sending.pk]
            why = f"questionnaire sent on {say(sending.sent_on)}, to answer by {say(sending.due_on)}"
            line.to += [
                To(asked.employee, why, Key(reminder.kind, sending.public_id, asked.employee.public_id))
                for asked in named[sending.pk][: most - len(line.to)]
            ]
    return list(lines.values())


def _summaries(people: QuerySet[Employee] | None, kind: str, on: date) -> list[tuple[date, int, int]]:
    """By day from tomorrow (today's are written) how many managers, and how many in HR, have their turn."""
    days = [on + timedelta(number) for number in range(1, (last_day(on) - on).days + 1)]
    none = dict.fromkeys(days, 0)
    team, hr = (
        digest.turns(each, days, among=people, on=on) if kind in ("", each) else none for each in digest.kinds()
    )
    return [(day, team[day], hr[day]) for day in days if team[day] or hr[day]]


def _by_wait(each: Telling) -> tuple[date, str, date, int, int]:
    """The order of a list: by day and kind, what waits longest first."""
    return each.day, each.kind, each.about.held_since, each.about.pk, each.to.pk


def _by_id(people: QuerySet[Employee], wanted: Iterable[int]) -> dict[int, Employee]:
    return {row.pk: row for row in people.filter(pk__in=rows_of(wanted)).select_related("department")}


def _switched_off(people: Iterable[int]) -> set[tuple[int, str]]:
    """Of these people (row ids): who chose not to get which kind."""
    chosen = NoticeChoice.objects.filter(employee__in=rows_of(people), kind__in=list(OPTIONAL), choice="off")
    return set(chosen.values_list("employee_id", "kind"))
