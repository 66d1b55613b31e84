"""What HR does to the catalogue: done, or refused with a code and nothing left behind."""

from datetime import date
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError

from programmes import actions
from programmes.models import Cohort, Provider
from tests.factories import (
    TODAY,
    CohortFactory,
    EmployeeFactory,
    EnrolmentFactory,
    ProviderFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    """Somebody of HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def facts():
    """A unit's cohort that nothing speaks against."""
    return {
        "name": "Governance, autumn",
        "programme": programme("ai-governance"),
        "provider": ProviderFactory(),
        "start_date": date(2026, 9, 7),
        "planned_end_date": date(2026, 10, 4),
        "seats": 12,
    }


def refusal(action, *subject, **how) -> dict[str, str]:
    """Where and with which code an action refuses."""
    with pytest.raises(ValidationError) as caught:
        action(*subject, **how)
    return {field: errors[0].code or "" for field, errors in caught.value.error_dict.items()}


def test_a_cohort_is_added(hr, facts):
    cohort = actions.add_cohort(by=hr, on=TODAY, **facts)
    cohort.refresh_from_db()
    assert {name: getattr(cohort, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"planned_end_date": date(2026, 9, 6)}, {"planned_end_date": "end_before_start"}),
        ({"planned_end_date": date(2026, 12, 29)}, {"planned_end_date": "too_long"}),
        (
            {"start_date": date(2026, 4, 27), "planned_end_date": date(2026, 5, 24)},
            {"start_date": "outside_programme_dates"},
        ),
        ({"programme": "ai-practitioner"}, {"planned_end_date": "too_short"}),
        ({"name": "taken"}, {"__all__": "cohort_exists"}),
        ({"seats": 0}, {"__all__": "no_seats"}),
        ({"name": "x" * 121}, {"name": "max_length"}),
    ],
)
def test_a_cohort_is_refused_and_nothing_is_left(hr, facts, changes, expected):
    CohortFactory(name="Taken", programme=programme("ai-governance"))
    if "programme" in changes:
        changes = {"programme": programme(changes["programme"])}
    assert refusal(actions.add_cohort, by=hr, on=TODAY, **(facts | changes)) == expected
    assert Cohort.objects.count() == 1


def test_a_cohort_without_people_changes_freely(hr, facts):
    cohort = CohortFactory(programme=programme("ai-transformation"))
    actions.change_cohort(cohort, by=hr, on=TODAY, **facts)
    cohort.refresh_from_db()
    assert {name: getattr(cohort, name) for name in facts} == facts


@pytest.fixture
def taken(facts):
    """That cohort with two people in it, one of whom withdrew."""
    cohort = CohortFactory(**facts)
    dates = {name: facts[name] for name in ("programme", "start_date", "planned_end_date")}
    for _ in range(2):
        EnrolmentFactory(cohort=cohort, employee=EmployeeFactory(), **dates)
    EnrolmentFactory(cohort=cohort, employee=EmployeeFactory(), status="withdrawn", ended_on=date(2026, 9, 20), **dates)
    return cohort


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start_date": date(2026, 9, 8)}, {"start_date": "cohort_has_enrolments"}),
        ({"planned_end_date": date(2026, 10, 5)}, {"planned_end_date": "cohort_has_enrolments"}),
        ({"programme": "ai-transformation"}, {"programme": "cohort_has_enrolments"}),
        ({"seats": 1}, {"seats": "seats_taken"}),
    ],
)
def test_what_people_are_enrolled_in_stands(hr, facts, taken, changes, expected):
    if "programme" in changes:
        changes = {"programme": programme(changes["programme"])}
    assert refusal(actions.change_cohort, taken, by=hr, on=TODAY, **(facts | changes)) == expected
    taken.refresh_from_db()
    assert {name: getattr(taken, name) for name in facts} == facts


def test_a_withdrawn_seat_is_free_and_a_name_may_change(hr, facts, taken):
    actions.change_cohort(taken, by=hr, on=TODAY, **(facts | {"name": "Other", "seats": 2}))
    taken.refresh_from_db()
    assert (taken.name, taken.seats) == ("Other", 2)


def test_dates_that_stand_are_not_judged_again(hr):
    old = CohortFactory(
        programme=programme("ai-governance"), start_date=date(2025, 1, 1), planned_end_date=date(2025, 12, 31)
    )
    names = ("name", "programme", "provider", "start_date", "planned_end_date")
    actions.change_cohort(old, by=hr, on=TODAY, seats=5, **{name: getattr(old, name) for name in names})
    old.refresh_from_db()
    assert old.seats == 5


def test_a_provider_is_added_and_changed(hr):
    provider = actions.add_provider(by=hr, on=TODAY, name="One", contact_name="Sam", contact_email="sam@one.example")
    actions.change_provider(provider, by=hr, on=TODAY, name="Two")
    provider.refresh_from_db()
    assert (provider.name, provider.contact_name, provider.contact_email) == ("Two", "", "")


def test_two_providers_of_one_name_are_refused(hr):
    first, second = ProviderFactory(name="One"), ProviderFactory(name="Two")
    assert refusal(actions.add_provider, by=hr, on=TODAY, name="ONE") == {"__all__": "provider_exists"}
    assert refusal(actions.change_provider, second, by=hr, on=TODAY, name="one") == {"__all__": "provider_exists"}
    assert set(Provider.objects.values_list("name", flat=True)) == {first.name, second.name}


def test_whoever_loses_a_race_for_a_name_is_refused_like_a_latecomer(hr):
    """The first look finds the name free; by the time of writing somebody else has it."""
    ProviderFactory(name="One")
    look = Provider.full_clean
    looks = []

    def look_too_early(row, *args, **kwargs):
        looks.append(row)
        if len(looks) > 1:
            look(row, *args, **kwargs)

    with patch.object(Provider, "full_clean", look_too_early):
        assert refusal(actions.add_provider, by=hr, on=TODAY, name="One") == {"__all__": "provider_exists"}
    assert Provider.objects.count() == 1
