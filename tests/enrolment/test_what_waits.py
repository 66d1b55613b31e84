"""What waits for HR is marked as the rule says, whatever happens to its person: decision 0014."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Exists, OuterRef, Q

from assessment.actions import Decision, place
from assessment.models import Placement, Recommendation
from enrolment.actions import changes
from enrolment.actions.directory import leave
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.merging import Merge, merge
from enrolment.models import Enrolment
from enrolment.queries.today import dates_to_follow, undecided
from people.clock import now
from people.models import Employee, User
from tests.enrolment.test_learner import recommended
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = Enrolment.Status
UNIT, OTHER = "ai-governance", "ai-leadership-literacy"
WHY: dict[str, Any] = {"on": TODAY, "reason": "As agreed."}


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    return EmployeeFactory(given_names="Ada")


def as_the_rule_says() -> set[int]:
    """Row ids of the placements that nothing follows, of people who have not left."""
    followed = Enrolment.objects.filter(employee=OuterRef("employee_id"), programme=OuterRef("programme_id")).filter(
        Q(placement=OuterRef("pk")) | Q(status__in=Enrolment.LIVE) | Q(created_at__gte=OuterRef("decided_at"))
    )
    rows = Placement.objects.current().filter(programme__isnull=False, employee__left_on=None)
    return set(rows.exclude(Exists(followed.exclude(status=S.CANCELLED))).values_list("pk", flat=True))


def waiting() -> int:
    """How many wait for dates, after a look at whether each is marked as it has to be."""
    marked = set(Placement.objects.filter(awaits_dates=True).values_list("pk", flat=True))
    assert marked == as_the_rule_says()
    assert set(dates_to_follow(TODAY).values_list("pk", flat=True)) == marked
    for said in Recommendation.objects.filter(is_latest=True).select_related("employee"):
        assert said.is_shelved is (said.employee.left_on is not None)
    return len(marked)


def decide(hr: User, *people: Employee, code: str | None = UNIT) -> None:
    """Place people without having asked them anything."""
    found = programme(code) if code else None
    results = place([Decision(person, found, reason="It fits.") for person in people], by=hr, on=TODAY)
    assert all(isinstance(result, Placement) for result in results), results


def on_unit(person: Employee, status: str = S.ACTIVE, code: str = UNIT, **facts: Any) -> Enrolment:
    """On a unit since before any decision, which it does not name."""
    days = {"start_date": TODAY - 9 * DAY, "planned_end_date": TODAY + 18 * DAY}
    made = EnrolmentFactory(employee=person, programme=programme(code), status=status, **days, **facts)
    Enrolment.objects.filter(pk=made.pk).update(created_at=now() - 30 * DAY)
    return made


def test_from_the_decision_until_something_follows_it(hr, ada):
    other = EmployeeFactory()
    decide(hr, ada, other)
    assert waiting() == 2
    (made,) = enrol([Wish(ada, programme(UNIT), TODAY + 9 * DAY, TODAY + 36 * DAY)], by=hr, on=TODAY)
    assert waiting() == 1
    [enrolment] = Enrolment.objects.filter(employee=ada)
    assert made.is_done
    assert changes.cancel([enrolment], by=hr, **WHY)[0].is_done
    assert waiting() == 2
    assert changes.undo([enrolment], by=hr, on=TODAY, at=now())[0].is_done
    assert waiting() == 1
    decide(hr, other, code=None)
    assert waiting() == 0


def test_another_programme_does_not_follow_it(hr, ada):
    decide(hr, ada)
    enrol([Wish(ada, programme(OTHER), TODAY + 9 * DAY, TODAY + 36 * DAY)], by=hr, on=TODAY)
    assert waiting() == 1


def test_what_runs_follows_it_until_it_ends(hr, ada):
    running = on_unit(ada)
    decide(hr, ada)
    assert waiting() == 0
    assert changes.withdraw([running], ended_on=TODAY - DAY, by=hr, **WHY)[0].is_done
    assert waiting() == 1
    assert changes.reinstate([running], planned_end_date=None, by=hr, **WHY)[0].is_done
    assert waiting() == 0
    assert changes.complete([running], ended_on=TODAY, by=hr, on=TODAY)[0].is_done
    assert waiting() == 1
    assert changes.reopen([running], planned_end_date=None, by=hr, **WHY)[0].is_done
    assert waiting() == 0


def test_what_names_it_follows_it_however_old(hr, ada):
    ended = on_unit(ada, S.WITHDRAWN, ended_on=TODAY - DAY)
    decide(hr, ada)
    assert waiting() == 1
    Enrolment.objects.filter(pk=ended.pk).update(placement=Placement.objects.current().get(employee=ada))
    assert waiting() == 0


def test_leavers_wait_for_nothing_until_they_are_back(hr, ada):
    recommended(ada)
    Placement.objects.all().delete()
    Recommendation.objects.update(is_decided=False)
    decide(hr, ada, code=OTHER)
    Recommendation.objects.update(is_decided=False)
    assert (waiting(), undecided(TODAY).count()) == (1, 1)
    assert leave([(ada, TODAY - DAY)], by=hr, on=TODAY)[0].is_done
    assert Recommendation.objects.get().is_shelved
    assert (waiting(), undecided(TODAY).count()) == (0, 0)
    assert leave([(ada, TODAY + 99 * DAY)], by=hr, on=TODAY)[0].is_done
    assert not Recommendation.objects.get().is_shelved
    assert (waiting(), undecided(TODAY).count()) == (1, 1)


def test_what_is_done_by_hand_is_seen_as_well(hr, ada):
    decide(hr, ada)
    made = on_unit(ada)
    assert waiting() == 0
    Enrolment.objects.filter(pk=made.pk).update(programme=programme(OTHER))
    assert waiting() == 1
    Placement.objects.filter(employee=ada).update(programme=programme(OTHER))
    assert waiting() == 0
    Enrolment.objects.filter(pk=made.pk).delete()
    assert waiting() == 1


def test_what_waited_for_a_leaver_waits_again_once_their_record_is_somebodys_who_works_here(hr, ada):
    recommended(ada)
    assert leave([(ada, TODAY - DAY)], by=hr, on=TODAY)[0].is_done
    assert undecided(TODAY).count() == 0
    assert merge([Merge(EmployeeFactory(), ada)], by=hr, on=TODAY)[0].is_done
    assert (waiting(), undecided(TODAY).count()) == (0, 1)


def test_a_merge_brings_what_waits_and_what_follows_it(hr, ada):
    kept, third = EmployeeFactory(), EmployeeFactory()
    decide(hr, ada, third)
    on_unit(kept)
    assert waiting() == 2
    assert merge([Merge(kept, ada)], by=hr, on=TODAY)[0].is_done
    assert waiting() == 1
    assert Placement.objects.current().filter(employee=kept).exists()
    assert merge([Merge(EmployeeFactory(), third)], by=hr, on=TODAY)[0].is_done
    assert waiting() == 1
