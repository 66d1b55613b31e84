"""What is seen before a nomination is sent or decided: is it legal, from when, who would be away together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assessment.models import Placement, Recommendation
from enrolment import rules
from enrolment.models import Enrolment, Nomination
from enrolment.queries.facts import away_of_teams, named_for
from enrolment.queries.planning import plans_for
from enrolment.rules.load import Month, months, stretches
from people.models import Employee, User
from people.queries import policy, rows_of
from people.timeline import SHORT_MONTHS
from programmes.models import Programme

MOST_TEAMS = 5
FEWEST_MONTHS = 6
MOST_MONTHS = 18  # as long as an apprenticeship: a longer curve says nothing that a nomination could heed
HIGH, ROOM = 160, 28  # pixels of the picture, and of the months' names below it
MOST_LABELS = 9  # more month names than this do not fit 360 pixels


@dataclass(frozen=True)
class Look:
    """One person and programme as the planner sees them today. ``why`` says what is in the way, earliest first.

    Without a ``programme`` nothing is decided for the person yet; ``standing`` is what they have of it already.
    """

    employee: Employee
    programme: Programme | None
    plan: rules.Plan
    standing: Enrolment | None = None
    is_asked_for: bool = False  # somebody's nomination for the same programme waits already
    waiting_for: tuple[str, ...] = ()  # other programmes for which a nomination of theirs waits
    recommended: Recommendation | None = None  # what waits for HR's decision, where no programme is decided

    @property
    def is_legal(self) -> bool:
        """Whether there is a day on which it could start."""
        return self.programme is not None and self.standing is None and self.plan.start is not None

    @property
    def is_to_answer(self) -> bool:
        """Whether only the questionnaire can say anything: nothing is decided, and nothing waits for a decision."""
        return self.programme is None and self.recommended is None

    @property
    def is_legal_now(self) -> bool:
        """Whether the first day that the planner may propose is legal."""
        return self.is_legal and not self.plan.tried

    @property
    def why(self) -> str:
        """What is in the way of an earlier start, or of any."""
        if self.recommended and self.recommended.programme:
            return f"Recommended: {self.recommended.programme.name}. HR has not decided yet."
        if self.recommended:
            return "They answered the questionnaire; no rule fits, and HR has not decided yet."
        if self.programme is None:
            return "Nothing is decided for them yet: they have no placement."
        if self.standing:
            return f"Already on this programme: {self.standing.get_status_display()}."
        if self.plan.replaced_by and self.plan.start is None:
            return f"{self.programme.name} is withdrawn; {self.plan.replaced_by.name} replaces it."
        return " ".join(dict.fromkeys(tried.sentence for tried in self.plan.tried[-2:]))


def placed_on(people: Iterable[int]) -> dict[int, Programme]:
    """By person (row id), the programme of their current placement; nobody who has none."""
    rows = Placement.objects.current().filter(employee_id__in=rows_of(people), programme__isnull=False)
    return {row.employee_id: row.programme for row in rows.select_related("programme") if row.programme}


def looks(
    wishes: Sequence[tuple[Employee, Programme | None]], *, reader: User, on: date, in_cohort: bool = False
) -> list[Look]:
    """Each of these as the planner sees it, in their order; a handful of queries for each programme."""
    people = {person.pk for person, _ in wishes}
    live = Enrolment.objects.filter(employee_id__in=rows_of(people), status__in=Enrolment.LIVE).order_by("id")
    standing = {(row.employee_id, row.programme_id): row for row in live}
    waiting = Nomination.objects.open().filter(employee_id__in=rows_of(people))
    asked: dict[int, dict[int, str]] = defaultdict(dict)
    for person_id, programme_id, name in waiting.values_list("employee_id", "programme_id", "programme__name"):
        asked[person_id][programme_id] = name
    undecided = _undecided([person.pk for person, programme in wishes if programme is None])
    groups: dict[int, list[Employee]] = defaultdict(list)
    programmes = {programme.pk: programme for _, programme in wishes if programme}
    for person, programme in wishes:
        if programme:
            groups[programme.pk].append(person)
    plans = {
        (person.pk, pk): plan
        for pk, group in groups.items()
        for person, plan in zip(
            group, plans_for(group, programmes[pk], on=on, in_cohort=in_cohort, reader=reader), strict=True
        )
    }
    found = []
    for person, programme in wishes:
        key = (person.pk, programme.pk if programme else 0)
        plan = plans.get(key) or rules.Plan(None, None)
        others = tuple(sorted(name for pk, name in asked[person.pk].items() if pk != key[1]))
        recommended = None if programme else undecided.get(person.pk)
        found.append(Look(person, programme, plan, standing.get(key), key[1] in asked[person.pk], others, recommended))
    return found


def _undecided(people: Sequence[int]) -> dict[int, Recommendation]:
    """By person (row id), the recommendation that waits for HR's decision."""
    if not people:
        return {}
    rows = Recommendation.objects.undecided().filter(employee_id__in=rows_of(people))
    return {row.employee_id: row for row in rows.select_related("programme")}


def seen(look: Look) -> str:
    """What somebody was shown of one person, as a form brings it back: they agree with nothing else."""
    code = look.programme.code if look.programme else ""
    return f"{look.employee.public_id} {code} {look.plan.start or ''}"


@dataclass(frozen=True)
class Bar:
    """One month of the picture: who is away as it stands, and on top of it who would be as well."""

    x: str
    width: str
    now_y: int
    now_height: int
    more_y: int
    more_height: int
    label: str


@dataclass(frozen=True)
class Load:
    """A team's months, and the same as bars; ``limit`` is how many may be away at once, 0 for any number."""

    manager: Employee
    months: list[Month]
    limit: int
    bars: list[Bar]
    limit_y: int
    height: int = HIGH + ROOM
    floor: int = HIGH
    label_y: int = HIGH + 20

    @property
    def stretches(self) -> list[tuple[Month, Month]]:
        """The months as a table has them: one row while nothing changes."""
        return stretches(self.months)

    @property
    def too_many(self) -> list[Month]:
        """The months in which more would be away at once than the policy allows."""
        return [month for month in self.months if self.limit and month.then > self.limit]


def loads(shown: Sequence[Look], *, reader: User, on: date) -> list[Load]:
    """The load of each team that these people are of, the first five by name; a handful of queries for all of them."""
    people = [look.employee for look in shown]
    managers = Employee.objects.filter(pk__in={person.manager_id for person in people if person.manager_id})
    first_ones = list(managers.order_by("family_name", "given_names", "id")[:MOST_TEAMS])
    away = named_for(reader, away_of_teams(people, on=on))
    limit = policy().team_load_limit
    return [
        _load(each, [look for look in shown if look.employee.manager_id == each.pk], away.get(each.pk, []), limit, on)
        for each in first_ones
    ]


def _load(manager: Employee, shown: Sequence[Look], away: Sequence[rules.Away], limit: int, on: date) -> Load:
    """From this month to the last planned end, 6 months at least, 18 at most."""
    wished = [
        rules.Away(look.employee.pk, look.employee.name, rules.Days(look.plan.start, look.plan.end))
        for look in shown
        if look.is_legal and look.plan.start
    ]
    last = max([on, *(each.days.last for each in wished if each.days.last)])
    ahead = (last.year - on.year) * 12 + last.month - on.month + 1
    found = months(away, wished, on.replace(day=1), max(FEWEST_MONTHS, min(ahead, MOST_MONTHS)))
    most = max([limit, 1, *(month.then for month in found)])
    return Load(manager, found, limit, _bars(found, most), HIGH - HIGH * limit // most)


def _bars(found: Sequence[Month], most: int) -> list[Bar]:
    step = 100 / len(found)
    every = 1 + len(found) // MOST_LABELS
    bars = []
    for place, month in enumerate(found):
        now, then = HIGH * month.now // most, HIGH * month.then // most
        label = SHORT_MONTHS[month.first.month - 1] if place % every == 0 else ""
        x, width = f"{place * step + 0.5:.2f}%", f"{step - 1:.2f}%"
        bars.append(Bar(x, width, HIGH - now, now, HIGH - then, then - now, label))
    return bars
