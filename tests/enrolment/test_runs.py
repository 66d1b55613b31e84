"""Runs: begun once, counted with their effects in one transaction, closed when cut short, found again by the next."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from enrolment import tasks
from enrolment.actions import runs
from enrolment.actions.calendar import enforce
from enrolment.actions.changes import complete
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.leavers import expire
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, Proof, Run
from enrolment.queries.calendar import followers_due, people_due
from enrolment.queries.runs import UNDER_WAY, overdue_proof, promise, reached
from people.models import Employee, Notice
from tests.conftest import Scale
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S, N, K = Enrolment.Status, Nomination.Status, Run.Kind
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """The day and the moment that tasks read; tests move it."""

    day: date
    moment: datetime

    def to(self, day: date, hour: int = 1) -> None:
        """Another day, so many hours after midnight UTC."""
        self.day, self.moment = day, datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Tasks read this clock, and chunks that are handed out are done at once, in this process."""
    made = Clock(TODAY, datetime(2026, 6, 15, 1, tzinfo=UTC))
    monkeypatch.setattr(tasks, "today", lambda: made.day)
    monkeypatch.setattr(tasks, "now", lambda: made.moment)
    monkeypatch.setattr(tasks.enforce_people, "delay", lambda **given: tasks.enforce_people.run(**given))
    return made


@pytest.fixture
def waiting(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Chunks that are handed out wait here."""
    chunks: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.enforce_people, "delay", lambda **given: chunks.append(given))
    return chunks


def due(people: int) -> list[Enrolment]:
    """So many people whose programme starts today."""
    return [
        EnrolmentFactory(programme=programme("ai-governance"), start_date=TODAY, planned_end_date=TODAY + 60 * DAY)
        for _ in range(people)
    ]


def statuses() -> list[str]:
    """How all enrolments stand, in order of row."""
    return list(Enrolment.objects.order_by("id").values_list("status", flat=True))


def test_the_night_is_one_run_however_many_beats_ask(clock: Clock) -> None:
    """Its row says whom it concerned and what it did; later wake-ups find nothing."""
    due(3)
    assert [tasks.enforce_day.run() for _ in range(3)] == [3, 0, 0]
    run = Run.objects.get()
    assert (run.kind, run.on, run.people, run.done, run.counts) == (K.NIGHT, TODAY, 3, 3, {"start": 3, "remind": 3})
    assert run.finished_at
    assert statuses() == [S.ACTIVE] * 3


def test_a_night_with_nothing_due_is_a_run_too(clock: Clock) -> None:
    """So that everybody sees that the calendar came by; once."""
    assert [tasks.enforce_day.run() for _ in range(2)] == [0, 0]
    run = Run.objects.get()
    assert (run.people, run.done, run.counts, run.finished_at is not None) == (0, 0, {}, True)
    assert reached() == TODAY


def test_what_turns_up_later_is_a_run_after_changes(clock: Clock) -> None:
    tasks.enforce_day.run()
    due(1)
    assert tasks.enforce_day.run() == 1
    assert [run.kind for run in Run.objects.order_by("id")] == [K.NIGHT, K.AFTER_CHANGES]


def test_no_second_run_begins_while_one_is_under_way(clock: Clock, waiting: list[dict[str, Any]]) -> None:
    due(2)
    assert tasks.enforce_day.run() == 2
    assert tasks.enforce_day.run() == 0
    assert len(waiting) == 1
    assert Run.objects.get().finished_at is None


def test_a_worker_killed_at_a_chunk_changes_nothing_of_the_result(
    clock: Clock, waiting: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the commit a chunk leaves nothing, killed after it the chunk comes again: counted once each."""
    monkeypatch.setattr(tasks, "CHUNK", 2)
    due(6)
    tasks.enforce_day.run()
    count = runs._count

    def die(*given: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "_count", die)
    with pytest.raises(KeyboardInterrupt):
        tasks.enforce_people.run(**waiting[0])
    monkeypatch.setattr(runs, "_count", count)
    assert (Run.objects.get().done, set(statuses())) == (0, {S.PLANNED})
    for chunk in (waiting[1], waiting[1], waiting[0]):
        tasks.enforce_people.run(**chunk)
    assert Run.objects.get().done == 4
    tasks.enforce_people.run(**waiting[2])
    tasks.enforce_people.run(**waiting[2])
    run = Run.objects.get()
    assert (run.done, run.counts, run.finished_at is not None) == (6, {"start": 6, "remind": 6}, True)


def test_a_run_cut_short_is_closed_and_the_next_does_what_it_left(clock: Clock, waiting: list[dict[str, Any]]) -> None:
    """Its late chunk still counts, once, and makes no effect twice."""
    due(1)
    tasks.enforce_day.run()
    Run.objects.update(started_at=clock.moment - timedelta(minutes=21))
    due(2)
    assert tasks.enforce_day.run() == 3
    cut, second = Run.objects.order_by("id")
    assert (cut.finished_at is not None, cut.done, cut.people) == (True, 0, 1)
    assert (second.kind, second.people) == (K.NIGHT, 3)
    for chunk in (waiting[1], waiting[0], waiting[0]):
        tasks.enforce_people.run(**chunk)
    cut.refresh_from_db()
    second.refresh_from_db()
    assert (second.done, second.counts) == (3, {"start": 3, "remind": 3})
    assert (cut.done, cut.counts) == (1, {})


def test_a_long_run_is_left_alone_while_chunks_come(
    clock: Clock, waiting: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "CHUNK", 1)
    due(2)
    tasks.enforce_day.run()
    Run.objects.update(started_at=LONG_AGO)
    tasks.enforce_people.run(**waiting[0])
    heard = datetime.fromisoformat(Run.objects.get().counts[UNDER_WAY]["at"])
    clock.moment = heard + timedelta(minutes=19)
    assert tasks.enforce_day.run() == 0
    assert Run.objects.get().finished_at is None
    clock.moment = heard + timedelta(minutes=21)
    assert tasks.enforce_day.run() == 1


def test_one_whom_the_database_refuses_does_not_hold_up_the_others(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk is taken person by person; the run says how many could not be done."""
    bad, *_ = due(3)
    do = runs.work

    def refuse(people: Any, *, on: date) -> Any:
        if bad.employee_id in people:
            raise IntegrityError
        return do(people, on=on)

    monkeypatch.setattr(runs, "work", refuse)
    tasks.enforce_day.run()
    run = Run.objects.get()
    assert (run.done, run.counts, run.finished_at is not None) == (3, {"start": 2, "remind": 2, "not_done": 1}, True)
    assert statuses() == [S.PLANNED, S.ACTIVE, S.ACTIVE]


def test_the_command_is_a_run_of_its_own() -> None:
    due(2)
    out = StringIO()
    call_command("enforce", "--on", "2026-06-15", "--json", stdout=out)
    facts, run = json.loads(out.getvalue()), Run.objects.get()
    assert (run.kind, run.done, str(run.public_id)) == (K.COMMAND, 2, facts["run"])
    assert (facts["started"], facts["overdue"], facts["not_done"]) == (2, 0, 0)
    with pytest.raises(CommandError, match="has not come yet"):
        call_command("enforce", "--on", "2199-01-01")


# Whom a day concerns


def behind(person: Employee, first: Enrolment, code: str = "ai-governance") -> Enrolment:
    """Somebody queued behind something of theirs."""
    return EnrolmentFactory(employee=person, programme=programme(code), status=S.QUEUED, follows=first)


def running(person: Employee, status: str, end: date, **more: Any) -> Enrolment:
    """What somebody was or is on."""
    return EnrolmentFactory(
        employee=person,
        programme=programme("ai-practitioner"),
        status=status,
        start_date=TODAY - 300 * DAY,
        planned_end_date=end,
        **more,
    )


def test_a_follower_is_due_once_the_end_before_it_is_known() -> None:
    """Not behind something open-ended, and not while dates that can be had wait for HR's yes."""
    today, then = {"proposed_start_date": TODAY, "proposed_end_date": TODAY}, TODAY + 101 * DAY
    cases = [
        (S.WITHDRAWN, {"ended_on": TODAY - 100 * DAY}, {}, True),
        (S.ACTIVE, {}, {}, True),
        (S.PAUSED, {"return_on": TODAY + DAY}, {}, True),
        (S.OVERDUE, {}, {}, False),
        (S.PAUSED, {}, {}, False),
        (S.WITHDRAWN, {"ended_on": TODAY - 100 * DAY}, today, False),
        (S.ACTIVE, {}, {"proposed_start_date": then, "proposed_end_date": then}, False),
        (S.ACTIVE, {}, today, True),  # it clashes with what it follows
        (S.OVERDUE, {}, {"proposed_start_date": then, "proposed_end_date": then}, True),
        (S.ACTIVE, {}, {"proposed_start_date": TODAY - DAY, "proposed_end_date": TODAY}, True),
    ]
    expected = []
    for status, more, proposed, is_due in cases:
        person = EmployeeFactory()
        follower = behind(person, running(person, status, TODAY + 100 * DAY, **more))
        Enrolment.objects.filter(pk=follower.pk).update(**proposed)
        expected += [person.pk] if is_due else []
    found = set(people_due(TODAY)) - set(people_due(TODAY, with_followers=False))
    assert sorted(found) == expected


def test_nobody_without_dates_comes_back_every_hour(clock: Clock) -> None:
    """Whom the planner gives none is asked about once a night, and by what changes about them."""
    person = EmployeeFactory()
    practitioner = programme("ai-practitioner")
    practitioner.withdrawn_on = TODAY - DAY
    practitioner.save()
    unit = EnrolmentFactory(
        employee=person,
        programme=programme("ai-governance"),
        status=S.ACTIVE,
        start_date=TODAY - DAY,
        planned_end_date=TODAY + 60 * DAY,
    )
    behind(person, unit, "ai-practitioner")
    assert tasks.enforce_day.run() == 1
    assert [tasks.enforce_day.run() for _ in range(3)] == [0, 0, 0]
    assert tasks.follow_changes.run() == 0
    assert Run.objects.count() == 1
    clock.to(TODAY + DAY)
    assert tasks.enforce_day.run() == 1


def test_a_change_is_followed_within_minutes(clock: Clock) -> None:
    """Found by the event, recorded as a run; a second sweep leaves nothing."""
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    first = running(person, S.OVERDUE, TODAY - DAY)
    follower = behind(person, first)
    assert followers_due(TODAY, since=LONG_AGO) == []
    complete([first], ended_on=TODAY - DAY, by=hr, on=TODAY)
    Enrolment.objects.filter(pk=follower.pk).update(
        status=S.QUEUED, start_date=None, planned_end_date=None, version=None
    )
    assert followers_due(TODAY, since=LONG_AGO) == [person.pk]
    clock.moment = LONG_AGO + tasks.CHANGES
    assert [tasks.follow_changes.run() for _ in range(2)] == [1, 0]
    follower.refresh_from_db()
    assert (follower.status, follower.start_date) == (S.ACTIVE, TODAY) or follower.status == S.PLANNED
    run = Run.objects.get()
    assert (run.kind, run.people, run.counts["plan"]) == (K.AFTER_CHANGES, 1, 1)


def test_a_leaver_s_plans_are_called_off_before_they_start_and_nominations_expire() -> None:
    person = EmployeeFactory(employed_until=TODAY - DAY)
    plan = EnrolmentFactory(
        employee=person, programme=programme("ai-governance"), start_date=TODAY, planned_end_date=TODAY + 27 * DAY
    )
    open_one = NominationFactory(employee=person, programme=programme("ai-transformation"))
    staying = NominationFactory(programme=programme("ai-transformation"))
    assert people_due(TODAY) == [person.pk]
    enforce([person.pk], on=TODAY)
    for row in (plan, open_one, staying):
        row.refresh_from_db()
    assert (plan.status, open_one.status, staying.status) == (S.CANCELLED, N.EXPIRED, N.SUBMITTED)
    assert open_one.answer == "Left on 14 June 2026."
    assert open_one.events.get().by is None
    assert people_due(TODAY) == []


def test_only_nominations_of_leavers_expire() -> None:
    staying = NominationFactory(programme=programme("ai-transformation"))
    left = EmployeeFactory(employed_until=TODAY - DAY)
    answered = NominationFactory(employee=left, programme=programme("ai-governance"), status=N.RETRACTED)
    refusals = [outcome.refusal for outcome in expire([staying, answered], on=TODAY)]
    assert [refusal.code for refusal in refusals if refusal] == ["still_employed", "move_not_allowed"]


def test_a_return_that_passed_is_due() -> None:
    person = EmployeeFactory()
    break_ = running(person, S.PAUSED, TODAY + 100 * DAY, return_on=TODAY - DAY)
    assert people_due(TODAY) == [person.pk]
    enforce([person.pk], on=TODAY)
    break_.refresh_from_db()
    assert (break_.return_on, break_.status) == (None, S.PAUSED)
    assert people_due(TODAY) == []


def test_whoever_has_no_address_is_asked_about_again_only_for_another_day() -> None:
    """What somebody tells them in person says the end as it is."""
    row = EnrolmentFactory(
        employee=EmployeeFactory(email=""),
        programme=programme("ai-governance"),
        status=S.ACTIVE,
        start_date=TODAY - 10 * DAY,
        planned_end_date=TODAY + 5 * DAY,
    )
    enforce([row.employee_id], on=TODAY)
    Notice.objects.update(status=Notice.Status.NO_ADDRESS)
    Enrolment.objects.filter(pk=row.pk).update(planned_end_date=TODAY + 6 * DAY)
    assert people_due(TODAY) == [row.employee_id]
    enforce([row.employee_id], on=TODAY)
    Notice.objects.update(status=Notice.Status.NO_ADDRESS)
    assert people_due(TODAY) == []
    assert Notice.objects.get().about_on == TODAY + 6 * DAY


# Proofs by the clock


def test_the_whole_is_proved_once_a_day_after_the_night(clock: Clock) -> None:
    tasks.prove_day.run()
    assert not Proof.objects.exists()
    tasks.enforce_day.run()
    tasks.prove_day.run()
    tasks.prove_day.run()
    assert [(proof.is_whole, proof.on) for proof in Proof.objects.all()] == [(True, TODAY)]


def test_without_a_whole_night_it_is_proved_at_four(clock: Clock) -> None:
    clock.to(TODAY, 2)  # three in London
    tasks.prove_day.run()
    assert not Proof.objects.exists()
    clock.to(TODAY, 3)
    tasks.prove_day.run()
    assert Proof.objects.count() == 1


def test_changes_are_proved_after_the_latest_proof_and_not_twice(clock: Clock) -> None:
    tasks.prove_changes.run()
    assert not Proof.objects.exists()
    Proof.objects.create(on=TODAY, at=clock.moment - timedelta(minutes=15), is_whole=True, checked=0, seconds=3)
    tasks.prove_changes.run()
    assert Proof.objects.filter(is_whole=False).count() == 1
    Proof.objects.update(at=clock.moment - timedelta(minutes=9))
    tasks.prove_changes.run()
    assert Proof.objects.count() == 2


def test_a_proof_that_is_missing_is_missed_after_26_hours(clock: Clock) -> None:
    """A new installation has as long from its first day; a proof of changes is not a whole one."""
    assert overdue_proof(now=LONG_AGO) is None
    proof = Proof.objects.create(on=TODAY, at=clock.moment, is_whole=True, checked=0, seconds=1)
    Proof.objects.create(on=TODAY, at=clock.moment + DAY, is_whole=False, checked=0, seconds=1)
    assert overdue_proof(now=clock.moment + timedelta(hours=26)) is None
    late = clock.moment + timedelta(hours=26, minutes=1)
    assert overdue_proof(now=late) == proof.at
    assert promise(now=late, is_expected=False).missing_since is None
    Proof.objects.all().delete()
    assert overdue_proof(now=clock.moment + 365 * DAY) is not None


# Beats


def make_people(people: int) -> None:
    """People who start on different days, some late with closing, some with a plan behind it, some of whom leave."""
    hr = UserFactory(is_hr=True)
    for number in range(people):
        person = EmployeeFactory(staff_number=f"F{number:03}")
        start = TODAY + (number % 10) * DAY
        began = start - 20 * DAY if number % 3 == 0 else start
        (first,) = enrol([Wish(person, programme("ai-governance"), began, start + 2 * DAY)], by=hr, on=TODAY)
        if number % 2:
            wish = Wish(person, programme("ai-transformation"), behind=first.subject.enrolment)
            assert enrol([wish], by=hr, on=TODAY)[0].is_done
        if number % 7 == 3:
            NominationFactory(employee=person, programme=programme("ai-leadership-literacy"))
            Employee.objects.filter(pk=person.pk).update(employed_until=TODAY + 3 * DAY)


def fortnight(clock: Clock, *, beats: int, people: int) -> dict[str, list[Any]]:
    """A faked fortnight in which each beat wakes everything; what it left, without moments and numbers of rows."""
    make_people(people)
    for day in range(14):
        for hour in (1, 13):
            clock.to(TODAY + day * DAY, hour)
            for _ in range(beats):
                for task in (tasks.enforce_day, tasks.follow_changes, tasks.give_seats, tasks.prove_day):
                    task.run()
    mine = "employee__staff_number", "programme__code"
    told = ("employee__staff_number", "kind", "round", "about_on", "due_on", "status", "headline")
    histories = EnrolmentEvent.objects.order_by("subject__employee__staff_number", "subject__programme__code", "id")
    return {
        "enrolments": sorted(Enrolment.objects.values_list(*mine, "status", "start_date", "planned_end_date")),
        "events": list(histories.values_list("subject__employee__staff_number", "move", "on", "to_status", "reason")),
        "nominations": sorted(Nomination.objects.values_list(*mine, "status")),
        "notices": sorted(Notice.objects.values_list(*told), key=str),
        "runs": list(Run.objects.order_by("id").values_list("kind", "on", "people", "done", "counts")),
        "proofs": list(Proof.objects.order_by("id").values_list("on", "is_whole", "checked", "findings")),
    }


def test_three_beats_over_a_fortnight_are_as_one(clock: Clock, scale: Scale) -> None:
    """The same records, history, notices, runs and proofs, however often everything is woken."""
    left = []
    for beats in (1, 3):
        with transaction.atomic():
            left.append(fortnight(clock, beats=beats, people=scale.pick(14, 140)))
            transaction.set_rollback(True)
    one, three = left
    assert one == three
    assert {event[1] for event in one["events"]} >= {"start", "mark_overdue", "queue", "cancel"}
    assert {nomination[2] for nomination in one["nominations"]} == {N.EXPIRED}
    assert [(kind, people) for kind, _, people, *_ in one["runs"]].count((K.NIGHT, 0)) < 14
    assert [(on, whole) for on, whole, *_ in one["proofs"]] == [(TODAY + day * DAY, True) for day in range(14)]
    findings = [finding["code"] for *_, findings in one["proofs"] for finding in findings]
    assert set(findings) <= {"unsent_notice"}  # nobody sends here
