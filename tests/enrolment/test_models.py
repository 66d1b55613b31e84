"""Every constraint twice: as a sentence with a code for people, and as a refusal of the database to raw SQL."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.models import Enrolment, Nomination
from tests.conftest import Scale
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, NominationFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
JUNE = {"start_date": date(2026, 6, 1), "planned_end_date": date(2026, 6, 28)}


def raw(enrolment: Enrolment, **changes: Any) -> None:
    """UPDATE by hand, past every rule but the database's."""
    names = ", ".join(f"{name} = %s" for name in changes)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE enrolment_enrolment SET {names} WHERE id = %s", [*changes.values(), enrolment.pk])


@pytest.mark.parametrize(
    ("changes", "constraint", "code"),
    [
        ({"planned_end_date": date(2026, 5, 31)}, "planned_end_on_or_after_start", "end_before_start"),
        ({"start_date": None, "planned_end_date": None}, "dates_present_where_needed", "dates_missing"),
        ({"status": "completed"}, "ended_exactly_when_closed", "ended_on_missing"),
        ({"status": "withdrawn"}, "ended_exactly_when_closed", "ended_on_missing"),
        ({"ended_on": date(2026, 6, 2)}, "ended_exactly_when_closed", "ended_on_missing"),
        ({"status": "completed", "ended_on": date(2026, 5, 30)}, "finish_on_or_after_start", "end_before_start"),
        ({"return_on": date(2026, 6, 20)}, "return_only_from_a_break", "cannot_pause"),
        ({"is_displaced": True}, "displaced_only_while_queued", "move_not_allowed"),
        ({"start_date": date(1899, 12, 31)}, "enrolment_dates_are_likely", "bad_date"),
        ({"planned_end_date": date(2200, 1, 1)}, "enrolment_dates_are_likely", "bad_date"),
        ({"status": "completed", "ended_on": date(9999, 12, 30)}, "enrolment_dates_are_likely", "bad_date"),
    ],
)
def test_a_wrong_row_is_refused(changes: dict[str, Any], constraint: str, code: str) -> None:
    """By `full_clean` with a code and by the database with the constraint's name."""
    enrolment = EnrolmentFactory(programme=programme("ai-governance"), **JUNE)
    with pytest.raises(IntegrityError, match=constraint):
        raw(enrolment, **changes)
    for name, value in changes.items():
        setattr(enrolment, name, value)
    with pytest.raises(ValidationError) as refused:
        enrolment.full_clean(exclude=["version"])
    codes = {error.code for errors in refused.value.error_dict.values() for error in errors}
    assert code in codes


def test_one_programme_on_any_day() -> None:
    """Raw SQL cannot put somebody on two programmes on one day; the next day is free."""
    ada = EmployeeFactory()
    EnrolmentFactory(employee=ada, programme=programme("ai-governance"), **JUNE)
    other = EnrolmentFactory(
        employee=ada,
        programme=programme("ai-transformation"),
        start_date=date(2026, 6, 29),
        planned_end_date=date(2026, 7, 20),
    )
    with pytest.raises(IntegrityError, match="one_programme_on_any_day"):
        raw(other, start_date=date(2026, 6, 28))
    clashing = Enrolment(
        employee=ada, programme=programme("ai-leadership-literacy"), reference="X", status=S.ACTIVE, **JUNE
    )
    with pytest.raises(IntegrityError, match="one_programme_on_any_day"), transaction.atomic():
        clashing.save()


def test_two_rows_swap_in_one_statement() -> None:
    """The constraint is judged at the end of each statement: a re-plan writes its records in one UPDATE."""
    ada = EmployeeFactory()
    first = EnrolmentFactory(employee=ada, programme=programme("ai-governance"), **JUNE)
    july = {"start_date": date(2026, 7, 1), "planned_end_date": date(2026, 7, 28)}
    second = EnrolmentFactory(employee=ada, programme=programme("ai-transformation"), **july)
    for enrolment, dates in ((first, july), (second, JUNE)):
        enrolment.start_date, enrolment.planned_end_date = dates["start_date"], dates["planned_end_date"]
    Enrolment.objects.bulk_update([first, second], ["start_date", "planned_end_date"])
    first.refresh_from_db()
    assert first.start_date == date(2026, 7, 1)


def test_one_live_enrolment_per_programme() -> None:
    """Even without dates."""
    ada = EmployeeFactory()
    EnrolmentFactory(employee=ada, programme=programme("ai-governance"), **JUNE)
    with pytest.raises(IntegrityError, match="one_live_enrolment_per_programme"), transaction.atomic():
        EnrolmentFactory(employee=ada, programme=programme("ai-governance"), status=S.QUEUED)


@pytest.mark.parametrize(
    ("status", "facts", "constraint"),
    [
        (S.PLANNED, {"seat": None}, "a_seat_exactly_while_placed_in_a_cohort"),
        (S.PLANNED, {"cohort": None}, "a_seat_exactly_while_placed_in_a_cohort"),
        (S.WITHDRAWN, {"ended_on": date(2026, 6, 9)}, "a_seat_exactly_while_placed_in_a_cohort"),
        (S.PLANNED, {"waiting_since": datetime(2026, 6, 1, 9, tzinfo=UTC)}, "waiting_for_a_seat_in_a_cohort"),
        (S.PLANNED, {"proposed_start_date": date(2026, 7, 1)}, "dates_are_proposed_to_the_queued"),
    ],
)
def test_a_seat_is_had_exactly_while_placed(status: Enrolment.Status, facts: dict[str, Any], constraint: str) -> None:
    """By `full_clean` and by the database: placed in a cohort with a seat, anything else without."""
    cohort = CohortFactory(programme=programme("ai-governance"))
    enrolment = EnrolmentFactory(programme=programme("ai-governance"), cohort=cohort, **JUNE)
    columns = {f"{name}_id" if name in ("seat", "cohort") else name: value for name, value in facts.items()}
    with pytest.raises(IntegrityError, match=constraint):
        raw(enrolment, status=str(status), **columns)
    enrolment.status = status
    for name, value in facts.items():
        setattr(enrolment, name, value)
    with pytest.raises(ValidationError):
        enrolment.full_clean(exclude=["version"])


def test_a_seat_is_one_persons_and_of_the_cohort() -> None:
    """No two have it, and nobody sits in another cohort's; two can change places in one statement."""
    unit = programme("ai-governance")
    cohort, other = CohortFactory(programme=unit, seats=2), CohortFactory(programme=unit, seats=1)
    one, two = (EnrolmentFactory(programme=unit, cohort=cohort, **JUNE) for _ in range(2))
    with pytest.raises(IntegrityError, match="one_enrolment_per_seat"):
        raw(two, seat_id=one.seat_id)
    with pytest.raises(IntegrityError, match="seat_of_its_cohort"):
        raw(two, seat_id=other.places.get().pk)
    one.seat, two.seat = two.seat, one.seat
    Enrolment.objects.bulk_update([one, two], ["seat"])


def test_raw_inserts_lock_the_person_first() -> None:
    """The one thing no constraint can say, said by a trigger before each insert and at no other time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid = 'enrolment_enrolment'::regclass AND NOT tgisinternal"
        )
        triggers = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'enrolment_lock_person'")
        body = cursor.fetchone()[0]
    [lock] = [trigger for trigger in triggers if "enrolment_lock_person" in trigger]
    assert [trigger for trigger in triggers if " BEFORE " in trigger] == [lock]
    assert "BEFORE INSERT ON" in lock
    assert "FOR NO KEY UPDATE" in body


@pytest.mark.parametrize(
    ("changes", "constraint", "codes"),
    [
        ({"reason": ""}, "nomination_has_a_reason", {"reason_missing"}),
        ({"reason": "", "asked_on": TODAY}, "nomination_has_a_reason", {"reason_missing"}),
        ({"status": "asked"}, "what_is_asked_has_its_day", {"day_missing"}),
        ({"status": "turned_down", "asked_on": TODAY}, "declining_has_a_reason", {"reason_missing"}),
        ({"status": "declined"}, "declining_has_a_reason", {"reason_missing"}),
    ],
)
def test_nominations_say_why(changes: dict[str, Any], constraint: str, codes: set[str]) -> None:
    """Asking and declining both need a reason."""
    nomination = NominationFactory(programme=programme("ai-governance"))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Nomination.objects.filter(pk=nomination.pk).update(**changes)
    for name, value in changes.items():
        setattr(nomination, name, value)
    with pytest.raises(ValidationError) as refused:
        nomination.full_clean()
    assert {e.code for errors in refused.value.error_dict.values() for e in errors} == codes


days = st.dates(date(2026, 5, 1), date(2026, 9, 1))


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Any row that the check constraints allow."""
    status = draw(st.sampled_from(list(S)))
    first = draw(days)
    facts: dict[str, Any] = {"status": status, "start_date": first}
    facts["planned_end_date"] = first + timedelta(draw(st.integers(0, 112)))
    if status in (S.QUEUED, S.WAITING, S.CANCELLED) and draw(st.booleans()):
        facts["start_date"] = facts["planned_end_date"] = None
    if status in (S.COMPLETED, S.WITHDRAWN):
        facts["ended_on"] = first + timedelta(draw(st.integers(0 if status == S.COMPLETED else -40, 140)))
    if status == S.WAITING:
        facts["waiting_since"] = datetime(2026, 5, 1, 9, tzinfo=UTC)
    if status == S.PAUSED and draw(st.booleans()):
        facts["return_on"] = first + timedelta(draw(st.integers(1, 60)))
    return facts


def test_the_database_and_the_policy_hold_the_same_days(scale: Scale) -> None:
    """`held` in SQL and `rules.held` in Python agree on every status and date."""
    ada = EmployeeFactory()
    unit = programme("ai-governance")
    cohort = CohortFactory(programme=unit)

    @settings(
        max_examples=scale.pick(150, 3000), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(records())
    def agree(facts: dict[str, Any]) -> None:
        with transaction.atomic():
            if facts["status"] == S.WAITING:
                facts["cohort"] = cohort
            enrolment = EnrolmentFactory(employee=ada, programme=unit, **facts)
            enrolment.refresh_from_db()
            theirs, ours = enrolment.held, rules.held(enrolment)
            if ours is None:
                assert theirs is None
            else:
                last = theirs.upper and theirs.upper - timedelta(1)
                assert (theirs.lower, last) == (ours.first, ours.last)
            transaction.set_rollback(True)

    agree()
