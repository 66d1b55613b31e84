"""What needs a human: each kind found by its index, the oldest first over all kinds, a page at a time, with fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db.models import (
    Case,
    DateField,
    DurationField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Greatest, Least, TruncDate

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.confirmations import latest_of, not_met
from enrolment.queries.enrolments import RELATED, as_of
from enrolment.queries.facts import gathered
from enrolment.rules import problems
from enrolment.rules.fixes import Fix, can_take_back, ranked
from enrolment.rules.problems import Matter, problem
from people.models import Policy, User
from people.queries import as_hr, policy
from programmes.models import Programme, ProgrammeVersion
from programmes.rules import usual_end

S = Enrolment.Status
ROWS = 20  # things on one page: each is judged with all its fixes
COUNT_TO = 99
AHEAD = timedelta(days=90)  # plans that start later are judged again when they are this near
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its code, what people call a heap of them, and its rows, each with ``since``."""

    code: str
    label: str
    rows: Callable[[date, Policy], Any]  # of Enrolment or of Nomination


@dataclass(frozen=True)
class Item:
    """One thing on the desk: what is wrong, and the fixes that are legal now, the best first."""

    matter: Matter
    sentence: str
    fixes: tuple[Fix, ...]

    @property
    def subject(self) -> Enrolment | Nomination:
        """What it is about."""
        return self.matter.subject

    @property
    def ident(self) -> str:
        """A name for it on the page."""
        return f"{self.matter.kind}-{self.matter.subject.public_id}"


@dataclass(frozen=True)
class Desk:
    """One page of the desk; ``after`` is where the next one begins, empty on the last."""

    items: list[Item]
    after: str


type Place = tuple[date, int, int]


def _overdue(on: date, stated: Policy) -> QuerySet[Any]:
    rows = Enrolment.objects.filter(status__in=[S.ACTIVE, S.OVERDUE], planned_end_date__lt=on)
    return rows.annotate(since=F("planned_end_date"))


def _queued(on: date, stated: Policy) -> QuerySet[Any]:
    """Not those behind something that waits for dates itself: that is what needs the human."""
    rows = Enrolment.objects.filter(status=S.QUEUED)
    behind_waiting = Q(follows__status__in=[S.QUEUED, S.WAITING], proposed_start_date=None)
    return rows.exclude(behind_waiting).annotate(since=TruncDate("created_at"))


def _waiting(on: date, stated: Policy) -> QuerySet[Any]:
    gone = Q(cohort__start_date__lte=on) | Q(cohort__closed_on__isnull=False)
    rows = Enrolment.objects.filter(gone, status=S.WAITING)
    return rows.annotate(since=Least("cohort__start_date", "cohort__closed_on"))


def _return(on: date, stated: Policy) -> QuerySet[Any]:
    """Asked once: whoever has said in these last days that the return stands has answered, until the day comes."""
    within = timedelta(days=stated.return_reminder_days)
    said = EnrolmentEvent.objects.filter(
        subject=OuterRef("pk"), move__in=["state_return", "begin_break"], on__gte=OuterRef("return_on") - within
    )
    near = Q(return_on__lte=on) | ~Exists(said)
    rows = Enrolment.objects.filter(near, _is_here(on), status=S.PAUSED, return_on__lte=on + within)
    return rows.annotate(since=F("return_on"))


def _no_return(on: date, stated: Policy) -> QuerySet[Any]:
    last = EnrolmentEvent.objects.filter(subject=OuterRef("pk")).order_by("-id")
    rows = Enrolment.objects.filter(_is_here(on), status=S.PAUSED, return_on=None)
    rows = rows.annotate(last=Subquery(last.values("move")[:1])).filter(last="forget_return")
    return rows.annotate(since=Subquery(last.values("on")[:1]))


def _leaver(on: date, stated: Policy) -> QuerySet[Any]:
    """What ran past its end as well is there as overdue."""
    running = Q(status=S.ACTIVE, planned_end_date__gte=on) | Q(status=S.PAUSED)
    rows = Enrolment.objects.filter(running, employee__employed_until__lt=on)
    return rows.annotate(since=F("employee__employed_until"))


def _ineligible(on: date, stated: Policy) -> QuerySet[Any]:
    """What `rules.eligibility_refusal` refuses, as the database says it; a test compares the two."""
    years = Func(F("programme__minimum_age"), function="make_interval", output_field=DurationField())
    born = F("employee__date_of_birth")
    # 29 February counts from 1 March in common years: a day less, so many years, a day more.
    old_enough = Greatest(Cast(born + years, DateField()), Cast(born - DAY + years + DAY, DateField()))
    version = ProgrammeVersion.objects.filter(
        Q(last_start=None) | Q(last_start__gte=OuterRef("start_date")),
        programme=OuterRef("programme_id"),
        first_start__lte=OuterRef("start_date"),
    )
    rows = Enrolment.objects.filter(status=S.PLANNED, start_date__gt=on, start_date__lte=on + AHEAD)
    rows = rows.annotate(old_enough=old_enough).filter(
        Q(employee__employed_until__lt=F("start_date"))
        | Q(employee__employed_from__gt=F("start_date"))
        | Q(programme__withdrawn_on__lte=F("start_date"))
        | Q(old_enough__gt=F("start_date"))
        | ~Exists(version)
    )
    return rows.annotate(since=F("start_date"))


def _not_met(on: date, stated: Policy) -> QuerySet[Any]:
    return not_met().annotate(since=F("start_date"))


def _nomination(on: date, stated: Policy) -> QuerySet[Any]:
    """Those that would share days with something if they were approved for the first day that may be proposed."""
    first = rules.notice(on, stated.notice_days)
    lasts = [When(programme_id=p.pk, then=Value(usual_end(p, first))) for p in Programme.objects.briefly()]
    days = Func(Value(first), OuterRef("last"), Value("[]"), function="daterange", output_field=DateRangeField())
    held = Enrolment.objects.filter(employee=OuterRef("employee_id"), held__overlap=days)
    rows = Nomination.objects.open().annotate(last=Case(*lasts, default=Value(first), output_field=DateField()))
    return rows.filter(Exists(held)).annotate(since=F("nominated_on"))


KINDS = (
    Kind("overdue", "past their end", _overdue),
    Kind("queued", "queued without dates", _queued),
    Kind("waiting", "waiting for a cohort that is gone", _waiting),
    Kind("return", "returns to confirm", _return),
    Kind("no_return", "breaks without a return", _no_return),
    Kind("leaver", "leavers still on a programme", _leaver),
    Kind("ineligible", "plans that are not allowed any more", _ineligible),
    Kind("not_met", "answered no", _not_met),
    Kind("nomination", "nominations that would clash", _nomination),
)
CODES = tuple(kind.code for kind in KINDS)


def counts(user: User, *, on: date) -> dict[str, int]:
    """How many of each kind, to one more than `COUNT_TO`; one query for them all."""
    stated = policy()
    parts = [
        as_hr(kind.rows(on, stated), user).order_by().annotate(place=_number(place)).values_list("place")
        for place, kind in enumerate(KINDS)
    ]
    found = parts[0][: COUNT_TO + 1].union(*(part[: COUNT_TO + 1] for part in parts[1:]), all=True)
    tally = dict.fromkeys(CODES, 0)
    for (place,) in found.order_by():
        tally[CODES[place]] += 1
    return tally


def total(tally: dict[str, int], *, but: Sequence[str] = ()) -> int | str:
    """All of them as people read it, without those of some kinds: “99+” beyond that."""
    number = sum(count for code, count in tally.items() if code not in but)
    return f"{COUNT_TO}+" if number > COUNT_TO else number


def desk(user: User, *, on: date, kind: str = "", after: str = "") -> Desk:
    """One page of what needs a human, the oldest first, of a ``kind`` or of all; ``after`` is where another ended."""
    stated, start = policy(), _read(after)
    parts = [
        _from(as_hr(each.rows(on, stated), user), place, start)
        for place, each in enumerate(KINDS)
        if kind in ("", each.code)
    ]
    found = parts[0]
    if len(parts) > 1:
        found = found.union(*parts[1:], all=True).order_by("since", "place", "row")[: ROWS + 1]
    rows = list(found)
    shown = rows[:ROWS]
    last = shown[-1] if len(rows) > ROWS else None
    return Desk(
        _items([(CODES[place], row, person) for _, place, row, person in shown], user, on=on),
        f"{last[0].isoformat()}.{last[1]}.{last[2]}" if last else "",
    )


def item(user: User, kind: str, subject: Enrolment | Nomination, *, on: date) -> Item | None:
    """One thing as the desk shows it now, or None when it needs nobody any more."""
    rows = as_hr(KINDS[CODES.index(kind)].rows(on, policy()), user) if kind in CODES else None
    if rows is None or rows.model is not type(subject) or not rows.filter(pk=subject.pk).exists():
        return None
    return next(iter(_items([(kind, subject.pk, subject.employee_id)], user, on=on)), None)


def can_undo(enrolment: Enrolment, *, on: date, at: datetime) -> bool:
    """Whether the last thing that happened to an enrolment can be taken back: soon enough, and nothing built on it."""
    last = enrolment.events.order_by("-id").first()
    name = rules.UNDO.get((last.move, S(last.from_status))) if last and last.from_status else None
    if last is None or name is None or rules.undo_refusal((at - last.at).total_seconds() / 3600, policy().undo_hours):
        return False
    records = _histories({enrolment.employee_id}, on=on)[enrolment.employee_id]
    cohorts = [enrolment.cohort_id] if enrolment.cohort_id else []
    facts = gathered(records, on=on, cohorts=cohorts)
    before = next(record for record in records if record.pk == enrolment.pk)
    return can_take_back(name, before, records, facts, on=on, at=at)


def _from(rows: QuerySet[Any], place: int, start: Place | None) -> QuerySet[Any, Any]:
    """A kind's next rows, as (since, place, row, person)."""
    if start:
        day, at, row = start
        further = Q(since__gt=day)
        if place > at:
            further |= Q(since=day)
        elif place == at:
            further |= Q(since=day, pk__gt=row)
        rows = rows.filter(further, since__gte=day)  # the second lets the index begin there
    named = rows.order_by("since", "pk").annotate(place=_number(place), row=F("pk"), person=F("employee_id"))
    return named.values_list("since", "place", "row", "person")[: ROWS + 1]


def _items(found: Sequence[tuple[str, int, int]], reader: User, *, on: date) -> list[Item]:
    """The things themselves, judged: everything is fetched once for all of them."""
    nominated = [row for kind, row, _ in found if kind == problems.NOMINATION]
    related = ("employee", "employee__department", "programme", "nominated_by", "nominated_by__employee")
    nominations = Nomination.objects.select_related(*related).in_bulk(nominated)
    histories = _histories({person for _, _, person in found}, on=on)
    records = {record.pk: record for history in histories.values() for record in history}
    subjects: list[tuple[str, Enrolment | Nomination | None]] = [
        (kind, nominations.get(row) if kind == problems.NOMINATION else records.get(row)) for kind, row, _ in found
    ]
    there = [(kind, subject) for kind, subject in subjects if subject is not None]
    facts = gathered(
        records.values(),
        on=on,
        programmes={subject.programme_id for _, subject in there},
        people=list({subject.employee_id: subject.employee for _, subject in there}.values()),
        reader=reader,
    )
    answers = latest_of(s for kind, s in there if kind == problems.NOT_MET and isinstance(s, Enrolment))
    items = []
    for kind, subject in there:
        said = answers.get(subject.pk, {}) if kind == problems.NOT_MET else {}
        history = histories.get(subject.employee_id, [])
        applies = _applying(subject, history) if said else ()
        unmet = [fact for fact, row in said.items() if not row.is_met and fact in applies]
        matter = Matter(kind, subject, history, facts, on, unmet)
        items.append(Item(matter, problem(matter), ranked(matter)))
    return items


def _applying(subject: Enrolment | Nomination, history: Iterable[Enrolment]) -> tuple[str, ...]:
    if not isinstance(subject, Enrolment):
        return ()
    return rules.facts_to_confirm(subject, [record for record in history if record.pk != subject.pk])


def _histories(people: set[int], *, on: date) -> dict[int, list[Enrolment]]:
    """By person (row id), all their records as they stand on a day."""
    rows = Enrolment.objects.filter(employee_id__in=people).select_related(*RELATED, "programme__replaced_by")
    ordered = rows.order_by("employee_id", "start_date", "id")
    return {
        person: as_of(list(group), on=on) for person, group in groupby(ordered, key=lambda record: record.employee_id)
    }


def _number(place: int) -> Value:
    return Value(place, output_field=IntegerField())


def _is_here(on: date) -> Q:
    """Still employed: what leavers are on is there for that reason alone."""
    return Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)


def _read(after: str) -> Place | None:
    parts = after.split(".")
    numbers = parts[1:]
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in numbers):
        return None
    try:
        return date.fromisoformat(parts[0]), int(numbers[0]), int(numbers[1])
    except ValueError:
        return None
