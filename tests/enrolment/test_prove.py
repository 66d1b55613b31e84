"""`prove` names each kind of damage, planted by raw SQL past every constraint, repairs nothing, and is silent else."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from enrolment.actions import proofs
from enrolment.actions.changes import withdraw
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.runs import begin_command
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, Proof
from enrolment.queries.prove import changed_since
from enrolment.queries.runs import MORE, number_found
from people.clock import now
from people.models import Employee, Notice
from programmes.models import Seat
from tests.enrolment import damage
from tests.enrolment.damage import DAMAGE, DAY, NOON, Ground, make_ground, relive, sql, unguard
from tests.factories import TODAY, EmployeeFactory, NoticeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status


@pytest.fixture
def ground() -> Ground:
    """An organisation without any damage."""
    return make_ground()


def found(on: date = TODAY) -> list[dict[str, Any]]:
    """What a whole proof finds."""
    proof: Proof = proofs.prove(on=on, now=NOON)
    return list(proof.findings)


def codes(findings: list[dict[str, Any]]) -> set[str]:
    """The kinds found."""
    return {finding["code"] for finding in findings}


def everything() -> list[Any]:
    """Every row that a proof could be tempted to mend."""
    return [
        list(model.objects.order_by("id").values()) for model in (Enrolment, EnrolmentEvent, Seat, Notice, Nomination)
    ]


def test_nothing_is_found_where_nothing_is_wrong(ground: Ground) -> None:
    """And the proof is kept: how much it looked at, how long it took."""
    assert found() == []
    proof = Proof.objects.get()
    assert (proof.is_whole, proof.on, proof.checked) == (True, TODAY, Enrolment.objects.count())


@pytest.mark.parametrize(("plant", "named"), DAMAGE, ids=[plant.__name__ for plant, _ in DAMAGE])
def test_damage_is_named_and_nothing_else_and_nothing_is_mended(
    ground: Ground, plant: Callable[[Ground], None], named: set[str]
) -> None:
    """Each kind alone, so that every check is seen to fail with its damage and to be silent with all the others."""
    plant(ground)
    before = everything()
    findings = found()
    assert codes(findings) == named, findings
    assert everything() == before
    assert all(finding["sentence"].endswith(".") for finding in findings)
    assert all(f["enrolments"] or f["staff_number"] or f["cohort"] for f in findings)


def test_every_kind_of_damage_at_once(ground: Ground) -> None:
    """Seven kinds planted, seven named."""
    kinds = [
        damage.overlap,
        damage.other_dates,
        damage.too_many,
        damage.one_seat_for_two,
        damage.behind_itself,
        damage.unknown_move,
        damage.approved_for_nothing,
    ]
    for plant in kinds:
        plant(ground)
    wanted = set().union(*(named for plant, named in DAMAGE if plant in kinds))
    assert codes(found()) >= wanted


def test_an_overlap_is_named_with_both_records_and_the_days(ground: Ground) -> None:
    damage.overlap(ground)
    (finding,) = found()
    assert set(finding["enrolments"]) == {ground.running.reference, ground.closed.reference}
    assert finding["staff_number"] == ground.closed.employee.staff_number
    assert finding["details"] == {"shared_from": "2026-05-04", "shared_until": "2026-05-25", "by": ["history", "rows"]}


def test_an_overlap_of_history_alone_is_found(ground: Ground) -> None:
    """The rows agree with the constraint; the events say otherwise."""
    unguard("one_programme_on_any_day")
    overlap_in_rows = "UPDATE enrolment_enrolment SET employee_id = %(to)s, status = 'cancelled' WHERE id = %(row)s"
    sql(overlap_in_rows, to=ground.closed.employee_id, row=ground.running.pk)
    assert [f["details"]["by"] for f in found() if f["code"] == "overlap"] == [["history"]]


def test_what_differs_is_told_for_each_field(ground: Ground) -> None:
    damage.other_dates(ground)
    (finding,) = found()
    assert finding["details"]["planned_end_date"] == {"row": "2026-08-31", "history": "2026-08-30"}
    assert set(finding["details"]) == {"planned_end_date", "held"}


def test_the_calendar_is_only_held_to_days_that_it_has_reached(ground: Ground) -> None:
    """A day on which it has not run yet names nothing that it will do."""
    assert found(on=date(2026, 8, 10)) == []
    run, people = begin_command(on=date(2026, 8, 10))
    relive(ground.planned.pk, start_date=date(2026, 8, 4))
    assert not codes(found(on=date(2026, 8, 10))) & {"not_started"}
    run.done = run.people
    sql("UPDATE enrolment_run SET done = people, finished_at = now()")
    assert "not_started" in codes(found(on=date(2026, 8, 10)))
    assert found() == []  # a demonstration ran ahead: what is planned today is not late by that
    assert people


@pytest.mark.parametrize(
    ("due", "written", "at", "is_late"),
    [
        (TODAY, datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 15, 8, 59, tzinfo=UTC), False),  # 9:59 in London
        (TODAY, datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 15, 9, 1, tzinfo=UTC), True),  # 10:01 in London
        (date(2026, 1, 5), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 5, 9, 59, tzinfo=UTC), False),  # winter
        (date(2026, 1, 5), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 5, 10, 1, tzinfo=UTC), True),
        (TODAY, datetime(2026, 6, 15, 14, tzinfo=UTC), datetime(2026, 6, 15, 15, 59, tzinfo=UTC), False),
        (TODAY, datetime(2026, 6, 15, 14, tzinfo=UTC), datetime(2026, 6, 15, 16, 1, tzinfo=UTC), True),
        (TODAY + DAY, datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 15, 23, tzinfo=UTC), False),
        (TODAY, datetime(2026, 6, 15, 20, 30, tzinfo=UTC), datetime(2026, 6, 16, 8, 59, tzinfo=UTC), False),  # 21:30
        (TODAY, datetime(2026, 6, 15, 20, 30, tzinfo=UTC), datetime(2026, 6, 16, 9, 1, tzinfo=UTC), True),
        (TODAY, datetime(2026, 6, 15, 4, tzinfo=UTC), datetime(2026, 6, 15, 8, 59, tzinfo=UTC), False),  # 5:00
    ],
)
def test_when_a_notice_is_unsent(due: date, written: datetime, at: datetime, is_late: bool, settings: Any) -> None:
    """Two hours after eight in the morning of its day in London, or after it was written if that is later; mail rests
    from eight in the evening.
    """
    settings.MAIL_HOURS = (8, 20)
    NoticeFactory(due_on=due, created_at=written)
    proof = proofs.prove(on=TODAY, now=at)
    assert codes(proof.findings) == ({"unsent_notice"} if is_late else set())


def test_changes_only_are_looked_at(ground: Ground) -> None:
    """Damage of somebody of whom nothing changed waits for the night; what was found stays found until it is mended."""
    later = now() + timedelta(hours=1)  # rows carry the database's own moment
    damage.other_dates(ground)
    assert proofs.prove_since(later, on=TODAY, now=NOON).findings == []
    assert codes(found()) == {"differs_from_history"}
    again = proofs.prove_since(later, on=TODAY, now=NOON)
    assert (again.is_whole, codes(again.findings)) == (False, {"differs_from_history"})
    sql("UPDATE enrolment_enrolment SET planned_end_date = planned_end_date - 1 WHERE id = %(row)s",
        row=ground.planned.pk)  # fmt: skip
    assert proofs.prove_since(later, on=TODAY, now=NOON).findings == []


def test_what_changed_since_a_moment(ground: Ground) -> None:
    """By events, by new rows even without an event, by nominations; and the cohorts they are in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment = cursor.fetchone()[0]
    sql("UPDATE enrolment_enrolmentevent SET at = at - interval '1 day'")
    sql("UPDATE enrolment_enrolment SET created_at = created_at - interval '1 day'")
    sql("UPDATE enrolment_nominationevent SET at = at - interval '1 day'")
    scope = changed_since(moment)
    assert (scope.people, scope.cohorts) == ([], [])
    sql("UPDATE enrolment_enrolmentevent SET at = %(at)s WHERE subject_id = %(row)s", at=moment, row=ground.seated.pk)
    scope = changed_since(moment)
    assert (scope.people, scope.cohorts) == ([ground.seated.employee_id], [ground.cohort.pk])
    stranger = EmployeeFactory()
    Enrolment.objects.create(
        reference="WP-RAW", employee=stranger, programme=programme("ai-governance"), status="queued"
    )
    assert stranger.pk in (changed_since(moment).people or [])
    assert codes(proofs.prove_since(moment, on=TODAY, now=NOON).findings) == {"no_history"}


def test_more_than_is_kept_is_counted_and_then_everything_is_looked_at(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "MOST_FINDINGS", 1)
    damage.other_dates(ground)
    damage.other_finish(ground)
    proof = proofs.prove(on=TODAY, now=NOON)
    assert [finding["code"] for finding in proof.findings] == ["differs_from_history", MORE]
    assert number_found(proof) == 2
    assert proofs.prove_since(NOON + 400 * DAY, on=TODAY, now=NOON).is_whole


def ask(*arguments: str) -> tuple[str, int]:
    """What the command writes, and its exit status."""
    out = StringIO()
    try:
        call_command("prove", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(ended.code or 0)
    return out.getvalue(), 0


def test_the_command_exits_0_when_nothing_is_wrong(ground: Ground) -> None:
    Notice.objects.all().delete()
    text, status = ask("--on", "2026-06-15", "--json")
    facts = json.loads(text)
    assert (status, facts["ok"], facts["whole"], facts["findings"]) == (0, True, True, [])
    assert facts["checked"] == Enrolment.objects.count()
    assert "nothing is wrong" in ask("--on", "2026-06-15")[0]


def test_the_command_exits_1_and_names_each(ground: Ground) -> None:
    Notice.objects.all().delete()
    damage.other_dates(ground)
    damage.without_seat(ground)
    text, status = ask("--on", "2026-06-15", "--json")
    facts = json.loads(text)
    assert (status, facts["ok"], facts["found"]) == (1, False, 2)
    assert codes(facts["findings"]) == {"differs_from_history", "seat_missing"}
    assert set(facts["findings"][0]) == {"code", "sentence", "enrolments", "staff_number", "cohort", "details"}
    text, status = ask("--on", "2026-06-15")
    assert status == 1
    assert f"seat_missing: {ground.seated.reference} is planned in September without a seat." in text


def test_the_command_can_be_narrowed_to_what_changed(ground: Ground) -> None:
    Notice.objects.all().delete()
    damage.other_dates(ground)
    text, status = ask("--on", "2026-06-15", "--json", "--since", "2999-01-01")
    assert (status, json.loads(text)["whole"], json.loads(text)["checked"]) == (0, False, 0)


def test_a_record_of_a_person_who_left_after_withdrawing_is_in_order(ground: Ground) -> None:
    """Never attended holds nothing, by the row and by its history."""
    hr = UserFactory(is_hr=True)
    person: Employee = EmployeeFactory()
    (outcome,) = enrol([Wish(person, programme("ai-governance"), TODAY, TODAY + 27 * DAY)], by=hr, on=TODAY)
    enrolment = outcome.subject.enrolment
    assert enrolment
    withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason="Never came.")
    Notice.objects.all().delete()
    assert found() == []
