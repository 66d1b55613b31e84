"""A leaver, however they came to be one: by hand, by file, by command, in the night; and somebody who comes back."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from enrolment.actions.batches import begin
from enrolment.actions.calendar import work
from enrolment.actions.directory import Edit, leave, save_records
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.nominations import NominationWish, nominate
from enrolment.actions.undo import keep_undo
from enrolment.imports import load_people
from enrolment.imports.undo import apply_undo
from enrolment.models import Batch, Enrolment, EnrolmentEvent, Nomination, NominationEvent
from enrolment.queries.calendar import people_due
from people import clock
from people.models import Employee, Notice, PersonChange, User
from people.queries import stored
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme
from tests.people.files import people_file

pytestmark = pytest.mark.django_db
S = Enrolment.Status
LAST = TODAY - timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
def boss():
    """A manager with an account."""
    return EmployeeFactory(given_names="Mia", family_name="Boss", user=UserFactory())


@pytest.fixture
def leaver(boss):
    """Somebody with a session, a programme that runs, a plan with a seat, a nomination, a letter, and a team of one."""
    person = EmployeeFactory(
        staff_number="L1", given_names="Lee", family_name="Ver", manager=boss, user=UserFactory(is_hr=True)
    )
    EnrolmentFactory(
        employee=person, programme=programme("ai-practitioner"), status=S.ACTIVE,
        start_date=date(2026, 1, 5), planned_end_date=date(2026, 8, 31),
    )  # fmt: skip
    cohort = CohortFactory(programme=programme("ai-governance"))
    (placed,) = enrol([Wish(person, cohort.programme, cohort=cohort)], by=None, on=TODAY - 7 * DAY)
    assert placed.is_done
    wish = NominationWish(person, programme("ai-transformation"), "It would help.", protected_hours=2)
    assert nominate([wish], by=boss.user, on=TODAY - DAY)[0].is_done
    EmployeeFactory(staff_number="R1", manager=person)
    Notice.objects.create(
        employee=person, kind="questionnaire", subject=uuid4(), due_on=TODAY, headline="Please answer", body="By then."
    )
    return person


def by_page(person):
    """HR writes the last day."""
    hr = UserFactory(is_hr=True)
    assert leave([(person, LAST)], by=hr, on=TODAY)[0].is_done


def by_file(person):
    """A file of HR's system says it."""
    content = people_file(
        {"staff_number": "L1", "given_names": "Lee", "family_name": "Ver", "employed_until": LAST.isoformat()},
        header=("staff_number", "given_names", "family_name", "employed_until"),
    )
    (row,) = load_people(content, file_name="people.csv", by=None, on=TODAY)
    assert row.outcome == "updated"


def by_command(person):
    """The operator says it."""
    call_command("leave", "L1", "--last-day", LAST.isoformat(), "--on", TODAY.isoformat())


def in_the_night(person):
    """It was recorded long ago, and the day comes."""
    Employee.objects.filter(pk=person.pk).update(employed_until=LAST)
    assert person.pk in people_due(TODAY)
    work([person.pk], on=TODAY)
    assert person.pk not in people_due(TODAY), "once"


def rows_of(person):
    """Everything that leaving makes of somebody, without moments and row numbers."""
    fresh, account = Employee.objects.get(pk=person.pk), User.objects.get(employee=person)
    enrolments = Enrolment.objects.filter(employee=person).order_by("id")
    events = EnrolmentEvent.objects.filter(subject__employee=person).order_by("id")
    nominated = NominationEvent.objects.filter(subject__employee=person).order_by("id")
    left = PersonChange.objects.filter(person=person.public_id, kind="left")
    return {
        "record": (fresh.employed_until, fresh.left_on),
        "account": (account.is_active, account.is_hr, account.is_administrator),
        "enrolments": list(enrolments.values_list("status", "seat", "start_date")),
        "events": list(events.values_list("move", "to_status", "by", "on", "reason")),
        "nominations": list(Nomination.objects.filter(employee=person).values_list("status", "answer", "decided_on")),
        "nominated": list(nominated.values_list("move", "to_status", "by", "on", "reason")),
        "letters": sorted(Notice.objects.filter(employee=person).values_list("kind", "status")),
        "told": sorted(Notice.objects.filter(employee=person.manager).values_list("kind", "status", "due_on")),
        "left": [(row.facts, row.by, row.on) for row in left],
    }  # fmt: skip


@pytest.mark.parametrize("path", [by_page, by_file, by_command, in_the_night])
def test_each_path_comes_to_the_same_rows(leaver, path, capsys):
    path(leaver)
    found = rows_of(leaver)
    assert found["record"] == (LAST, TODAY)
    assert found["account"] == (False, False, False)
    assert [status for status, _, _ in found["enrolments"]] == [S.ACTIVE, S.CANCELLED]
    assert found["enrolments"][1][1] is None, "the seat is free"
    assert found["events"][-1] == ("cancel", "cancelled", None, TODAY, "Left on 14 June 2026.")
    assert found["nominations"] == [("expired", "Left on 14 June 2026.", TODAY)]
    assert found["nominated"][-1] == ("expire", "expired", None, TODAY, "Left on 14 June 2026.")
    assert {status for _, status in found["letters"]} == {"withdrawn"}
    assert found["told"] == [("nomination_left", "due", TODAY), ("team_enrolled", "withdrawn", TODAY - 7 * DAY)]
    facts = {
        "plans": 1, "nominations": 1, "letters": 1, "account": True, "roles": ["HR"], "last_day": "2026-06-14",
        "reports": 1, "made": 0, "reviews": 0, "running": 1,
    }  # fmt: skip
    assert found["left"] == [(facts, None, TODAY)]


def test_a_session_ends_and_nobody_gets_in_again(leaver, client: Client):
    User.objects.filter(pk=leaver.user_id).update(is_hr=False)
    leaver.user.set_password("a long word of mine")
    leaver.user.save(update_fields=["password"])
    words = {"login": leaver.user.email, "password": "a long word of mine"}
    client.post("/accounts/login/", words)
    assert client.get("/my-programme/").status_code == 200
    assert Session.objects.filter(session_key=client.session.session_key).exists()
    key = client.session.session_key
    by_page(leaver)
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/my-programme/").status_code == 302
    assert "inactive" in client.post("/accounts/login/", words)["Location"]


def test_the_last_day_is_worked_and_the_next_one_is_not(leaver):
    assert leave([(leaver, TODAY)], by=None, on=TODAY)[0].is_done
    fresh = Employee.objects.get(pk=leaver.pk)
    assert (fresh.left_on, User.objects.get(employee=leaver).is_active) == (None, True)
    everybody = Employee.objects.all()
    assert list(everybody.leaving(TODAY)) == []
    assert list(everybody.leaving(TODAY + DAY)) == [leaver]
    assert leaver.pk in people_due(TODAY + DAY)


def test_leaving_happens_once(leaver):
    by_page(leaver)
    before = rows_of(leaver)
    work([leaver.pk], on=TODAY + DAY)
    leave([(leaver, LAST - DAY)], by=None, on=TODAY + DAY)
    after = rows_of(leaver)
    assert after["left"] == before["left"]
    assert after["events"] == before["events"]


def test_who_comes_with_a_file_and_has_left_long_ago_has_left():
    content = people_file({"staff_number": "OLD", "employed_from": "2010-01-01", "employed_until": "2019-05-03"})
    load_people(content, file_name="people.csv", by=None, on=TODAY)
    person = Employee.objects.get(staff_number="OLD")
    assert person.left_on == TODAY
    assert [change.kind for change in PersonChange.objects.filter(person=person.public_id)] == ["left", "joined"]


def back(person, **facts):
    """HR writes that somebody works here again."""
    (row,) = stored([person.staff_number]).values()
    new = dict(zip(("employed_from", "employed_until"), row.facts[7:], strict=True)) | facts
    edit = Edit(person.staff_number, (*row.facts[:7], new["employed_from"], new["employed_until"]), person)
    save_records([edit], by=UserFactory(is_hr=True), on=TODAY + DAY, reason="Came back")[0].or_error()
    return Employee.objects.select_related("user").get(pk=person.pk)


@pytest.mark.parametrize(
    "facts",
    [
        {"employed_until": None},
        {"employed_from": TODAY + 30 * DAY, "employed_until": None},
        {"employed_from": TODAY + 30 * DAY, "employed_until": TODAY + 400 * DAY},
    ],
)
def test_who_comes_back_signs_in_and_nothing_else_is_restored(leaver, facts):
    by_page(leaver)
    before = rows_of(leaver)
    fresh = back(leaver, **facts)
    assert (fresh.left_on, fresh.user.is_active, fresh.user.is_hr) == (None, True, False)
    after = rows_of(leaver)
    for kept in ("enrolments", "events", "nominations", "nominated", "letters", "left"):
        assert after[kept] == before[kept]
    said = PersonChange.objects.get(person=leaver.public_id, kind="returned")
    assert said.facts == {"plans": 1, "nominations": 1, "roles": ["HR"], "account": True}
    assert PersonChange.objects.filter(person=leaver.public_id, kind="changed", reason="Came back").count() == 1


def test_an_account_that_was_closed_before_stays_closed(leaver):
    User.objects.filter(pk=leaver.user_id).update(is_active=False)
    by_page(leaver)
    assert not back(leaver, employed_until=None).user.is_active


def test_a_leaver_by_a_file_comes_back_when_the_file_is_undone(leaver):
    by_file(leaver)
    batch = Batch.objects.get()
    undo = keep_undo(batch, by=None, on=TODAY, now=clock.now())
    assert begin([undo], on=TODAY) == 1
    assert apply_undo(Batch.objects.get(pk=undo.pk)) == 1
    fresh = Employee.objects.get(pk=leaver.pk)
    assert (fresh.employed_until, fresh.left_on) == (None, None)
    assert User.objects.get(employee=leaver).is_active
    kinds = PersonChange.objects.filter(person=leaver.public_id).order_by("id").values_list("kind", "reason")
    assert list(kinds) == [
        ("changed", "File people.csv"), ("left", ""), ("changed", "File people.csv undone"), ("returned", ""),
    ]  # fmt: skip


def test_the_command_says_what_is_left_behind(leaver, capsys):
    call_command(
        "leave", "L1", "--last-day", LAST.isoformat(), "--on", TODAY.isoformat(), "--json", "--reason", "Moved"
    )
    said = json.loads(capsys.readouterr().out)
    assert said["left"] is True
    assert (said["left_behind"]["reports"], said["left_behind"]["running"]) == (1, 1)
    assert PersonChange.objects.get(person=leaver.public_id, kind="changed").reason == "Moved"
