"""The knock-on preview says what the action then does, move by move; and the ways out that it offers are clear."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.actions import changes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries import knock_on
from enrolment.queries.enrolments import history_of
from enrolment.queries.planning import planned
from people import clock
from people.models import Employee, Policy, User
from programmes.models import Programme
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = Enrolment.Status
LONG, FIRST, SECOND = "ai-practitioner", "ai-leadership-literacy", "ai-governance"
TIMED = ("wait", "undo")
PUSHING = {"redate", "change_cohort", "extend", "shorten", "begin_break", "state_return", "end_break", "complete"}
PUSHING |= {"withdraw", "correct", "reopen", "reinstate"}


def hr() -> User:
    return UserFactory(is_hr=True)


def later(days: int) -> date:
    return TODAY + days * DAY


def line_of(status: str, *, code: str = LONG, follower_from: int = 31, cohort: bool = False) -> Enrolment:
    """Somebody on a programme until day 30 (or planned from day 3), a follower after it, and a plan for day 90."""
    person = EmployeeFactory()
    dates: dict[str, Any] = {"start_date": later(-300 if code == LONG else -20), "planned_end_date": later(30)}
    if status == S.PLANNED:
        dates = {"start_date": later(3), "planned_end_date": later(30)}
    if status == S.OVERDUE:
        dates["planned_end_date"] = later(-2)
    if status in (S.COMPLETED, S.WITHDRAWN):
        dates["ended_on"] = later(-4)
    if status in (S.QUEUED, S.WAITING):
        dates = {}
    one: Enrolment = EnrolmentFactory(employee=person, programme=programme(code), status=status, **dates)
    if status == S.CANCELLED:
        return one
    in_cohort = {}
    if cohort:
        start, end = later(follower_from), later(follower_from + 27)
        in_cohort = {"cohort": CohortFactory(programme=programme(FIRST), start_date=start, planned_end_date=end)}
        next_start = later(follower_from + 40)
        CohortFactory(programme=programme(FIRST), start_date=next_start, planned_end_date=next_start + 27 * DAY)
    is_open = status in (S.OVERDUE, S.PAUSED, S.QUEUED, S.WAITING)
    follower = {} if is_open else {"start_date": later(follower_from), "planned_end_date": later(follower_from + 27)}
    EnrolmentFactory(
        employee=person,
        programme=programme(FIRST),
        status=S.QUEUED if is_open else S.PLANNED,
        follows=one,
        **follower,
        **({} if is_open else in_cohort),
    )
    if not is_open:
        days = {"start_date": later(90), "planned_end_date": later(117)}
        EnrolmentFactory(employee=person, programme=programme("ai-transformation"), status=S.PLANNED, **days)
    return one


def stands(person: Employee) -> dict[str, tuple[Any, ...]]:
    """How each record of somebody stands in the database."""
    rows = Enrolment.objects.filter(employee=person).select_related("programme")
    return {row.programme.code: facts(row) for row in rows}


def facts(row: Enrolment) -> tuple[Any, ...]:
    return (
        str(row.status),
        row.start_date,
        row.planned_end_date,
        row.ended_on,
        row.return_on,
        row.cohort_id,
        row.proposed_start_date,
        row.proposed_end_date,
    )


def foretold(look: knock_on.Preview, records: list[Enrolment]) -> dict[str, tuple[Any, ...]]:
    """How each record would stand if the preview is right."""
    shifts = {shift.enrolment.pk: shift for shift in look.shifts}
    found: dict[str, tuple[Any, ...]] = {}
    for row in records:
        record = look.after if row.pk == look.before.pk else row
        if shift := shifts.get(row.pk):
            plan = shift.plan
            cohort = plan.cohort.pk if plan.cohort else None
            found[row.programme.code] = {
                rules.MOVED: ("planned", plan.start, plan.end, None, None, cohort, None, None),
                rules.PROPOSED: ("queued", None, None, None, None, cohort, plan.start, plan.end),
                rules.QUEUED: ("queued", None, None, None, None, None, None, None),
            }[shift.how]
        else:
            found[row.programme.code] = facts(record)
    due = [code for code, stands in found.items() if stands[0] == "planned" and stands[1] <= TODAY]
    return found | {code: ("active", *found[code][1:]) for code in due}  # what is due starts at once


def compare(one: Enrolment, name: str, given: dict[str, Any]) -> knock_on.Preview:
    """Preview a move, make it, and see that what was foretold is what stands, or that both refuse alike."""
    at = clock.now()
    before = stands(one.employee)
    records = history_of(one.employee_id, on=TODAY)
    shown = next(record for record in records if record.pk == one.pk)
    move = knock_on.to_undo(shown, at=at, hours=24) if name == "undo" else name
    look = knock_on.preview(records, shown, move, given, on=TODAY, at=at)
    assert stands(one.employee) == before  # looking changes nothing
    how = {**given, **({"push": True} if name in PUSHING else {}), **({"at": at} if name in TIMED else {})}
    outcome = getattr(changes, name)([one], by=hr(), on=TODAY, **how)[0]
    assert (outcome.refusal and outcome.refusal.code) == (look.refusal and look.refusal.code)
    assert stands(one.employee) == (before if look.refusal else foretold(look, records))
    return look


WHY = {"reason": "Because."}
TABLE: list[tuple[str, str, dict[str, Any], set[str]]] = [
    (S.PLANNED, "redate", {"start_date": later(8), "planned_end_date": later(35)}, {"moved"}),
    (S.PLANNED, "redate", {"start_date": later(70), "planned_end_date": later(97)}, {"moved", "proposed"}),
    (S.PLANNED, "redate", {"start_date": later(3), "planned_end_date": later(200)}, {"refused"}),
    (S.ACTIVE, "extend", {"planned_end_date": later(36)}, {"moved"}),
    (S.ACTIVE, "extend", {"planned_end_date": later(70)}, {"proposed"}),
    (S.ACTIVE, "extend", {"planned_end_date": later(100)}, {"proposed", "moved"}),
    (S.ACTIVE, "extend", {"planned_end_date": later(20)}, {"refused"}),
    (S.ACTIVE, "shorten", {"planned_end_date": later(20)}, {"moved"}),
    (S.ACTIVE, "shorten", {"planned_end_date": later(0)}, {"proposed"}),
    (S.ACTIVE, "begin_break", {"return_on": None, "planned_end_date": None, **WHY}, {"queued"}),
    (S.ACTIVE, "begin_break", {"return_on": later(20), "planned_end_date": later(40), **WHY}, {"moved"}),
    (S.ACTIVE, "complete", {"ended_on": TODAY}, {"proposed"}),
    (S.ACTIVE, "withdraw", {"ended_on": later(-3), **WHY}, {"proposed"}),
    (S.OVERDUE, "extend", {"planned_end_date": later(10)}, {"moved"}),
    (S.OVERDUE, "complete", {"ended_on": later(-1)}, {"moved"}),
    (S.PAUSED, "state_return", {"return_on": later(9), "planned_end_date": later(90), "reason": ""}, {"moved"}),
    (S.PAUSED, "state_return", {"return_on": TODAY, "planned_end_date": later(90), "reason": ""}, {"refused"}),
    (S.PAUSED, "end_break", {"planned_end_date": later(60)}, {"moved"}),
    (S.COMPLETED, "correct", {"ended_on": later(-9), **WHY}, {"proposed"}),
    (S.COMPLETED, "reopen", {"planned_end_date": None, **WHY}, set()),
    (S.COMPLETED, "reopen", {"planned_end_date": later(45), **WHY}, {"proposed", "moved"}),
    (S.WITHDRAWN, "reinstate", {"planned_end_date": later(45), **WHY}, {"proposed", "moved"}),
    (S.PLANNED, "cancel", WHY, set()),
    (S.PLANNED, "queue", {"behind": None}, {"queued"}),
]


@pytest.mark.parametrize(("status", "name", "given", "kinds"), TABLE)
@pytest.mark.parametrize("cohort", [False, True])
def test_what_is_foretold_is_what_happens(
    status: str, name: str, given: dict[str, Any], kinds: set[str], cohort: bool
) -> None:
    code = SECOND if status == S.PLANNED else LONG
    look = compare(line_of(status, code=code, cohort=cohort), name, given)
    found = {"refused"} if look.refusal else {shift.how for shift in look.shifts}
    if not cohort:
        assert found <= kinds if len(kinds) > 1 else found == kinds


def test_another_cohort_and_a_waiting_list_are_foretold() -> None:
    full = CohortFactory(programme=programme(SECOND), start_date=later(40), planned_end_date=later(67), seats=1)
    EnrolmentFactory(programme=programme(SECOND), cohort=full, start_date=later(40), planned_end_date=later(67))
    free = CohortFactory(programme=programme(SECOND), start_date=later(50), planned_end_date=later(77))
    assert compare(line_of(S.PLANNED, code=SECOND), "change_cohort", {"cohort": full}).refusal
    moved = compare(line_of(S.PLANNED, code=SECOND), "change_cohort", {"cohort": free})
    assert [shift.how for shift in moved.shifts] == ["proposed"]
    assert compare(line_of(S.PLANNED, code=SECOND), "wait", {"cohort": full}).after.status == S.WAITING


def test_undoing_is_foretold() -> None:
    one = line_of(S.ACTIVE)
    changes.withdraw([one], ended_on=later(-1), by=hr(), on=TODAY, reason="A slip.")
    look = compare(one, "undo", {})
    assert look.after.status == S.ACTIVE
    assert EnrolmentEvent.objects.filter(subject=one).last().move == "undo_withdrawal"  # type: ignore[union-attr]


@given(
    name=st.sampled_from(["extend", "shorten", "complete", "begin_break"]),
    days=st.integers(-20, 160),
    gap=st.integers(31, 60),
    near=st.sampled_from([0, 14, 60]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_preview_never_lies(db: None, name: str, days: int, gap: int, near: int) -> None:
    Policy.objects.update_or_create(pk=1, defaults={"follower_days": near})
    one, day = line_of(S.ACTIVE, follower_from=gap), later(days)
    sent: dict[str, Any] = {"planned_end_date": day}
    if name == "complete":
        sent = {"ended_on": day}
    elif name == "begin_break":
        sent = {"return_on": later(max(days - 5, 1)), "planned_end_date": day, **WHY}
    compare(one, name, sent)


def test_each_way_out_is_clear_when_it_is_taken() -> None:
    one = line_of(S.PLANNED, code=SECOND)
    EnrolmentFactory(
        employee=one.employee,
        programme=programme(LONG),
        status=S.WITHDRAWN,
        start_date=later(-400),
        planned_end_date=later(-40),
        ended_on=later(-40),
    )
    Enrolment.objects.filter(follows=one).delete()
    clear = CohortFactory(programme=programme(SECOND), start_date=later(120), planned_end_date=later(147))
    CohortFactory(programme=programme(SECOND), start_date=later(95), planned_end_date=later(122))  # clashes
    look = compare(one, "redate", {"start_date": later(-45), "planned_end_date": later(-30)})
    assert look.refusal
    assert look.refusal.code == "clash"
    assert [fix.move for fix in look.fixes] == ["redate", "change_cohort"]
    assert look.fixes[1].given["cohort"] == clear
    for fix in look.fixes:
        records = history_of(one.employee_id, on=TODAY)
        shown = next(record for record in records if record.pk == one.pk)
        tried = knock_on.preview(records, shown, fix.move, fix.given, on=TODAY, at=clock.now())
        assert tried.refusal is None
        assert not any(shift.is_clash for shift in tried.shifts)


def test_the_last_free_day_is_offered_for_an_end() -> None:
    one = line_of(S.ACTIVE, follower_from=40)
    Enrolment.objects.filter(follows=one).update(follows=None)
    look = compare(one, "extend", {"planned_end_date": later(50)})
    assert look.shifts[0].is_clash
    assert [fix.given["planned_end_date"] for fix in look.fixes] == [later(39)]
    too_long = compare(line_of(S.ACTIVE, code=SECOND), "extend", {"planned_end_date": later(200)})
    assert too_long.refusal
    assert too_long.refusal.code == "too_long"
    assert [fix.given["planned_end_date"] for fix in too_long.fixes] == []  # 112 days lead into the follower


@pytest.mark.parametrize("status", [S.ACTIVE, S.PAUSED])
def test_a_break_is_offered_no_end_before_the_one_there_is(status: str) -> None:
    """Only the last free day before the plan in its way, and it says so; the shortest length mends nothing."""
    days = {"start_date": later(-10), "planned_end_date": later(400)}
    back = later(50) if status == S.PAUSED else None
    one: Enrolment = EnrolmentFactory(programme=programme(LONG), status=status, return_on=back, **days)
    least = later(-10 + (one.programme.minimum_days or 0) - 1)
    assert TODAY < least < later(400)
    days = {"start_date": later(450), "planned_end_date": later(477)}
    other = EnrolmentFactory(employee=one.employee, programme=programme(FIRST), status=S.PLANNED, **days)
    name = "begin_break" if status == S.ACTIVE else "state_return"
    look = compare(one, name, {"return_on": later(100), "planned_end_date": later(500), **WHY})
    assert look.shifts[0].is_clash
    said = f"{rules.say(later(449))} is the last day that is free before {other.programme.name}."
    assert [(fix.given["planned_end_date"], fix.sentence) for fix in look.fixes] == [(later(449), said)]


def test_an_end_before_the_return_is_mended_by_no_other_end() -> None:
    one: Enrolment = EnrolmentFactory(
        programme=programme(LONG), status=S.ACTIVE, start_date=later(-10), planned_end_date=later(400)
    )
    days = {"start_date": later(450), "planned_end_date": later(477)}
    EnrolmentFactory(employee=one.employee, programme=programme(FIRST), status=S.PLANNED, **days)
    look = compare(one, "begin_break", {"return_on": later(300), "planned_end_date": later(250), **WHY})
    assert look.refusal
    assert (look.refusal.code, look.fixes) == ("end_before_start", [])


def test_where_the_length_was_wrong_the_right_one_is_offered_and_said() -> None:
    one: Enrolment = EnrolmentFactory(
        programme=programme(SECOND), status=S.ACTIVE, start_date=later(-20), planned_end_date=later(30)
    )
    look = compare(one, "extend", {"planned_end_date": later(200)})
    longest = later(-20 + (one.programme.maximum_days or 0))
    said = f"{rules.say(longest)} is the longest that it may last."
    assert [(fix.given["planned_end_date"], fix.sentence) for fix in look.fixes] == [(longest, said)]


class TestPaths:
    """What the planner shows of a path is what enrolling on it makes."""

    def path(self, person: Employee, codes: list[str], **how: Any) -> tuple[list[Any], list[Enrolment]]:
        programmes = [programme(code) for code in codes]
        history = history_of(person.pk, on=TODAY)
        behind = next((e for e in history if e.status in Enrolment.LIVE), None)
        steps = planned(person, programmes, history=history, on=TODAY, behind=behind, **how)
        wishes: list[Wish] = []
        for step in steps:
            if step.is_new:
                ahead = wishes[-1] if wishes else behind
                wishes.append(Wish(person, step.programme, behind=ahead, **how))
        outcomes = enrol(wishes, by=hr(), on=TODAY)
        made = [o.subject.enrolment for o in outcomes if o.is_done and o.subject.enrolment]
        return [step for step in steps if step.is_new], made

    @pytest.mark.parametrize("status", [None, S.ACTIVE, S.OVERDUE, S.PLANNED])
    @pytest.mark.parametrize("in_cohort", [False, True])
    def test_it_is_what_is_made(self, status: str | None, in_cohort: bool) -> None:
        person = EmployeeFactory()
        if status:
            end = later(-2 if status == S.OVERDUE else 20)
            start = later(3 if status == S.PLANNED else -300)
            days = {"start_date": start, "planned_end_date": end}
            EnrolmentFactory(employee=person, programme=programme("ai-transformation"), status=status, **days)
        for number, code in enumerate((FIRST, SECOND, LONG)):
            start = later(30 + 60 * number)
            CohortFactory(programme=programme(code), start_date=start, planned_end_date=start + 300 * DAY)
        codes = [FIRST, SECOND, LONG] if not in_cohort else [FIRST]
        steps, made = self.path(person, codes, in_cohort=in_cohort)
        shown = [
            (s.programme.code, s.trial.start_date, s.trial.planned_end_date, s.trial.follows is None) for s in steps
        ]
        assert shown == [(e.programme.code, e.start_date, e.planned_end_date, e.follows is None) for e in made]
        assert [s.trial.status == S.QUEUED for s in steps] == [e.status == S.QUEUED for e in made]
        assert len(made) == len(codes)

    def test_what_stands_already_is_followed(self) -> None:
        person = EmployeeFactory()
        on = EnrolmentFactory(
            employee=person,
            programme=programme(FIRST),
            status=S.ACTIVE,
            start_date=later(-5),
            planned_end_date=later(22),
        )
        history = history_of(person.pk, on=TODAY)
        programmes: list[Programme] = [programme(FIRST), programme(SECOND)]
        first, second = planned(person, programmes, history=history, on=TODAY)
        assert first.standing == on
        assert (second.trial.follows, second.trial.start_date) == (on, later(23))

    def test_a_refused_one_says_why_and_is_stepped_over(self) -> None:
        person, gone = EmployeeFactory(), programme(FIRST)
        gone.withdrawn_on, gone.replaced_by = TODAY, programme(SECOND)
        gone.save()
        first, second = planned(person, [gone, programme(SECOND)], history=[], on=TODAY)
        assert first.refusal
        assert first.refusal.code == "outside_programme_dates"
        assert first.plan.replaced_by == programme(SECOND)
        assert second.trial.start_date == TODAY
