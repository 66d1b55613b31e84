"""What the database refuses of the catalogue, through full_clean with its code and through raw SQL."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from programmes.models import Cohort, ProgrammeVersion, Provider
from tests.factories import TODAY, CohortFactory, ProviderFactory, UserFactory, programme

pytestmark = pytest.mark.django_db


def refused(name: str, sql: str, *values: Any) -> None:
    """Raw SQL is refused by the constraint of this name."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def codes(row) -> set[str | None]:
    """The codes with which full_clean refuses a row."""
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return {error.code for errors in refusal.value.error_dict.values() for error in errors}


@pytest.fixture
def cohort() -> Cohort:
    """A cohort of a unit."""
    return CohortFactory(programme=programme("ai-governance"))


def test_a_cohort_ends_after_it_begins(cohort):
    cohort.planned_end_date = date(2026, 9, 6)
    assert codes(cohort) == {"end_before_start"}
    refused("cohort_ends_after_it_begins", "UPDATE programmes_cohort SET planned_end_date = start_date - 1")


@pytest.mark.parametrize(
    "days", [(date(1899, 12, 31), date(2026, 9, 6)), (date(2026, 9, 6), date(2200, 1, 1)), (date(9999, 12, 30),) * 2]
)
def test_a_cohort_has_dates_that_can_be_meant(cohort, days):
    cohort.start_date, cohort.planned_end_date = days
    assert codes(cohort) == {"bad_date"}
    refused("cohort_dates_are_likely", "UPDATE programmes_cohort SET start_date = %s, planned_end_date = %s", *days)


def test_a_cohort_has_seats(cohort):
    cohort.seats = 0
    assert codes(cohort) == {"no_seats"}
    refused("cohort_has_seats", "UPDATE programmes_cohort SET seats = 0")


def test_one_cohort_per_name_whatever_its_capitals(cohort):
    other = CohortFactory(programme=cohort.programme)
    other.name = cohort.name.upper()
    assert codes(other) == {"cohort_exists"}
    refused("one_cohort_per_name", "UPDATE programmes_cohort SET name = upper(%s)", cohort.name)


def test_one_provider_per_name_whatever_its_capitals():
    first, second = ProviderFactory(), ProviderFactory()
    second.name = first.name.upper()
    assert codes(second) == {"provider_exists"}
    refused("one_provider_per_name", "UPDATE programmes_provider SET name = 'Same'")


def test_one_version_for_any_start():
    old = ProgrammeVersion.objects.get(programme__code="ai-practitioner", version="2.0")
    old.last_start = date(2026, 5, 22)
    with pytest.raises(ValidationError):
        old.full_clean()
    refused(
        "one_version_for_any_start",
        "UPDATE programmes_programmeversion SET last_start = %s WHERE id = %s",
        old.last_start,
        old.pk,
    )


def test_a_version_ends_after_it_begins():
    refused("version_ends_after_it_begins", "UPDATE programmes_programmeversion SET last_start = first_start - 1")


def test_one_row_per_version():
    refused(
        "one_row_per_programme_version",
        "UPDATE programmes_programmeversion SET version = '2.1', last_start = first_start WHERE version = '2.0'",
    )


@pytest.mark.parametrize(("months", "days"), [(0, 0), (18, 28)])
def test_a_usual_length_is_in_months_or_days(months, days):
    unit = programme("ai-governance")
    unit.usual_months, unit.usual_days = months, days
    with pytest.raises(ValidationError):
        unit.full_clean()
    refused(
        "usual_length_in_months_or_days",
        "UPDATE programmes_programme SET usual_months = %s, usual_days = %s WHERE id = %s",
        months,
        days,
        unit.pk,
    )


def test_a_programme_that_is_used_stays(cohort):
    with pytest.raises(ProtectedError):
        cohort.programme.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused("violates foreign key", "DELETE FROM programmes_programme WHERE id = %s", cohort.programme_id)


def test_adjectives_of_cohorts():
    unit = programme("ai-governance")
    days = {
        "to come": (date(2026, 6, 16), date(2026, 7, 13)),
        "starts today": (TODAY, date(2026, 7, 12)),
        "ends today": (date(2026, 5, 19), TODAY),
        "ended": (date(2026, 5, 18), date(2026, 6, 14)),
    }
    for name, (start, end) in days.items():
        CohortFactory(name=name, programme=unit, start_date=start, planned_end_date=end)

    def names(rows) -> set[str]:
        return set(rows.values_list("name", flat=True))

    assert names(Cohort.objects.to_come(TODAY)) == {"to come"}
    assert names(Cohort.objects.under_way(TODAY)) == {"starts today", "ends today"}
    assert names(Cohort.objects.ended(TODAY)) == {"ended"}
    assert names(Cohort.objects.not_ended(TODAY)) == {"to come", "starts today", "ends today"}


def test_only_hr_and_auditors_see_cohorts_and_providers(cohort):
    for user in (UserFactory(is_hr=True), UserFactory(is_auditor=True)):
        assert Cohort.objects.visible_to(user).count() == Provider.objects.visible_to(user).count() == 1
    for other in (UserFactory(), UserFactory(is_administrator=True), AnonymousUser()):
        assert not Cohort.objects.visible_to(other).exists()
        assert not Provider.objects.visible_to(other).exists()
