"""What is asked about a cohort's people: who has a seat, who waits and what is in their way, who could come along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Lower, RowNumber

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.enrolments import as_of
from enrolment.rules import Refusal, Shift, changes
from enrolment.rules.cohorts import (
    SEAT,
    WAIT,
    Way,
    fitting,
    is_in_no_other_way,
    promotion_refusal,
    stays_because,
    ways_of,
)
from people.models import User
from people.queries import as_hr, policy
from programmes.models import Cohort, ProgrammeVersion, Seat

S = Enrolment.Status
MOST = 500  # people of a cohort whose way is chosen one by one, and results that are listed
IN_LINE = 50  # of a waiting list on one page
AHEAD = timedelta(days=730)  # how far ahead other cohorts are looked for
PERSON = ("employee", "employee__department", "programme")


def waiting_list(cohorts: Iterable[int]) -> QuerySet[Enrolment]:
    """Those who wait for a seat in these cohorts (row ids), in order of joining."""
    return Enrolment.objects.filter(status=S.WAITING, cohort__in=list(cohorts)).order_by("waiting_since", "id")


def places(enrolments: Iterable[Enrolment]) -> dict[int, int]:
    """By row id, the place of each of these that waits on its cohort's waiting list, counted from 1; one query."""
    cohorts = {e.cohort_id for e in enrolments if e.status == S.WAITING and e.cohort_id}
    if not cohorts:
        return {}
    order = Window(RowNumber(), partition_by="cohort", order_by=("waiting_since", "id"))
    return dict(waiting_list(cohorts).annotate(place=order).values_list("pk", "place"))


def with_seats_to_give(on: date) -> QuerySet[Cohort]:
    """Cohorts that have not started, in which a seat is free and somebody waits."""
    free = Seat.objects.filter(cohort=OuterRef("pk")).exclude(Exists(Enrolment.objects.filter(seat=OuterRef("pk"))))
    waiting = Enrolment.objects.filter(status=S.WAITING, cohort=OuterRef("pk"))
    coming = Cohort.objects.filter(Exists(waiting), Exists(free), start_date__gt=on, closed_on=None)
    return coming.order_by("id")


def seated(cohort: Cohort) -> QuerySet[Enrolment]:
    """Those who have a seat in a cohort, by name."""
    rows = Enrolment.objects.filter(cohort=cohort, seat__isnull=False).select_related(*PERSON, "seat")
    return rows.order_by("employee__family_name", "employee__given_names", "id")


def cohorts_called(names: Iterable[str]) -> dict[str, Cohort]:
    """By their names in small letters, the cohorts of these names; a blank names none."""
    small = {name.lower() for name in names if name}
    found = Cohort.objects.annotate(small=Lower("name")).filter(small__in=small) if small else ()
    return {cohort.name.lower(): cohort for cohort in found}


def came_of(cohort: Cohort, key: UUID, user: User | AnonymousUser) -> list[EnrolmentEvent]:
    """What one form did to a cohort's people, by name; of very many the first few hundred. Each knows the last start
    that its enrolment had ``before``.
    """
    were_here = EnrolmentEvent.objects.filter(cohort=cohort).values("subject")
    events = as_hr(EnrolmentEvent.objects.filter(subject__in=were_here, request_key=key), user, "subject__employee")
    earlier = EnrolmentEvent.objects.filter(subject=OuterRef("subject"), id__lt=OuterRef("id"))
    before = Subquery(earlier.filter(start_date__isnull=False).order_by("-id").values("start_date")[:1])
    rows = events.select_related("subject__employee", "cohort").annotate(before=before)
    return list(rows.order_by("subject__employee__family_name", "subject__employee__given_names", "id")[:MOST])


@dataclass(frozen=True)
class InLine:
    """One place on a waiting list: what would pass its person over, and the cure that was checked.

    The cure is a cohort that ``fits`` and has a seat, else what is ``to_close``, else the ``earliest`` legal start.
    """

    position: int
    record: Enrolment
    refusal: Refusal | None = None
    fits: Cohort | None = None
    to_close: Enrolment | None = None
    earliest: date | None = None


@dataclass(frozen=True)
class Coming:
    """Somebody whose cohort would move: why they cannot come, else what moves with them of their later plans."""

    record: Enrolment
    refusal: Refusal | None
    shifts: Sequence[Shift] = ()


class Outlook:
    """What judging some people of one programme needs, read once and not locked, for looking ahead."""

    def __init__(self, cohort: Cohort, people: Iterable[int], *, on: date) -> None:
        self.cohort, self.on = cohort, on
        rows = Enrolment.objects.filter(employee__in=set(people)).select_related(*PERSON, "cohort")
        by_person: dict[int, list[Enrolment]] = defaultdict(list)
        for row in rows.order_by("employee_id", "start_date", "id"):
            by_person[row.employee_id].append(row)
        self.records = {person: as_of(records, on=on) for person, records in by_person.items()}
        versions: dict[int, list[ProgrammeVersion]] = defaultdict(list)
        for version in ProgrammeVersion.objects.order_by("first_start"):
            versions[version.programme_id].append(version)
        everything = [row for records in self.records.values() for row in records]
        programmes = {row.programme_id for row in everything if row.status == S.PLANNED and row.cohort_id}
        self.facts = rules.Facts(policy(), versions, _openings({cohort.programme_id, *programmes}, on=on))

    @classmethod
    def of(cls, cohort: Cohort, *, on: date) -> Outlook:
        """The outlook of everybody who is planned in a cohort, runs in it or waits for it."""
        live = Enrolment.objects.filter(cohort=cohort, status__in=Enrolment.LIVE)
        return cls(cohort, live.values_list("employee_id", flat=True), on=on)

    @property
    def here(self) -> list[Enrolment]:
        """The records that are in the cohort on the day, in order of their rows; those who wait in order of joining."""
        found = [row for rows in self.records.values() for row in rows if row.cohort_id == self.cohort.pk]
        return sorted(found, key=lambda row: (row.waiting_since.timestamp() if row.waiting_since else 0.0, row.pk))

    def movers(self) -> list[Enrolment]:
        """Who moves with the cohort; the others with a seat are `stayers`."""
        return [row for row in self.here if row.seat_id and not stays_because(row, self.cohort, on=self.on)]

    def stayers(self) -> list[tuple[Enrolment, str]]:
        """Who is in the cohort and keeps their dates when it gets others, and why."""
        live = [row for row in self.here if row.seat_id and row.status in Enrolment.LIVE]
        said = ((row, stays_because(row, self.cohort, on=self.on)) for row in live)
        return [(row, why) for row, why in said if why]

    def leavers(self) -> list[Enrolment]:
        """Who goes elsewhere when the cohort closes: the planned, then those who wait in order of joining."""
        return [row for row in self.here if row.status in (S.PLANNED, S.WAITING)]

    @property
    def versions(self) -> Sequence[ProgrammeVersion]:
        """The versions of the cohort's programme."""
        return self.facts.versions.get(self.cohort.programme_id, ())

    def others(self, record: Enrolment) -> list[Enrolment]:
        """The person's other records."""
        return [other for other in self.records[record.employee_id] if other.pk != record.pk]

    def fitting(self, record: Enrolment) -> list[rules.Opening]:
        """Other cohorts to come that the rule lets somebody into."""
        openings = self.facts.openings.get(self.cohort.programme_id, ())
        elsewhere = [opening for opening in openings if opening.cohort.pk != self.cohort.pk]
        return fitting(record, elsewhere, self.others(record), self.versions, on=self.on)

    def in_line(self, record: Enrolment, position: int) -> InLine:
        """Whether somebody on the waiting list would be passed over, why, and what would cure it."""
        others = self.others(record)
        refusal = promotion_refusal(record, self.cohort, others, self.versions, has_seat=True, on=self.on)
        if refusal is None:
            return InLine(position, record)
        fits = next((o.cohort for o in self.fitting(record) if o.seats), None)
        if fits:
            return InLine(position, record, refusal, fits=fits)
        to_close = next((c.other for c in refusal.clashes if rules.is_open_ended(c.other, self.on)), None)
        return InLine(position, record, refusal, to_close=to_close, earliest=refusal.earliest_start)

    def coming(self, record: Enrolment, start: date, end: date) -> Coming:
        """What other dates of the cohort come to for somebody in it, as the action will judge it."""
        after = copy(record)
        if record.status in (S.ACTIVE, S.OVERDUE):
            is_later = record.planned_end_date is not None and end > record.planned_end_date
            change = changes.extend if is_later else changes.shorten
            if refusal := change(after, end=end, on=self.on):
                return Coming(record, refusal)
            after.status = S.ACTIVE
        after.start_date, after.planned_end_date = start, end
        others = self.others(record)
        push = is_in_no_other_way(record, start, end, others, on=self.on)
        refusal, shifts = changes.weigh(after, record, others, self.facts, on=self.on, push=push)
        return Coming(record, refusal, shifts)


class Places:
    """Where people can go, and what suits each by default: the first seat that is left, else a list, else the queue."""

    def __init__(self, outlook: Outlook, records: Sequence[Enrolment]) -> None:
        left: dict[int, int] = {}
        self.ways: dict[int, list[Way]] = {}
        self.default: dict[int, Way] = {}
        for record in records:
            openings = outlook.fitting(record)
            for opening in openings:
                left.setdefault(opening.cohort.pk, len(opening.seats))
            ways = self.ways[record.pk] = ways_of(openings)
            seats = (way for way in ways if way.how == SEAT and way.cohort and left[way.cohort.pk] > 0)
            way = next(seats, None) or next((w for w in ways if w.how == WAIT), None) or ways[-2]
            if way.how == SEAT and way.cohort:
                left[way.cohort.pk] -= 1
            self.default[record.pk] = way

    def chosen(self, codes: Mapping[int, str], for_all: str = "") -> dict[int, Way]:
        """Each person's way as a form says it: the same for all where it is open to them, else theirs, else default."""
        return {pk: self._way(pk, for_all) or self._way(pk, codes.get(pk, "")) or self.default[pk] for pk in self.ways}

    def for_all(self) -> list[Way]:
        """Every way that is open to somebody."""
        found = {way.code: way for ways in self.ways.values() for way in ways}
        order = {how: place for place, how in enumerate((SEAT, WAIT))}
        first = date.min
        return sorted(
            found.values(), key=lambda w: (order.get(w.how, 2), w.cohort.start_date if w.cohort else first, w.code)
        )

    def _way(self, pk: int, code: str) -> Way | None:
        return next((way for way in self.ways[pk] if way.code == code), None)


def _openings(programmes: set[int], *, on: date) -> dict[int, list[rules.Opening]]:
    """The open cohorts to come of some programmes (row ids) by programme, each with its free seats."""
    coming = Cohort.objects.open().to_come(on).filter(programme__in=programmes, start_date__lte=on + AHEAD)
    cohorts = list(coming.order_by("start_date", "id"))
    free: dict[int, list[int]] = defaultdict(list)
    taken = Exists(Enrolment.objects.filter(seat=OuterRef("pk")))
    seats = Seat.objects.filter(~taken, cohort__in=[cohort.pk for cohort in cohorts]).order_by("number")
    for seat, cohort in seats.values_list("pk", "cohort_id"):
        free[cohort].append(seat)
    found: dict[int, list[rules.Opening]] = defaultdict(list)
    for each in cohorts:
        found[each.programme_id].append(rules.Opening(each, free[each.pk]))
    return found
