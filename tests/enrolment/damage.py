"""What can be damaged, and how each kind is planted by raw SQL past every constraint and action."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from enrolment.actions.changes import begin_break, complete
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.nominations import Approval, approve
from enrolment.actions.runs import begin_command, enforce_now
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from people.models import Notice
from programmes.models import Cohort, Seat
from tests.factories import (
    TODAY,
    CohortFactory,
    EmployeeFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
S = Enrolment.Status


@dataclass
class Ground:
    """One of everything that can be damaged, made by the actions that make it."""

    running: Enrolment
    behind: Enrolment  # queued behind `running`
    seated: Enrolment
    also_seated: Enrolment
    waiting: Enrolment
    planned: Enrolment
    paused: Enrolment
    closed: Enrolment
    cohort: Cohort
    other_cohort: Cohort
    nomination: Nomination


def make_ground() -> Ground:
    """An organisation without any damage, brought to today by the calendar."""
    hr = UserFactory(is_hr=True)
    unit, next_unit, long = programme("ai-governance"), programme("ai-transformation"), programme("ai-practitioner")
    cohort, other = (CohortFactory(programme=unit, seats=2, name=name) for name in ("September", "October"))

    def made(*wishes: Wish) -> list[Enrolment]:
        outcomes = enrol(wishes, by=hr, on=TODAY)
        assert all(outcome.is_done for outcome in outcomes), [outcome.refusal for outcome in outcomes]
        return [outcome.subject.enrolment for outcome in outcomes if outcome.subject.enrolment]

    may, august = (date(2026, 5, 4), date(2026, 5, 31)), (date(2026, 8, 3), date(2026, 8, 30))
    grace, past = EmployeeFactory(), (date(2026, 4, 28), date(2026, 5, 25))
    running, closed, away, planned = made(
        Wish(EmployeeFactory(), unit, *may),
        Wish(EmployeeFactory(), unit, *past),
        Wish(EmployeeFactory(), long, date(2026, 1, 5), date(2027, 7, 4)),
        Wish(grace, next_unit, *august),
    )
    seats = made(*[Wish(EmployeeFactory(), unit, cohort=cohort, may_wait=True) for _ in range(3)])
    (behind,) = made(Wish(running.employee, next_unit, behind=running))
    complete([closed], ended_on=date(2026, 5, 25), by=hr, on=TODAY)
    begin_break([away], return_on=TODAY + 40 * DAY, planned_end_date=date(2027, 9, 1), by=hr, on=TODAY, reason="Ill.")
    nomination = NominationFactory(programme=unit)
    (approved,) = approve([Approval(nomination, *august)], by=hr, on=TODAY)
    assert approved.is_done
    Notice.objects.update(created_at=NOON)
    run, people = begin_command(on=TODAY)
    enforce_now(run, people, on=TODAY)
    rows = {row.pk: row for row in Enrolment.objects.all()}
    assert [rows[e.pk].status for e in (running, behind, *seats, away)] == [
        S.OVERDUE, S.QUEUED, S.PLANNED, S.PLANNED, S.WAITING, S.PAUSED,
    ]  # fmt: skip
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    one, two, third = seats
    return Ground(running, behind, one, two, third, planned, away, closed, cohort, other, approved.subject)


def sql(text: str, **values: Any) -> None:
    """Straight to the database, past every action."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def unguard(*constraints: str, table: str = "enrolment_enrolment") -> None:
    """Take constraints away, until the test's transaction is rolled back."""
    for name in constraints:
        sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def foreign_key(table: str, column: str) -> str:
    """The name of the constraint that a column refers to a row that exists."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return next(name for name, facts in found.items() if facts["foreign_key"] and facts["columns"] == [column])


# Each kind of damage: how it is planted, and the codes that name it.


def overlap(ground: Ground) -> None:
    """A second record on the same days, with a history of its own: only the common days are wrong."""
    unguard("one_programme_on_any_day")
    sql("UPDATE enrolment_enrolment SET employee_id = %(to)s WHERE id = %(row)s",
        to=ground.closed.employee_id, row=ground.running.pk)  # fmt: skip
    sql("UPDATE enrolment_enrolment SET follows_id = NULL WHERE id = %(row)s", row=ground.behind.pk)
    sql("DELETE FROM people_notice")


def other_dates(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET planned_end_date = planned_end_date + 1 WHERE id = %(row)s",
        row=ground.planned.pk)  # fmt: skip


def other_status(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET status = 'cancelled' WHERE id = %(row)s", row=ground.planned.pk)


def other_finish(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET ended_on = ended_on - 1 WHERE id = %(row)s", row=ground.closed.pk)


def other_return(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET return_on = return_on + 1 WHERE id = %(row)s", row=ground.paused.pk)


def other_hold(ground: Ground) -> None:
    sql("ALTER TABLE enrolment_enrolment ALTER COLUMN held DROP EXPRESSION")
    sql("UPDATE enrolment_enrolment SET held = NULL WHERE id = %(row)s", row=ground.planned.pk)


def too_many(ground: Ground) -> None:
    sql("UPDATE programmes_cohort SET seats = 1 WHERE id = %(row)s", row=ground.cohort.pk)


def lost_seat_row(ground: Ground) -> None:
    sql("DELETE FROM programmes_seat WHERE cohort_id = %(row)s AND number = 1", row=ground.other_cohort.pk)


def foreign_seat(ground: Ground) -> None:
    unguard("seat_of_its_cohort")
    seat = Seat.objects.filter(cohort=ground.other_cohort)[0]
    sql("UPDATE enrolment_enrolment SET seat_id = %(seat)s WHERE id = %(row)s", seat=seat.pk, row=ground.seated.pk)


def without_seat(ground: Ground) -> None:
    unguard("a_seat_exactly_while_placed_in_a_cohort")
    sql("UPDATE enrolment_enrolment SET seat_id = NULL WHERE id = %(row)s", row=ground.seated.pk)


def kept_seat(ground: Ground) -> None:
    unguard("a_seat_exactly_while_placed_in_a_cohort", "one_enrolment_per_seat")
    sql("UPDATE enrolment_enrolment SET seat_id = %(seat)s WHERE id = %(row)s",
        seat=ground.seated.seat_id, row=ground.waiting.pk)  # fmt: skip


def one_seat_for_two(ground: Ground) -> None:
    unguard("one_enrolment_per_seat")
    sql("UPDATE enrolment_enrolment SET seat_id = %(seat)s WHERE id = %(row)s",
        seat=ground.seated.seat_id, row=ground.also_seated.pk)  # fmt: skip


def without_history(ground: Ground) -> None:
    sql("DELETE FROM enrolment_enrolmentevent WHERE subject_id = %(row)s", row=ground.planned.pk)


def torn_history(ground: Ground) -> None:
    sql("DELETE FROM enrolment_enrolmentevent WHERE subject_id = %(row)s AND move = 'start'", row=ground.running.pk)


def unknown_move(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolmentevent SET move = 'conjure' WHERE subject_id = %(row)s", row=ground.planned.pk)


def waiting_nowhere(ground: Ground) -> None:
    unguard("waiting_for_a_seat_in_a_cohort")
    sql("UPDATE enrolment_enrolmentevent SET cohort_id = NULL WHERE subject_id = %(row)s", row=ground.waiting.pk)
    sql("UPDATE enrolment_enrolment SET cohort_id = NULL WHERE id = %(row)s", row=ground.waiting.pk)


def behind_another(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET follows_id = %(to)s WHERE id = %(row)s",
        to=ground.planned.pk, row=ground.behind.pk)  # fmt: skip


def behind_nothing(ground: Ground) -> None:
    unguard(foreign_key("enrolment_enrolment", "follows_id"))
    sql("UPDATE enrolment_enrolment SET follows_id = 999999999 WHERE id = %(row)s", row=ground.behind.pk)


def behind_itself(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET follows_id = id WHERE id = %(row)s", row=ground.behind.pk)


def behind_each_other(ground: Ground) -> None:
    """Two of one person, each of which says that it follows the other."""
    sql("UPDATE enrolment_enrolment SET follows_id = %(to)s WHERE id = %(row)s",
        to=ground.behind.pk, row=ground.running.pk)  # fmt: skip


def relive(row: int, **values: Any) -> None:
    """Change a record and its latest event alike, so that only what they say together is wrong."""
    for name, value in values.items():
        past = "to_status" if name == "status" else name
        sql(f"UPDATE enrolment_enrolment SET {name} = %(value)s WHERE id = %(row)s", value=value, row=row)
        last = EnrolmentEvent.objects.filter(subject_id=row).order_by("-id")[0]
        sql(f"UPDATE enrolment_enrolmentevent SET {past} = %(value)s WHERE id = %(event)s", value=value, event=last.pk)


def started_early(ground: Ground) -> None:
    relive(ground.paused.pk, start_date=TODAY + 10 * DAY)


def overdue_early(ground: Ground) -> None:
    relive(ground.running.pk, planned_end_date=TODAY)


def never_started(ground: Ground) -> None:
    relive(ground.planned.pk, start_date=TODAY)


def never_overdue(ground: Ground) -> None:
    sql("UPDATE enrolment_enrolment SET follows_id = NULL WHERE id = %(row)s", row=ground.behind.pk)
    sql("UPDATE enrolment_enrolment SET status = 'active' WHERE id = %(row)s", row=ground.running.pk)
    sql("DELETE FROM enrolment_enrolmentevent WHERE subject_id = %(row)s AND move = 'mark_overdue'",
        row=ground.running.pk)  # fmt: skip


def never_forgotten(ground: Ground) -> None:
    relive(ground.paused.pk, return_on=TODAY - DAY)


def unsent(ground: Ground) -> None:
    sql("UPDATE people_notice SET created_at = %(early)s", early=NOON - timedelta(hours=5))


def approved_for_nothing(ground: Ground) -> None:
    sql("UPDATE enrolment_nomination SET enrolment_id = NULL WHERE id = %(row)s", row=ground.nomination.pk)


def anothers_nomination(ground: Ground) -> None:
    sql("UPDATE enrolment_nomination SET enrolment_id = %(to)s WHERE id = %(row)s",
        to=ground.planned.pk, row=ground.nomination.pk)  # fmt: skip


def anothers_placement(ground: Ground) -> None:
    placement = PlacementFactory(programme=programme("ai-transformation"))
    sql("UPDATE enrolment_enrolment SET placement_id = %(to)s WHERE id = %(row)s",
        to=placement.pk, row=ground.planned.pk)  # fmt: skip


DAMAGE: list[tuple[Callable[[Ground], None], set[str]]] = [
    (overlap, {"overlap"}),
    (other_dates, {"differs_from_history"}),
    (other_status, {"differs_from_history"}),
    (other_finish, {"differs_from_history"}),
    (other_return, {"differs_from_history"}),
    (other_hold, {"hold_differs"}),
    (too_many, {"seats_exceeded", "seats_miscounted"}),
    (lost_seat_row, {"seats_miscounted"}),
    (foreign_seat, {"seat_of_another_cohort"}),
    (without_seat, {"seat_missing"}),
    (kept_seat, {"seat_not_given_back", "seat_shared"}),
    (one_seat_for_two, {"seat_shared"}),
    (without_history, {"no_history"}),
    (torn_history, {"chain_broken"}),
    (unknown_move, {"impossible_move"}),
    (waiting_nowhere, {"waiting_without_cohort"}),
    (behind_another, {"follows_another_person"}),
    (behind_nothing, {"follows_nothing"}),
    (behind_itself, {"follows_itself"}),
    (behind_each_other, {"follows_itself"}),
    (started_early, {"started_early"}),
    (overdue_early, {"overdue_early"}),
    (never_started, {"not_started"}),
    (never_overdue, {"not_overdue"}),
    (never_forgotten, {"return_not_passed"}),
    (unsent, {"unsent_notice"}),
    (approved_for_nothing, {"nomination_without_enrolment"}),
    (anothers_nomination, {"nomination_of_another"}),
    (anothers_placement, {"placement_of_another"}),
]
