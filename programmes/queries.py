"""What the catalogue's pages ask: the four side by side, one programme's facts with their sources, pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, QuerySet

from people.models import PolicyChange
from programmes import rules
from programmes.models import Cohort, Programme, ProgrammeVersion, Provider

ROWS = 50  # on one page of a list

SOURCES = {
    "article": "The article this product puts to work",
    "official": "Official text",
    "service": "The government service’s public code",
    "provider": "Said by a provider",
    "unnoted": "Published sources",
    "decision": "Our decision",
}
VERBS = {  # what each programme prepares people to do, in the order of the picture
    "ai-leadership-literacy": "Decide",
    "ai-governance": "Govern",
    "ai-transformation": "Deliver",
    "ai-practitioner": "Apply",
}


@dataclass(frozen=True)
class Fact:
    """One fact of a programme: what it is, its value in words, who says so and what is worth knowing about it."""

    label: str
    value: str
    source: str
    remark: str


@dataclass(frozen=True)
class Stop:
    """One programme in the picture: what it prepares people to do, where it stands, and where the way goes on."""

    programme: Programme
    verb: str
    x: str
    y: int
    next_x: str
    next_y: int


@dataclass(frozen=True)
class Answer:
    """What one programme answers: a sentence, or several lines."""

    programme: Programme
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Aspect:
    """One row of the comparison: the same question asked of each programme."""

    label: str
    answers: tuple[Answer, ...]


def all_programmes() -> list[Programme]:
    """The programmes in the catalogue's order, never by level (domain.md §1); what each leads to is at hand."""
    return list(Programme.objects.select_related("leads_to", "replaced_by").order_by("position"))


def programme_with_versions() -> QuerySet[Programme]:
    """Programmes with their versions, earliest first, and what they lead to and are replaced by."""
    versions = Prefetch("versions", ProgrammeVersion.objects.order_by("first_start"))
    return Programme.objects.select_related("leads_to", "replaced_by").prefetch_related(versions)


def picture(programmes: Sequence[Programme]) -> list[Stop]:
    """The way from deciding about AI to applying it, for those of the programmes that have a place on it."""
    shown = [programme for programme in programmes if programme.code in VERBS]
    places = [(f"{100 * (2 * place + 1) / (2 * len(shown)):g}%", (48, 34)[place % 2]) for place in range(len(shown))]
    return [
        Stop(programme, VERBS[programme.code], *here, *there)
        for programme, here, there in zip(shown, places, [*places[1:], *places[-1:]], strict=True)
    ]


def comparison(programmes: Sequence[Programme]) -> list[Aspect]:
    """The questions a reader has, asked of each programme."""

    def sentence(label: str, answer: Callable[[Programme], str]) -> Aspect:
        return Aspect(label, tuple(Answer(programme, text=answer(programme)) for programme in programmes))

    def lines(label: str, answer: Callable[[Programme], list[str]]) -> Aspect:
        return Aspect(label, tuple(Answer(programme, lines=tuple(answer(programme))) for programme in programmes))

    return [
        sentence("Who it is for", lambda programme: programme.who_for),
        lines("Best suited to", lambda programme: programme.best_suited),
        lines("Why", lambda programme: programme.why),
        lines("What changes", lambda programme: programme.impact),
        sentence("What it is not", lambda programme: programme.is_not),
        sentence("Length", length),
        sentence("What next", lambda programme: programme.what_next),
    ]


def length(programme: Programme) -> str:
    """The usual length, and the hours that go into it."""
    return f"Usually {rules.usual_length(programme)}. {programme.hours}."


def facts(programme: Programme) -> list[Fact]:
    """What is known of a programme beyond its description, in the order of its page, each with its source."""
    values = {
        "name": ("Name", programme.name),
        "official_reference": ("Official reference", programme.official_reference),
        "official_title": ("Official title", programme.official_title),
        "course_code": ("Course code", programme.course_code or "Not known yet"),
        "level": ("Level", str(programme.level)),
        "minimum_age": ("Minimum age", f"{programme.minimum_age} on the start date"),
        "maximum_funding": ("Maximum funding", f"£{programme.maximum_funding:,}"),
        "usual_length": ("Usual length", rules.usual_length(programme)),
        "minimum_days": ("Least length", f"{programme.minimum_days} days, first and last counted"),
        "maximum_days": ("Greatest length", f"Planned end at most {programme.maximum_days} days after the start"),
        "hours": ("Hours", programme.hours),
        "best_suited": ("Who it is for, why, what changes", "As described on this page"),
        "what_next": ("What next", "As described on this page"),
    }
    absent = {name for name in ("minimum_days", "maximum_days") if getattr(programme, name) is None}
    return [
        Fact(label, value, SOURCES.get(source.get("by", ""), "not noted"), source.get("says", ""))
        for name, (label, value) in values.items()
        if name not in absent
        for source in [programme.sources.get(name, {})]
    ]


def cohorts_to_come(programme: Programme, *, on: date, most: int = 5) -> list[Cohort]:
    """The next cohorts of a programme that start after a day, with their providers."""
    return list(
        programme.cohorts.open().to_come(on).select_related("provider").order_by("start_date", "name", "id")[:most]
    )


@dataclass(frozen=True)
class Seats:
    """How full a cohort is: seats taken, seats free, people who wait for one."""

    taken: int
    free: int
    waiting: int


def seats_of(cohorts: Sequence[Cohort]) -> dict[int, Seats]:
    """By row id how full each of these cohorts is: one query, whatever their number."""
    counted = Cohort.objects.filter(pk__in=[cohort.pk for cohort in cohorts]).order_by()
    taken, waiting = Count("enrolments__seat"), Count("enrolments__waiting_since")
    rows = counted.annotate(taken=taken, waiting=waiting).values_list("pk", "seats", "taken", "waiting")
    return {pk: Seats(taken, max(0, seats - taken), waiting) for pk, seats, taken, waiting in rows}


def page_of[T: (Cohort, Provider, PolicyChange)](rows: QuerySet[T], number: int) -> tuple[list[T], bool]:
    """The rows of one page, counted from 1, and whether there is another after it."""
    first = (number - 1) * ROWS
    found = list(rows[first : first + ROWS + 1])
    return found[:ROWS], len(found) > ROWS
