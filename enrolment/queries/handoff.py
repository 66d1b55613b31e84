"""The hand-off to a provider: who is on the list, what is not known of them, what the government service will say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from enrolment.models import Enrolment
from people.models import Employee
from people.rules import say_month
from programmes.rules import shared_months

S = Enrolment.Status
USUAL = (S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED)  # whom a provider expects, unless another status is asked for
CHUNK = 2000  # rows of a file that are looked up together
MOST_PEOPLE = 50  # with something missing, in one form
COLUMNS = (
    "id",
    "public_id",
    "employee_id",
    "employee__public_id",
    "employee__given_names",
    "employee__family_name",
    "employee__uln",
    "employee__date_of_birth",
    "employee__email",
    "programme__official_reference",
    "programme__official_title",
    "programme__course_code",
    "programme__name",
    "status",
    "start_date",
    "planned_end_date",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the hand-off; ``enrolment`` has the columns of `COLUMNS`, ``remark`` is empty or what to expect."""

    enrolment: Any
    remark: str


@dataclass(frozen=True)
class Sizes:
    """How many rows a hand-off has: of units, and of the apprenticeship."""

    units: int
    apprenticeships: int

    @property
    def rows(self) -> int:
        """Both together."""
        return self.units + self.apprenticeships


@dataclass(frozen=True)
class Missing:
    """What the people of a hand-off lack: counts in words, and the first of those people with what each lacks."""

    counts: tuple[tuple[int, str], ...]
    people: tuple[tuple[Employee, tuple[str, ...]], ...]
    total: int  # people who lack anything

    @property
    def is_for_the_file(self) -> bool:
        """Whether anything is missing that only the people file brings."""
        return any(words != NO_ULN for _, words in self.counts)


def on_the_list(rows: QuerySet[Enrolment], *, status: str) -> QuerySet[Enrolment]:
    """Those of the enrolments that go to a provider: planned or running, or whatever status was asked for."""
    return rows if status else rows.filter(status__in=USUAL)


def sizes(rows: QuerySet[Enrolment], apprenticeships: Iterable[int]) -> Sizes:
    """How many rows there are; ``apprenticeships`` are the row ids of the programmes that are one."""
    counted = dict(rows.order_by().values_list("programme_id").annotate(rows=Count("id")))
    ours = sum(counted.get(programme, 0) for programme in apprenticeships)
    return Sizes(sum(counted.values()) - ours, ours)


def listed(rows: QuerySet[Enrolment]) -> QuerySet[Any, Any]:
    """Enrolments as the list and the files need them: named tuples of `COLUMNS`, one query for all joins."""
    return rows.values_list(*COLUMNS, named=True)


def remarked(rows: QuerySet[Enrolment]) -> Iterator[Row]:
    """Every row in order of start, with its remark; one query more for each `CHUNK` of rows, however many there are."""
    found = listed(rows).order_by("start_date", "id").iterator(chunk_size=CHUNK)
    for chunk in batched(found, CHUNK):
        yield from with_remarks(chunk)


def with_remarks(rows: Sequence[Any]) -> list[Row]:
    """Rows of `listed` with what the government's service will say of each; two queries for all of them."""
    people = {row.employee_id for row in rows}
    holds: dict[int, list[tuple[int, str, date, date | None]]] = defaultdict(list)
    holding = Enrolment.objects.holding().filter(employee_id__in=people).order_by("employee_id", "held")
    for pk, person, name, held in holding.values_list("id", "employee_id", "programme__name", "held"):
        last = held.upper - timedelta(days=1) if held.upper else None
        holds[person].append((pk, name, held.lower, last))
    return [Row(row, _remark(row.id, holds[row.employee_id])) for row in rows]


def _remark(enrolment: int, holds: Sequence[tuple[int, str, date, date | None]]) -> str:
    """What the government's service will say though the days are free: it compares calendar months (domain.md §2)."""
    own = next((hold for hold in holds if hold[0] == enrolment), None)
    if own is None:
        return ""
    _, _, first, last = own
    overlaps = [
        f"{name} in {_in_words(months)}"
        for pk, name, their_first, their_last in holds
        if pk != enrolment and (months := shared_months(first, last, their_first, their_last))
    ]
    if not overlaps:
        return ""
    report = " and ".join(overlaps)
    return f"Legal here, but the government service compares months and will report an overlap with {report}."


def _in_words(months: tuple[date, date | None]) -> str:
    first, last = months
    if last is None:
        return f"{say_month(first)} and after"
    return say_month(first) if last == first else f"{say_month(first)} to {say_month(last)}"


NO_ULN = "no ULN"
SHARES = "an e-mail that somebody else has too"
LACKS = {NO_ULN: Q(uln=""), "no date of birth": Q(date_of_birth=None), "no e-mail": Q(email="")}


def missing(rows: QuerySet[Enrolment]) -> Missing:
    """What the people on these rows lack, people who share an e-mail first: that one is an error (domain.md §4)."""
    facts = {SHARES: _shares(), **LACKS}
    anything = reduce(or_, facts.values())
    lacking = Employee.objects.filter(anything, pk__in=rows.order_by().values("employee_id"))
    counts = {f"fact_{number}": Count("id", fact) for number, fact in enumerate(facts.values())}
    totals = lacking.order_by().aggregate(total=Count("id"), **counts)
    shares = Case(When(facts[SHARES], then=Value(True)), default=Value(False), output_field=BooleanField())
    first = lacking.annotate(shares_email=shares).select_related("department")
    ordered = first.order_by("-shares_email", "family_name", "given_names", "id")
    return Missing(
        counts=tuple((n, words) for number, words in enumerate(facts) if (n := totals[f"fact_{number}"])),
        people=tuple((person, _lacked(person)) for person in ordered[:MOST_PEOPLE]) if totals["total"] else (),
        total=totals["total"],
    )


def _shares() -> Q:
    """Whether a person's e-mail stands in another record too, whatever its capitals; found by the index of e-mails."""
    same = Employee.objects.annotate(small=Lower("email")).filter(small=Lower(OuterRef("email")))
    return ~Q(email="") & Q(Exists(same.exclude(pk=OuterRef("pk"))))


def _lacked(person: Any) -> tuple[str, ...]:
    """What one person lacks, in the words that are counted."""
    is_so = {
        SHARES: person.shares_email,
        NO_ULN: not person.uln,
        "no date of birth": person.date_of_birth is None,
        "no e-mail": not person.email,
    }
    return tuple(words for words, lacks in is_so.items() if lacks)
