"""The questionnaire sent out: whom it would reach, how far those asked are, and who is still to be reminded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from assessment.models import Asked, Questionnaire, Response, Sending
from enrolment.rules import sendings as rules
from people.models import Department, Employee, Notice
from people.queries import found, ids_of, rows_of

SHOWN = 20  # people by name on a page that foresees
NAMED = 3  # departments by name in the words that say to whom
NOT_OPENED, UNDER_WAY, ANSWERED = "not_opened", "under_way", "answered"
STATES = {NOT_OPENED: "Not opened", UNDER_WAY: "Under way", ANSWERED: "Answered"}
S = Notice.Status
SAID = (S.DUE, S.SENDING, S.SENT)  # said, or to be said by itself
BY_THEMSELVES = [reminder.kind for reminder in rules.REMINDERS]
# By an ending that was undone: nobody read it. What a person called off nobody is to read.
UNREAD = Q(status=S.WITHDRAWN, settled_by=None)
EXPORTED = (
    *("staff_number", "given_names", "family_name", "email", "department__name"),
    *("state", "reminded_on", "answered_on", "is_decided"),
)


@dataclass(frozen=True)
class Chosen:
    """Whom HR chose: staff numbers, or everybody whom a search finds; ``words`` say it on every page about it."""

    people: QuerySet[Employee]
    words: str


def by_number(people: QuerySet[Employee], numbers: Sequence[str]) -> Chosen:
    """The people with these staff numbers, also where a number is of a record that was merged into theirs."""
    named = f"{len(numbers)} people by staff number" if len(numbers) > 1 else "one person by staff number"
    return Chosen(people.filter(pk__in=rows_of(ids_of(numbers).values())), named)


def by_search(people: QuerySet[Employee], text: str, departments: Collection[Department]) -> Chosen:
    """Everybody whom the People page finds with these words, in any of these departments; without both: everybody."""
    names = [department.name for department in departments]
    words = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    if names:
        people = people.filter(department__in=departments)
    if text:
        people = found(people, text)
    said = f"whoever matches “{text}”" if text else "everybody"
    return Chosen(people, f"{said} in {words}" if names and text else words or said)


def judged(people: QuerySet[Employee], *, on: date) -> QuerySet[Any]:
    """The people with ``left_out``: why a sending on a day would not ask them; empty for whoever is asked."""
    own = Response.objects.filter(employee=OuterRef("pk")).order_by()
    version = Questionnaire.objects.published().order_by().values("pk")[:1]
    recent = own.filter(questionnaire__in=version, submitted_on__gte=on - rules.RECENTLY)
    waiting = Asked.objects.filter(employee=OuterRef("pk"), sending__ended_on=None, sending__due_on__gte=on).order_by()
    return people.annotate(
        left_out=Case(
            When(employed_until__lt=on, then=Value(rules.LEFT)),
            When(employed_from__gt=on, then=Value(rules.NOT_YET)),
            When(Exists(own.under_way()), then=Value(rules.ANSWERING)),
            When(Exists(recent), then=Value(rules.ANSWERED)),
            When(Exists(waiting.filter(~_has_answered())), then=Value(rules.ASKED)),
            default=Value(""),
        )
    )


@dataclass(frozen=True)
class Foreseen:
    """What a sending would come to: how many are asked, some of them, who is left out and why, who has no e-mail."""

    asked: int
    people: list[Employee]
    reasons: list[tuple[str, int]]
    left_out: list[tuple[Employee, str]]
    without_mail: int
    in_person: list[Employee]

    @property
    def left_out_count(self) -> int:
        """How many are left out."""
        return sum(count for _, count in self.reasons)


def foreseen(people: QuerySet[Employee], *, on: date) -> Foreseen:
    """How many a sending to these people would ask, and who they are: counted by the database, a few by name."""
    rows = judged(people, on=on)
    counts: Counter[tuple[str, bool]] = Counter()
    grouped = rows.order_by().values_list("left_out", Case(When(email="", then=Value(False)), default=Value(True)))
    for reason, has_mail, count in grouped.annotate(count=Count("pk")):
        counts[reason, has_mail] += count
    named = rows.select_related("department").order_by("family_name", "given_names", "id")
    asked, left_out = named.filter(left_out=""), named.exclude(left_out="")
    reasons = [(why, counts[code, True] + counts[code, False]) for code, why in rules.WHY.items()]
    return Foreseen(
        asked=counts["", True] + counts["", False],
        people=list(asked[:SHOWN]),
        reasons=[(why, count) for why, count in reasons if count],
        left_out=[(person, rules.WHY[person.left_out]) for person in left_out[:SHOWN]],
        without_mail=counts["", False],
        in_person=list(asked.filter(email="")[:SHOWN]) if counts["", False] else [],
    )


@dataclass(frozen=True)
class Funnel:
    """How far those are whom a sending asked. Each number is part of the one before it."""

    asked: int = 0
    opened: int = 0
    answered: int = 0
    decided: int = 0

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The picture: what is counted, how many, and the share of those asked as a percentage."""
        counted = (
            ("Sent", self.asked),
            ("Opened", self.opened),
            ("Answered", self.answered),
            ("Recommendation decided", self.decided),
        )
        return [
            {"label": label, "count": count, "percent": round(100 * count / self.asked) if self.asked else 0}
            for label, count in counted
        ]


def funnels(sendings: Iterable[Sending]) -> dict[int, Funnel]:
    """The funnel of each sending, by row id: two queries for all of them."""
    pks = [sending.pk for sending in sendings]
    asked = dict(Asked.objects.filter(sending__in=pks).order_by().values_list("sending").annotate(count=Count("pk")))
    answers = Response.objects.filter(sending__in=pks).order_by().values_list("sending")
    counted = {
        row[0]: row[1:]
        for row in answers.annotate(
            opened=Count("pk"),
            answered=Count("pk", filter=Q(submitted_at__isnull=False)),
            decided=Count("pk", filter=Q(recommendation__is_decided=True)),
        )
    }
    return {pk: Funnel(asked.get(pk, 0), *counted.get(pk, (0, 0, 0))) for pk in pks}


def sent_to(sending: Sending, *, show: str = "") -> QuerySet[Employee]:
    """The people whom a sending asked; ``show``: only those of one of `STATES`."""
    asked = Asked.objects.filter(sending=sending).order_by().values("employee")
    people = Employee.objects.filter(pk__in=asked)
    answers = Response.objects.filter(sending=sending, employee=OuterRef("pk")).order_by()
    match show:
        case "not_opened":
            return people.filter(~Exists(answers))
        case "under_way":
            return people.filter(Exists(answers.under_way()))
        case "answered":
            return people.filter(Exists(answers.filter(submitted_at__isnull=False)))
    return people


@dataclass(frozen=True)
class Line:
    """One person of a sending: how far they are, and the last day they were reminded."""

    employee: Employee
    reminded_on: date | None
    response: Response | None = None
    is_decided: bool = False

    @property
    def state(self) -> str:
        """The code of how far they are."""
        if self.response is None:
            return NOT_OPENED
        return ANSWERED if self.response.submitted_on else UNDER_WAY

    @property
    def says(self) -> str:
        """The state in words."""
        return STATES[self.state]


def lines(sending: Sending, people: Sequence[Employee]) -> list[Line]:
    """How far these people of a sending are, in their order: two queries."""
    pks = [person.pk for person in people]
    reminded = dict(Asked.objects.filter(sending=sending, employee__in=pks).values_list("employee", "reminded_on"))
    answers = Response.objects.filter(sending=sending, employee__in=pks).select_related("recommendation")
    by_person = {row.employee_id: row for row in answers}
    return [Line(person, reminded.get(person.pk), *_told(by_person.get(person.pk))) for person in people]


def _told(response: Response | None) -> tuple[Response | None, bool]:
    made = getattr(response, "recommendation", None) if response else None
    return response, bool(made and made.is_decided)


def exported(sending: Sending, *, show: str) -> Iterator[tuple[Any, ...]]:
    """Everybody of a sending for a file, as `EXPORTED` names the columns."""
    answers = Response.objects.filter(sending=sending, employee=OuterRef("pk")).order_by()
    rows = sent_to(sending, show=show).annotate(
        state=Case(
            When(Exists(answers.under_way()), then=Value(UNDER_WAY)),
            When(Exists(answers), then=Value(ANSWERED)),
            default=Value(NOT_OPENED),
        ),
        reminded_on=Subquery(
            Asked.objects.filter(sending=sending, employee=OuterRef("pk")).order_by().values("reminded_on")[:1]
        ),
        answered_on=Subquery(answers.values("submitted_on")[:1]),
        is_decided=Coalesce(Subquery(answers.values("recommendation__is_decided")[:1]), Value(False)),
    )
    return rows.order_by("family_name", "given_names", "id").values_list(*EXPORTED).iterator(chunk_size=2000)


def to_remind(sendings: Iterable[Sending], *, on: date) -> QuerySet[Asked]:
    """Whom “Remind the rest” reaches on a day: asked, employed, not answered, and told nothing of it on that day."""
    told_today = Q(reminded_on=on) | Q(sending__sent_on=on)
    rows = Asked.objects.filter(sending__in=[sending.pk for sending in sendings], sending__ended_on=None)
    rows = rows.filter(~_has_answered(), employee__in=Employee.objects.employed(on).order_by())
    rows = rows.filter(~Exists(Asked.objects.filter(told_today, employee=OuterRef("employee_id")).order_by()))
    # What HR wrote ahead of its day, or sent before it, was told as well.
    ahead = Notice.objects.filter(
        employee=OuterRef("employee_id"), kind__in=BY_THEMSELVES, due_on=on, status__in=SAID, settled_by__isnull=False
    )
    return rows.filter(~Exists(ahead.order_by()))


def to_remind_by_calendar(on: date) -> QuerySet[Any]:
    """Whom the calendar reminds on a day, with ``which``: two days before the one to answer by, the day after it.

    Each once; none before the day where the letter itself is as late as the reminder would be.
    """
    due = list(Sending.objects.open().filter(due_on__range=(on - rules.GIVE_UP, on + rules.SOONEST)))
    reminder = rules.DUE_SOON_REMINDER
    goes = [
        each.pk
        for each in due
        if on <= each.due_on
        and reminder.next_day(on, each.due_on) == on
        and reminder.is_news(each.sent_on, each.due_on)
    ]
    soon = Q(sending__in=goes)
    over = Q(sending__due_on__range=(on - rules.GIVE_UP, on - timedelta(days=1)))
    told = Notice.objects.filter(employee=OuterRef("employee_id"), subject=OuterRef("sending__public_id")).order_by()
    told = told.exclude(UNREAD)
    which = Case(
        When(soon & ~Exists(told.filter(kind="questionnaire_due_soon")), then=Value("questionnaire_due_soon")),
        When(over & ~Exists(told.filter(kind="questionnaire_overdue")), then=Value("questionnaire_overdue")),
    )
    return to_remind(due, on=on).annotate(which=which).filter(which__isnull=False).order_by("employee_id", "id")


def to_remind_by_itself(reminder: rules.Reminder, *, on: date, until: date) -> QuerySet[Asked]:
    """Whom a reminder reaches by itself from a day on until another, if they do not answer: each once, who is employed.

    The same as `to_remind_by_calendar`, asked of the days to come.
    """
    rows = Asked.objects.filter(~_has_answered(), sending__ended_on=None, employee__in=Employee.objects.employed(on))
    first = on if reminder == rules.DUE_SOON_REMINDER else on - rules.GIVE_UP
    ahead = Sending.objects.open().filter(due_on__range=(first, until + rules.SOONEST))
    goes = [s.pk for s in ahead if reminder.next_day(on, s.due_on) <= until and reminder.is_news(s.sent_on, s.due_on)]
    rows = rows.filter(sending__in=goes)
    told = Notice.objects.filter(
        employee=OuterRef("employee_id"), subject=OuterRef("sending__public_id"), kind=reminder.kind
    )
    return rows.filter(~Exists(told.exclude(UNREAD).order_by()))


def awaited(on: date) -> QuerySet[Asked]:
    """Whose answers are awaited by a sending that nobody has ended: one row a person, who is due first stands first."""
    rows = Asked.objects.filter(~_has_answered(), sending__ended_on=None, employee__in=Employee.objects.employed(on))
    sooner = Q(sending__due_on__lt=OuterRef("sending__due_on")) | Q(
        sending__due_on=OuterRef("sending__due_on"), pk__lt=OuterRef("pk")
    )
    others = Asked.objects.filter(
        ~_has_answered(), sooner, employee=OuterRef("employee_id"), sending__ended_on=None
    ).order_by()
    return rows.filter(~Exists(others)).order_by("sending__due_on", "id")


def to_ask_again(sending: Sending, *, on: date) -> QuerySet[Employee]:
    """Whose first letter was withdrawn by an ending, and who would still answer it by its day."""
    withdrawn = Notice.objects.filter(subject=sending.public_id, kind="questionnaire", status=Notice.Status.WITHDRAWN)
    rows = Asked.objects.filter(~_has_answered(), sending=sending, sending__due_on__gte=on).order_by()
    people = Employee.objects.employed(on).filter(pk__in=rows.values("employee"))
    return people.filter(pk__in=withdrawn.order_by().values("employee")).order_by("id")


def unanswered(sendings: Iterable[UUID], people: Iterable[int]) -> set[tuple[UUID, int]]:
    """Of these sendings (public ids) and people (row ids): which pairs are still open, asked and not answered."""
    rows = Asked.objects.filter(~_has_answered(), sending__public_id__in=set(sendings), sending__ended_on=None)
    return set(rows.filter(employee__in=rows_of(people)).values_list("sending__public_id", "employee_id"))


def _has_answered() -> Exists:
    """That the person of an `Asked` has answered since: on whatever way, for this sending or another."""
    answers = Response.objects.filter(employee=OuterRef("employee_id"), submitted_on__gte=OuterRef("sending__sent_on"))
    return Exists(answers.order_by())
