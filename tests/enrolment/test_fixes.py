"""The fixes: which are offered in which order, and that each that is offered is done when it is applied."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.models import Confirmation, Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.desk import Item, desk
from enrolment.rules.fixes import RANKS, Fix, ranked
from enrolment.rules.problems import Matter, problem
from people import clock
from people.models import Employee, Policy
from programmes.models import Cohort, Programme, ProgrammeVersion
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, NominationFactory, UserFactory, programme

S = Enrolment.Status
ON = date(2026, 6, 15)
DAY = timedelta(days=1)
ADA = Employee(pk=1, given_names="Ada", family_name="Ash", date_of_birth=date(1985, 1, 1))
UNIT = Programme(
    pk=1, name="Governing", code="ai-governance", kind="unit", usual_days=28, minimum_age=19, maximum_days=112
)
OTHER = Programme(pk=2, name="Literacy", code="ai-leadership-literacy", kind="unit", usual_days=28, minimum_age=19)
LONG = Programme(pk=3, name="Practitioner", code="x", kind="apprenticeship", usual_months=18, minimum_age=16)
VERSIONS = {p.pk: [ProgrammeVersion(programme=p, first_start=date(2026, 1, 1))] for p in (UNIT, OTHER, LONG)}
JULY = Cohort(pk=7, name="July", programme=UNIT, start_date=date(2026, 7, 6), planned_end_date=date(2026, 8, 2))
FULL = Cohort(pk=8, name="Full", programme=UNIT, start_date=date(2026, 6, 29), planned_end_date=date(2026, 7, 26))


def record(pk: int, status: str, taken: Programme = UNIT, start: str = "", end: str = "", **more: object) -> Enrolment:
    dates = {"start_date": date.fromisoformat(start), "planned_end_date": date.fromisoformat(end)} if start else {}
    return Enrolment(pk=pk, employee=ADA, programme=taken, status=status, **dates, **more)


def matter(kind: str, subject: Enrolment | Nomination, *others: Enrolment, **more: object) -> Matter:
    openings = {UNIT.pk: [rules.Opening(FULL, []), rules.Opening(JULY, [70])]}
    facts = rules.Facts(Policy(follower_days=14), VERSIONS, openings)
    records = [*others, *([subject] if isinstance(subject, Enrolment) else [])]
    return Matter(kind, subject, records, facts, ON, **more)  # type: ignore[arg-type]


LATE = record(2, S.OVERDUE, OTHER, "2026-05-01", "2026-06-10")
RUNNING = record(2, S.ACTIVE, OTHER, "2026-06-01", "2026-07-10")
CASES = {
    "queued behind nothing: the next cohort, then the earliest day": (
        matter("queued", record(1, S.QUEUED)),
        ["plan_in_cohort July", "plan_on_days 2026-06-15", "cancel"],
    ),
    "queued, with a proposal: that first, not twice": (
        matter(
            "queued",
            record(
                1,
                S.QUEUED,
                proposed_start_date=date(2026, 7, 6),
                proposed_end_date=date(2026, 8, 2),
                cohort=JULY,
            ),
        ),
        ["accept July", "plan_on_days 2026-06-15", "cancel"],
    ),
    "a proposal that would clash by now is not offered": (
        matter(
            "queued",
            record(1, S.QUEUED, proposed_start_date=date(2026, 7, 1), proposed_end_date=date(2026, 7, 28)),
            RUNNING,
        ),
        ["plan_on_days 2026-07-11", "cancel"],
    ),
    "behind an open hold: end that one": (
        matter("queued", record(1, S.QUEUED), LATE),
        ["complete", "withdraw", "cancel"],
    ),
    "behind a break: it is over, or they left": (
        matter("queued", record(1, S.QUEUED), record(2, S.PAUSED, LONG, "2026-01-05", "2027-07-04")),
        ["end_break", "withdraw", "cancel"],
    ),
    "overdue: closed, or it goes on": (matter("overdue", LATE), ["complete", "withdraw", "extend"]),
    "overdue, its end as late as it may be": (
        matter("overdue", record(2, S.OVERDUE, UNIT, "2026-02-01", "2026-05-24")),
        ["complete", "withdraw"],
    ),
    "waiting for what is gone, and on something else": (
        matter("waiting", record(1, S.WAITING, cohort=FULL, waiting_since=clock.now()), RUNNING),
        ["plan_on_days 2026-07-11", "queue_behind Literacy", "cancel"],
    ),
    "a return that comes": (
        matter("return", record(1, S.PAUSED, LONG, "2026-01-05", "2027-07-04", return_on=date(2026, 6, 20))),
        ["confirm_return 2026-06-20", "end_break", "state_return", "forget_return", "withdraw"],
    ),
    "a return before a plan: it cannot become unknown": (
        matter(
            "return",
            record(1, S.PAUSED, LONG, "2026-01-05", "2027-07-04", return_on=date(2026, 6, 20)),
            record(2, S.PLANNED, UNIT, "2027-08-02", "2027-08-29"),
        ),
        ["confirm_return 2026-06-20", "end_break", "state_return", "withdraw"],
    ),
    "a return that is not known any more": (
        matter("no_return", record(1, S.PAUSED, LONG, "2026-01-05", "2027-07-04")),
        ["state_return", "end_break", "withdraw"],
    ),
    "a plan after a no: later, or not at all": (
        matter(
            "not_met",
            record(1, S.PLANNED, UNIT, "2026-06-20", "2026-07-17"),
            unmet=[Confirmation.Fact.RIGHT_TO_WORK],
        ),
        ["move_to_days 2026-07-18", "cancel"],
    ),
    "what runs after a no": (
        matter("not_met", RUNNING, unmet=[Confirmation.Fact.RIGHT_TO_WORK]),
        ["complete", "withdraw"],
    ),
    "a nomination of somebody who is busy": (
        matter("nomination", Nomination(pk=5, employee=ADA, programme=UNIT, status="submitted"), RUNNING),
        ["approve_on_days 2026-07-11", "decline"],
    ),
    "a nomination for what they are on already": (
        matter("nomination", Nomination(pk=5, employee=ADA, programme=OTHER, status="submitted"), RUNNING),
        ["decline"],
    ),
}


def short(fix: Fix) -> str:
    """A fix in a word or two."""
    detail = fix.cohort.name if fix.cohort else fix.other.programme.name if fix.other else fix.start or ""
    return f"{fix.name} {detail}".strip()


@pytest.mark.parametrize(("given_matter", "offered"), CASES.values(), ids=CASES)
def test_what_is_offered_in_which_order(given_matter: Matter, offered: list[str]) -> None:
    assert [short(fix) for fix in ranked(given_matter)] == offered
    assert problem(given_matter).endswith((".", "?"))


def test_who_has_left_is_withdrawn_first() -> None:
    """On the last day of employment, which is suggested."""
    gone = Employee(pk=1, given_names="Ada", family_name="Ash", employed_until=date(2026, 6, 12))
    subject = record(1, S.ACTIVE, UNIT, "2026-06-01", "2026-06-28")
    subject.employee = gone
    fixes = ranked(matter("leaver", subject))
    assert [fix.name for fix in fixes] == ["withdraw", "complete"]
    assert fixes[0].asks[0] == ("ended_on", date(2026, 6, 12))


def test_a_plan_that_is_not_allowed_any_more_changes_places() -> None:
    """Too young for the first of two plans: a later cohort, a later day, or the other plan first."""
    young = Employee(pk=1, given_names="Ada", family_name="Ash", date_of_birth=date(2007, 7, 1))
    subject = record(1, S.PLANNED, UNIT, "2026-06-20", "2026-07-17")
    other = record(2, S.PLANNED, LONG, "2026-09-01", "2027-06-30")
    subject.employee = other.employee = young
    fixes = ranked(matter("ineligible", subject, other))
    assert [short(fix) for fix in fixes] == [
        "move_to_cohort July",
        "move_to_days 2026-07-01",
        "swap Practitioner",
        "cancel",
    ]


def test_an_extension_stops_before_the_next_plan() -> None:
    fixes = ranked(matter("overdue", LATE, record(3, S.PLANNED, UNIT, "2026-06-25", "2026-07-22")))
    assert next(fix for fix in fixes if fix.name == "extend").asks == (("planned_end_date", date(2026, 6, 24)),)


def test_every_kind_has_its_ranking() -> None:
    from enrolment.queries.desk import CODES

    assert set(RANKS) == set(CODES)


# Each fix that is offered is legal: applied as the page would, it is done. Days count from the day that pages read.

CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner")
TODAY = clock.today()
plans = st.tuples(
    st.sampled_from([S.QUEUED, S.WAITING, S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED, S.COMPLETED]),
    st.integers(-60, 80),
    st.sampled_from([None, 3, 20]),
    st.booleans(),
    st.booleans(),
)
NEARLY_19 = TODAY - 19 * 365 * DAY  # some leap days before the birthday
PAST = (S.COMPLETED, -60, None, False, False)
SWAPPED = [(S.PLANNED, 2, None, False, False), PAST, PAST, (S.PLANNED, 79, None, False, False)]
lives = st.lists(plans, min_size=1, max_size=4)


def live(person: Employee, life: list[tuple[str, int, int | None, bool, bool]]) -> None:
    """Records of one person as life and the calendar could have left them; what would clash is left out."""
    before: Enrolment | None = None
    for place, (status, start, back, has_proposal, follows) in enumerate(life):
        taken = programme(CODES[(place + 3) % 4 if status == S.PAUSED else place])
        if status == S.PAUSED and not taken.is_apprenticeship:
            continue
        first = TODAY + (start if status == S.PLANNED else -abs(start) - 1) * DAY
        last = first + (400 if taken.is_apprenticeship else 27) * DAY
        facts: dict[str, object] = {"start_date": first, "planned_end_date": last}
        if status == S.PLANNED and start <= 0:
            continue
        if status in (S.QUEUED, S.WAITING):
            facts = {}
        if status == S.QUEUED and has_proposal:
            day = TODAY + (abs(start) + 5) * DAY
            facts = {
                "proposed_start_date": day,
                "proposed_end_date": day + (400 if taken.is_apprenticeship else 27) * DAY,
            }
        if status == S.QUEUED and follows:
            facts["follows"] = before
        if status == S.WAITING:
            gone = CohortFactory(programme=taken, start_date=TODAY - DAY, planned_end_date=TODAY + 400 * DAY, seats=1)
            facts |= {"cohort": gone, "waiting_since": clock.now()}
        if status == S.PAUSED and back:
            facts["return_on"] = TODAY + back * DAY
        if status == S.COMPLETED:
            facts["ended_on"] = min(last, TODAY)
        if status == S.ACTIVE and last < TODAY:
            status = S.OVERDUE
        if status == S.OVERDUE and last >= TODAY:
            facts["planned_end_date"] = max(first, TODAY - DAY)
        with transaction.atomic():
            days = rules.held(Enrolment(status=status, **{k: v for k, v in facts.items() if k in HELD}))
            others = Enrolment.objects.filter(employee=person)
            if rules.clashes(days, others, on=TODAY) or rules.already_on(taken, others):
                continue
            before = EnrolmentFactory(employee=person, programme=taken, status=status, **facts)
            if status == S.PAUSED and not back:
                EnrolmentEvent.objects.create(subject=before, move="forget_return", to_status=status, on=TODAY - DAY)


HELD = ("start_date", "planned_end_date", "ended_on", "return_on")


def filled(item: Item, fix: Fix) -> dict[str, object]:
    """What the page sends for a fix, with what is suggested, or today and a reason."""
    sent: dict[str, object] = {
        "fix": fix.name,
        "kind": item.matter.kind,
        "about": item.subject.public_id,
        "subject": fix.subject.public_id,
        "seen": fix.seen,
        "key": uuid4(),
    }
    given_days = {"start": fix.start, "end": fix.end, "cohort": fix.cohort, "other": fix.other}
    for name, value in given_days.items():
        if value is not None:
            sent[name] = value.public_id if isinstance(value, Cohort | Enrolment) else value.isoformat()
    for name, day in fix.asks:
        sent[name] = "Because." if name == "reason" else rules.say(day or TODAY)
    return sent


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lives,
    st.sampled_from([None, -3, 30]),
    st.sampled_from([date(1985, 1, 1), NEARLY_19]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 20),
)
@example(SWAPPED, None, NEARLY_19, False, False, 0)
@example([(S.PAUSED, -60, None, False, False)], None, date(1985, 1, 1), False, False, 0)
def test_every_fix_offered_is_done_when_it_is_applied(life, leaves, born, is_nominated, has_no, notice):
    with transaction.atomic():
        hr = UserFactory(is_hr=True)
        Policy.objects.filter(pk=1).update(notice_days=notice)
        for code in CODES[:3]:
            CohortFactory(
                programme=programme(code), seats=1, start_date=TODAY + 30 * DAY, planned_end_date=TODAY + 57 * DAY
            )
        person = EmployeeFactory(date_of_birth=born, employed_until=None if leaves is None else TODAY + leaves * DAY)
        live(person, life)
        if is_nominated:
            NominationFactory(employee=person, programme=programme(CODES[1]), nominated_on=TODAY)
        if has_no:
            for enrolment in Enrolment.objects.filter(employee=person, status__in=[S.PLANNED, S.ACTIVE]):
                assert enrolment.start_date
                Confirmation.objects.create(
                    enrolment=enrolment,
                    fact=Confirmation.Fact.RIGHT_TO_WORK,
                    is_met=False,
                    for_start=enrolment.start_date,
                    confirmed_by=hr,
                    confirmed_on=TODAY,
                )
        browser = Client()
        browser.force_login(hr)
        if life == SWAPPED and (leaves, born, is_nominated, has_no) == (None, NEARLY_19, False, False):
            assert "swap" in [fix.name for item in desk(hr, on=TODAY).items for fix in item.fixes]
        for item in desk(hr, on=TODAY).items:
            for fix in item.fixes:
                with transaction.atomic():
                    response = browser.post("/enrolments/desk/", filled(item, fix))
                    said = response.context["tried"] if response.status_code == 200 else ""
                    assert response.status_code == 302, (item.matter.kind, item.sentence, fix, said)
                    transaction.set_rollback(True)
        transaction.set_rollback(True)


def test_a_fix_says_what_else_it_moves() -> None:
    """Before anything is applied: completing what ran over gives what waits behind it its days."""
    behind = record(1, S.QUEUED, follows=LATE)
    complete = ranked(matter("overdue", LATE, behind))[0]
    assert complete.name == "complete"
    assert "Governing gets the days 16 June 2026 to 13 July 2026." in complete.effect
    alone = ranked(matter("overdue", LATE))[0]
    assert alone.effect == "The days after the actual finish are free."
