"""Nominations: asked by a manager, answered by HR, approving enrols; refusals leave nothing behind."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from assessment.models import Placement
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.nominations import (
    Approval,
    NominationWish,
    approve,
    decline,
    nominate,
    retract,
    undo_declining,
)
from enrolment.models import Enrolment, Nomination, NominationEvent
from people.clock import now
from people.models import Employee, User
from tests.factories import TODAY, EmployeeFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
N = Nomination.Status
JULY = date(2026, 7, 1), date(2026, 7, 28)


@pytest.fixture
def hr() -> User:
    """Somebody in HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def manager() -> User:
    """Ada's manager."""
    return UserFactory()


@pytest.fixture
def ada(manager: User) -> Employee:
    """Somebody to nominate."""
    return EmployeeFactory(manager=EmployeeFactory(user=manager))


def ask(person: Employee, reason: str = "Keeps our reports.") -> NominationWish:
    """For the governance unit."""
    return NominationWish(person, programme("ai-governance"), reason)


def test_a_manager_nominates(ada: Employee, manager: User) -> None:
    """Row and event, and it holds nothing."""
    (outcome,) = nominate([ask(ada)], by=manager, on=TODAY)
    nomination = Nomination.objects.get()
    assert outcome.subject.nomination == nomination
    assert (nomination.status, nomination.nominated_by, nomination.reason) == (
        N.SUBMITTED,
        manager,
        "Keeps our reports.",
    )
    event = nomination.events.get()
    assert (event.move, event.from_status, event.by, event.on) == ("nominate", "", manager, TODAY)
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("who", "reason", "code"),
    [("stranger", "Good.", "move_not_allowed"), ("manager", " ", "reason_missing"), ("self", "Me.", "own_nomination")],
)
def test_who_may_not(ada: Employee, manager: User, who: str, reason: str, code: str) -> None:
    """Not a stranger, not without a reason, not oneself."""
    by = manager if who == "manager" else UserFactory(is_hr=who == "self")
    if who == "self":
        ada.user = by
        ada.save()
    (outcome,) = nominate([ask(ada, reason)], by=by, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == code
    assert not Nomination.objects.exists()
    assert not NominationEvent.objects.exists()


def test_the_same_wish_twice(ada: Employee, manager: User) -> None:
    """In one call and in two."""
    outcomes = nominate([ask(ada), ask(ada)], by=manager, on=TODAY)
    assert [o.refusal and o.refusal.code for o in outcomes] == [None, "already_nominated"]
    again = nominate([ask(ada)], by=manager, on=TODAY)[0]
    assert again.refusal is not None
    assert again.refusal.code == "already_nominated"


def test_approving_enrols(ada: Employee, hr: User) -> None:
    """On the days HR gives; a repeat with the same key finds the first result."""
    nomination = NominationFactory(employee=ada, programme=programme("ai-governance"))
    key = uuid4()
    for _ in range(2):
        (outcome,) = approve([Approval(nomination, *JULY, key=key)], by=hr, on=TODAY, reason="Yes, please.")
        assert outcome.is_done
    nomination.refresh_from_db()
    enrolment = Enrolment.objects.get()
    assert (nomination.status, nomination.enrolment, nomination.decided_by) == (N.APPROVED, enrolment, hr)
    assert (nomination.answer, nomination.decided_on) == ("Yes, please.", TODAY)
    assert nomination.events.get().move == "approve"
    placement = Placement.objects.get()
    assert (placement.employee, placement.programme, placement.decided_by) == (ada, nomination.programme, hr)
    assert (enrolment.placement, nomination.reason in placement.reason) == (placement, True)


def test_a_refused_enrolment_leaves_the_nomination_waiting(ada: Employee, hr: User) -> None:
    """With the clash and its way out."""
    enrol([Wish(ada, programme("ai-transformation"), *JULY)], by=hr, on=TODAY)
    nomination = NominationFactory(employee=ada, programme=programme("ai-governance"))
    (outcome,) = approve([Approval(nomination, *JULY)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.earliest_start) == ("clash", date(2026, 7, 29))
    nomination.refresh_from_db()
    assert (nomination.status, nomination.enrolment, nomination.events.count()) == (N.SUBMITTED, None, 0)
    assert not Placement.objects.exists()


def test_declining_needs_a_reason(hr: User) -> None:
    """The manager reads it."""
    nomination = NominationFactory(programme=programme("ai-governance"))
    refused = decline([nomination], by=hr, on=TODAY, reason="")[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "reason_missing"
    assert decline([nomination], by=hr, on=TODAY, reason="The team is short in July.")[0].is_done
    nomination.refresh_from_db()
    assert (nomination.status, nomination.answer) == (N.DECLINED, "The team is short in July.")
    again = approve([Approval(nomination, *JULY)], by=hr, on=TODAY)[0]
    assert again.refusal is not None
    assert again.refusal.code == "move_not_allowed"


def test_nobody_answers_about_themself(hr: User) -> None:
    """HR included: neither yes nor no."""
    own = NominationFactory(employee=EmployeeFactory(user=hr), programme=programme("ai-governance"))
    for outcome in (*approve([Approval(own, *JULY)], by=hr, on=TODAY), *decline([own], by=hr, on=TODAY, reason="No.")):
        assert outcome.refusal is not None
        assert outcome.refusal.code in ("own_enrolment", "own_nomination")
    own.refresh_from_db()
    assert own.status == N.SUBMITTED


def test_retracting_is_for_whoever_asked(hr: User) -> None:
    """And HR; a colleague cannot."""
    nomination = NominationFactory(programme=programme("ai-governance"))
    refused = retract([nomination], by=UserFactory(), on=TODAY)[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "move_not_allowed"
    assert retract([nomination], by=nomination.nominated_by, on=TODAY)[0].is_done
    nomination.refresh_from_db()
    assert nomination.status == N.RETRACTED


def test_the_same_nomination_twice_in_one_call_is_one_question(ada: Employee, hr: User) -> None:
    """Approved once, declined once, and nothing is left half done."""
    nomination = NominationFactory(employee=ada, programme=programme("ai-governance"))
    outcomes = approve([Approval(nomination, *JULY), Approval(nomination, *JULY)], by=hr, on=TODAY)
    assert [outcome.is_done for outcome in outcomes] == [True, True]
    nomination.refresh_from_db()
    assert (nomination.status, Enrolment.objects.count(), nomination.events.count()) == (N.APPROVED, 1, 1)
    other = NominationFactory(programme=programme("ai-governance"))
    said = [o.refusal and o.refusal.code for o in decline([other, other], by=hr, on=TODAY, reason="No seat.")]
    assert said == [None, "move_not_allowed"]


def test_two_nominations_of_one_person_are_two_placements(ada: Employee, hr: User) -> None:
    """Each enrolment names the decision that led to it."""
    first = NominationFactory(employee=ada, programme=programme("ai-governance"))
    second = NominationFactory(employee=ada, programme=programme("ai-transformation"))
    august = date(2026, 8, 1), date(2026, 8, 28)
    outcomes = approve([Approval(first, *JULY), Approval(second, *august)], by=hr, on=TODAY)
    assert [outcome.is_done for outcome in outcomes] == [True, True]
    placed = {e.programme: e.placement.programme for e in Enrolment.objects.select_related("placement") if e.placement}
    assert placed == {first.programme: first.programme, second.programme: second.programme}
    assert Placement.objects.get(is_current=True).programme == second.programme


def test_an_administrator_answers_nothing(ada: Employee) -> None:
    """And HR does not take back a nomination of themself."""
    nomination = NominationFactory(employee=ada, programme=programme("ai-governance"))
    administrator = UserFactory(is_administrator=True)
    hr = UserFactory(is_hr=True)
    own = NominationFactory(employee=EmployeeFactory(user=hr), programme=programme("ai-governance"))
    for outcome in (
        *approve([Approval(nomination, *JULY)], by=administrator, on=TODAY),
        *decline([nomination], by=administrator, on=TODAY, reason="No."),
        *retract([own], by=hr, on=TODAY),
    ):
        assert outcome.refusal is not None
        assert outcome.refusal.code in ("move_not_allowed", "own_nomination")
    assert set(Nomination.objects.values_list("status", flat=True)) == {N.SUBMITTED}


def test_a_repeated_nomination_finds_the_first(ada: Employee, manager: User) -> None:
    """The same form sent twice is one nomination."""
    key = uuid4()
    wish = NominationWish(ada, programme("ai-governance"), "Keeps our reports.", key=key)
    first, again = nominate([wish], by=manager, on=TODAY)[0], nominate([wish], by=manager, on=TODAY)[0]
    assert again.is_done
    assert again.subject.nomination == first.subject.nomination
    assert Nomination.objects.count() == 1


def test_a_declining_is_undone_within_a_day_while_nothing_was_built_on_it(
    ada: Employee, hr: User, manager: User
) -> None:
    """It waits for HR again; later, or nominated again meanwhile, it stays declined."""
    nomination = nominate([ask(ada)], by=manager, on=TODAY)[0].subject.nomination
    assert nomination
    decline([nomination], by=hr, on=TODAY, reason="Not this year.")
    (late,) = undo_declining([nomination], by=hr, on=TODAY, at=now() + timedelta(hours=25))
    assert late.refusal
    assert late.refusal.code == "too_late"
    assert undo_declining([nomination], by=hr, on=TODAY, at=now())[0].is_done
    nomination.refresh_from_db()
    assert (nomination.status, nomination.answer, nomination.decided_by) == (N.SUBMITTED, "", None)
    assert nomination.events.latest("id").move == "undo_declining"
    decline([nomination], by=hr, on=TODAY, reason="Not this year.")
    nominate([ask(ada)], by=manager, on=TODAY)
    (again,) = undo_declining([nomination], by=hr, on=TODAY, at=now())
    assert again.refusal
    assert again.refusal.code == "already_nominated"
    (own,) = undo_declining([nomination], by=manager, on=TODAY, at=now())
    assert own.refusal
    assert own.refusal.code == "move_not_allowed"
