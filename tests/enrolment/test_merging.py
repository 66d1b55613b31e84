"""Two records of one person: everything goes to the one kept, history stays, a clash is refused with a way out."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from assessment.models import Asked, Complaint, Placement, Questionnaire, Recommendation, Response, SecondLook, Sending
from enrolment.actions.asking import Asking, ask
from enrolment.actions.directory import Edit, save_records
from enrolment.actions.merging import Merge, merge
from enrolment.actions.nominations import NominationWish, nominate
from enrolment.imports import load_people
from enrolment.imports.enrolments import load_enrolments
from enrolment.models import CalendarFeed, Enrolment, EnrolmentEvent, Nomination, NotNow
from enrolment.queries.prove import Scope, findings
from people import clock
from people.models import Employee, FormerRecord, Notice, NoticeChoice, PersonChange, User
from people.queries import stored
from people.roles import Delegation
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, PlacementFactory, UserFactory, programme
from tests.people.files import people_file

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)


def text(answer) -> str:
    """The page's words, spaces made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def hr():
    """Who merges."""
    return UserFactory(is_hr=True, email="hr@sample.example")


@pytest.fixture
def kept():
    """The record that stays: an account, and little known."""
    return EmployeeFactory(
        staff_number="K1", given_names="Kim", family_name="Kept", email="", job_title="", user=UserFactory()
    )


@pytest.fixture
def other():
    """The other record of the same person."""
    return EmployeeFactory(staff_number="O1", given_names="Kim", family_name="Other", email="kim@sample.example")


def completed(person, code="ai-governance", first=date(2025, 6, 2)):
    """A programme that is over, by a file, so with its history."""
    last = first + 27 * DAY
    line = f"{person.staff_number},{code},{first},{last},completed,{last}"
    content = f"staff_number,programme,start_date,planned_end_date,status,ended_on\n{line}\n".encode()
    (row,) = load_enrolments(content, file_name="one.csv", by=None, on=TODAY)
    assert row.outcome == "created"
    return Enrolment.objects.get(employee=person, start_date=first)


def answered(person, on):
    """A questionnaire sent, with its recommendation."""
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"), employee=person, started_on=on, submitted_on=on,
        submitted_at=clock.now(),
    )  # fmt: skip
    return Recommendation.objects.create(response=response, employee=person, because="So.", made_on=on)


def refused(kept, other, by) -> str:
    """The code of the refusal."""
    refusal = merge([Merge(kept, other)], by=by, on=TODAY)[0].refusal
    return refusal.code if refusal else ""


HANDLED = {
    ("assessment.asked", "employee"),
    ("assessment.placement", "employee"),
    ("assessment.recommendation", "employee"),
    ("assessment.response", "employee"),
    ("assessment.secondlook", "employee"),
    ("enrolment.calendarfeed", "employee"),
    ("enrolment.enrolment", "employee"),
    ("enrolment.nomination", "employee"),
    ("enrolment.notnow", "employee"),
    ("people.delegation", "from_employee"),
    ("people.delegation", "to_employee"),
    ("people.employee", "manager"),
    ("people.formerrecord", "kept"),
    ("people.notice", "employee"),
    ("people.noticechoice", "employee"),
}


def test_every_relation_to_a_person_is_one_that_a_merge_handles():
    relations = {(each.related_model._meta.label_lower, each.field.name) for each in Employee._meta.related_objects}
    assert relations == HANDLED


def test_what_was_put_off_is_kept_once_and_only_the_kept_records_calendar_lives(kept, other, hr):
    said = {"said_by": hr, "said_on": TODAY}
    for person, code in ((kept, "ai-governance"), (other, "ai-governance"), (other, "ai-transformation")):
        NotNow.objects.create(employee=person, programme=programme(code), reason=person.staff_number, **said)
    for person in (kept, other):
        CalendarFeed.objects.create(employee=person, token_hash=person.staff_number, made_on=TODAY)
    assert merge([Merge(kept, other)], by=hr, on=TODAY)[0].is_done
    assert set(NotNow.objects.values_list("employee", "programme__code", "reason", "ended_on")) == {
        (kept.pk, "ai-governance", "K1", None),
        (kept.pk, "ai-governance", "O1", TODAY),
        (kept.pk, "ai-transformation", "O1", None),
    }
    assert [feed.token_hash for feed in CalendarFeed.objects.all()] == ["K1"]


def test_who_stands_in_for_whom_goes_too(kept, other, hr):
    away, days = EmployeeFactory(), {"first_day": TODAY, "last_day": TODAY + 5 * DAY, "made_on": TODAY}
    Delegation.objects.create(from_employee=other, to_employee=away, **days)
    Delegation.objects.create(from_employee=away, to_employee=other, **days)
    Delegation.objects.create(from_employee=kept, to_employee=other, **days)
    assert merge([Merge(kept, other)], by=hr, on=TODAY)[0].is_done
    pairs = set(Delegation.objects.values_list("from_employee", "to_employee"))
    assert pairs == {(kept.pk, away.pk), (away.pk, kept.pk)}


def test_what_the_kept_record_chose_to_get_holds_and_the_rest_is_added(kept, other, hr):
    for person, kind, choice in ((kept, "started", "on"), (other, "started", "off"), (other, "finished", "off")):
        NoticeChoice.objects.create(employee=person, kind=kind, choice=choice, by=hr, on=TODAY)
    assert merge([Merge(kept, other)], by=hr, on=TODAY, reason="One person.")[0].is_done
    assert dict(NoticeChoice.objects.values_list("kind", "choice")) == {"started": "on", "finished": "off"}
    assert set(NoticeChoice.objects.values_list("employee", flat=True)) == {kept.pk}


def test_everything_goes_to_the_record_that_is_kept_and_no_history_is_touched(kept, other, hr):
    mine, theirs = completed(kept, first=date(2025, 1, 6)), completed(other)
    boss = EmployeeFactory(user=UserFactory())
    Employee.objects.filter(pk=other.pk).update(manager=boss, uln="1234567890")
    report = EmployeeFactory(manager=other)
    wish = NominationWish(other, programme("ai-transformation"), "It would help.", protected_hours=2)
    assert nominate([wish], by=hr, on=TODAY)[0].is_done
    first, last = answered(kept, TODAY - 9 * DAY), answered(other, TODAY - DAY)
    PlacementFactory(employee=kept, decided_on=TODAY - DAY, programme=programme("ai-governance"))
    PlacementFactory(employee=other, decided_on=TODAY - 5 * DAY, programme=programme("ai-transformation"))
    look = SecondLook.objects.create(
        reference="SL-1", employee=other, recommendation=last, asked_by=hr, words="Why?", asked_on=TODAY, due_on=TODAY
    )
    events = list(EnrolmentEvent.objects.order_by("id").values())
    person = Employee.objects.get(pk=other.pk)
    (outcome,) = merge([Merge(kept, person)], by=hr, on=TODAY, reason="Agency number")
    assert outcome.is_done, outcome.refusal
    assert not Employee.objects.filter(pk=person.pk or 0).exists()
    assert set(Enrolment.objects.filter(employee=kept)) == {mine, theirs}
    assert list(EnrolmentEvent.objects.order_by("id").values()) == events
    assert Nomination.objects.get().employee == kept
    assert set(Recommendation.objects.filter(employee=kept).values_list("pk", "is_latest")) == {
        (first.pk, False), (last.pk, True),
    }  # fmt: skip
    current = Placement.objects.get(employee=kept, is_current=True)
    assert current.programme == programme("ai-governance")
    assert SecondLook.objects.get(pk=look.pk).employee == kept
    assert Notice.objects.filter(employee=kept).exists()
    assert Employee.objects.get(pk=report.pk).manager == kept
    fresh = Employee.objects.get(pk=kept.pk)
    assert (fresh.email, fresh.job_title, fresh.uln, fresh.manager, fresh.family_name) == (
        "kim@sample.example", "Analyst", "1234567890", boss, "Kept",
    )  # fmt: skip
    former = FormerRecord.objects.get()
    assert (former.staff_number, former.kept, former.reason) == ("O1", kept, "Agency number")
    kinds = PersonChange.objects.order_by("id").values_list("person", "kind", "facts__other", "by__email")
    assert list(kinds) == [
        (kept.public_id, "changed", None, "hr@sample.example"),
        (kept.public_id, "merged", "O1, Kim Other", "hr@sample.example"),
        (other.public_id, "merged_into", "K1, Kim Kept", "hr@sample.example"),
    ]
    everything = Scope(None, None)
    assert [str(each) for each in findings(everything, on=TODAY, now=clock.now(), reached=None)] == []


@pytest.mark.parametrize(("has_mine", "has_theirs"), [(False, True), (True, True)])
def test_one_account_is_left(kept, other, hr, has_mine, has_theirs):
    mine, theirs = kept.user, UserFactory()
    Employee.objects.filter(pk=other.pk).update(user=theirs)
    complaint = Complaint.objects.create(
        reference="DC-1", made_by=theirs, words="A list.", made_on=TODAY, due_on=TODAY + 30 * DAY
    )
    if not has_mine:
        Employee.objects.filter(pk=kept.pk).update(user=None)
    assert refused(kept, other, hr) == ""
    account = User.objects.get(employee=kept)
    assert account == (mine if has_mine else theirs)
    assert User.objects.get(pk=theirs.pk).is_active is not has_mine
    assert Complaint.objects.get(pk=complaint.pk).made_by == account


def test_what_there_is_only_one_of_stays_once(kept, other, hr):
    sending = Sending.objects.create(to="all", due_on=TODAY + DAY, sent_by=hr, sent_on=TODAY)
    questionnaire = Questionnaire.objects.get(status="published")
    subject = uuid4()
    boss = UserFactory(is_hr=True)
    for person in (kept, other):
        Asked.objects.create(sending=sending, employee=person)
        Response.objects.create(questionnaire=questionnaire, employee=person, started_on=TODAY, sending=sending)
        Notice.objects.create(
            employee=person, kind="questionnaire", subject=subject, due_on=TODAY, headline="Please", body="Answer."
        )
        wish = NominationWish(person, programme("ai-transformation"), "It would help.", protected_hours=2)
        assert nominate([wish], by=boss, on=TODAY)[0].is_done
    assert refused(kept, other, hr) == ""
    assert list(Asked.objects.values_list("employee", flat=True)) == [kept.pk]
    assert list(Response.objects.values_list("employee", flat=True)) == [kept.pk]
    letters = Notice.objects.filter(kind="questionnaire").order_by("round")
    assert list(letters.values_list("employee", "round", "status")) == [(kept.pk, 1, "due"), (kept.pk, 2, "withdrawn")]
    nominations = Nomination.objects.order_by("id").values_list("employee", "status")
    assert list(nominations) == [(kept.pk, "submitted"), (kept.pk, "retracted")]


@pytest.mark.parametrize("who_asked", ["kept", "other"])
def test_of_a_nomination_and_a_wish_for_the_same_the_wish_closes(kept, other, hr, who_asked):
    asks, made = (kept, other) if who_asked == "kept" else (other, kept)
    asks.user = asks.user or UserFactory()
    asks.save()
    unit = programme("ai-transformation")
    assert ask([Asking(asks, unit)], by=asks.user, on=TODAY)[0].is_done
    wish = NominationWish(made, unit, "It would help.", protected_hours=2)
    assert nominate([wish], by=UserFactory(is_hr=True), on=TODAY)[0].is_done
    assert refused(kept, other, hr) == ""
    found = Nomination.objects.order_by("id").values_list("employee", "status")
    assert list(found) == [(kept.pk, "retracted"), (kept.pk, "submitted")]


def test_a_clash_is_refused_named_and_has_a_way_out(kept, other, hr, client: Client):
    on = clock.today()
    dates = {"start_date": on + 30 * DAY, "planned_end_date": on + 57 * DAY}
    ours = EnrolmentFactory(employee=kept, programme=programme("ai-governance"), **dates)
    theirs = EnrolmentFactory(employee=other, programme=programme("ai-transformation"), **dates)
    assert refused(kept, other, hr) == "clash"
    assert Employee.objects.filter(pk=other.pk).exists()
    client.force_login(hr)
    page = client.post(f"/people/{kept.public_id}/merge/", {"other": "O1", "confirm": "yes"})
    said = text(page)
    assert "These two cannot be one yet" in said
    assert "share" in said
    for record in (ours, theirs):
        assert f'href="/enrolments/{record.public_id}/"' in page.content.decode()
    Enrolment.objects.filter(pk=theirs.pk).update(status=S.CANCELLED)
    assert refused(kept, other, hr) == ""


def test_what_else_is_refused(kept, other, hr):
    assert refused(kept, kept, hr) == "same_record"
    assert refused(kept, other, UserFactory(is_administrator=True)) == "move_not_allowed"
    own = UserFactory(is_hr=True)
    Employee.objects.filter(pk=other.pk).update(user=own)
    assert refused(kept, other, own) == "own_record"
    middle = EmployeeFactory(manager=other)
    Employee.objects.filter(pk=kept.pk).update(manager=middle)
    assert refused(kept, other, hr) == "manager_loop"
    Employee.objects.filter(pk=kept.pk).update(manager=None, employed_until=TODAY - DAY, left_on=TODAY)
    assert refused(kept, other, hr) == "kept_has_left"
    Employee.objects.filter(pk=kept.pk).update(employed_until=None, left_on=None)
    for person in (kept, other):
        EnrolmentFactory(employee=person, programme=programme("ai-governance"), status=S.QUEUED)
    assert refused(kept, other, hr) == "already_on_programme"
    assert not FormerRecord.objects.exists()


def test_who_reports_to_the_other_record_reports_to_whom_that_did(kept, other, hr):
    boss = EmployeeFactory()
    Employee.objects.filter(pk=other.pk).update(manager=boss)
    Employee.objects.filter(pk=kept.pk).update(manager=other)
    assert refused(kept, other, hr) == ""
    assert Employee.objects.get(pk=kept.pk).manager == boss


def test_the_old_address_and_number_lead_to_the_record_that_is_kept(kept, other, hr, client: Client):
    third = EmployeeFactory(staff_number="T1")
    completed(other)
    assert refused(kept, other, hr) == ""
    assert refused(third, kept, hr) == ""  # and once more
    assert list(FormerRecord.objects.values_list("kept", flat=True)) == [third.pk, third.pk]
    client.force_login(hr)
    answer = client.get(f"/people/{other.public_id}/", follow=True)
    assert answer.redirect_chain == [(f"/people/{third.public_id}/", 302)]
    page = text(answer)
    assert "Took in the record K1, Kim Kept" in page
    assert "Merged into the record K1, Kim Kept" in page
    answer = client.get("/people/", {"q": "o1"})
    assert "The record o1 was merged into this one" in text(answer)
    assert f"/people/{third.public_id}/" in answer.text
    client.force_login(UserFactory())
    assert client.get(f"/people/{other.public_id}/").status_code == 404
    line = "O1,ai-governance,2025-06-02,2025-06-29,completed,2025-06-29"
    content = f"staff_number,programme,start_date,planned_end_date,status,ended_on\n{line}\n".encode()
    (row,) = load_enrolments(content, file_name="one.csv", by=None, on=TODAY)
    assert row.outcome == "unchanged"


def test_files_and_pages_do_not_make_the_other_record_again(kept, other, hr):
    assert refused(kept, other, hr) == ""
    content = people_file({"staff_number": "O1"}, {"staff_number": "R1", "manager_staff_number": "O1"})
    rows = load_people(content, file_name="people.csv", by=None, on=TODAY)
    assert [(row.staff_number, row.outcome, row.code) for row in rows] == [
        ("O1", "refused", "merged"), ("R1", "created", ""),
    ]  # fmt: skip
    assert Employee.objects.get(staff_number="R1").manager == kept
    assert load_people(content, file_name="people.csv", by=None, on=TODAY)[1].outcome == "unchanged"
    facts = stored(["R1"])["R1"].facts
    refusal = save_records([Edit("O1", facts)], by=hr, on=TODAY)[0].refusal
    assert refusal is not None
    assert refusal.code == "merged"


def test_the_page_shows_both_and_merges_what_was_seen(kept, other, hr, client: Client):
    client.force_login(hr)
    address = f"/people/{kept.public_id}/merge/"
    assert "Nobody here has the staff number 99" in text(client.post(address, {"other": "99"}))
    answer = client.post(address, {"other": "O1", "reason": "Twice", "confirm": "yes"})
    said = text(answer)
    assert "This cannot be undone." in said
    assert "kim@sample.example" in said
    assert "are these one person?" not in said
    answers = answer.context["answers"]
    completed(other)  # meanwhile
    answer = client.post(address, {**answers, "confirm": "yes"})
    assert "1 enrolment" in text(answer)
    page = text(client.post(address, {**answer.context["answers"], "confirm": "yes"}, follow=True))
    assert "O1 is merged into K1." in page


def test_what_speaks_against_one_person_is_said_and_refuses_nothing(kept, other, hr, client: Client):
    Employee.objects.filter(pk=other.pk).update(date_of_birth=date(1999, 1, 1))
    client.force_login(hr)
    said = text(client.post(f"/people/{kept.public_id}/merge/", {"other": "O1"}))
    assert "The dates of birth differ: are these one person?" in said
    assert "Merge them" in said


def test_the_applications_role_can_merge_and_cannot_alter_history():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT confdeltype FROM pg_constraint WHERE contype = 'f' AND confrelid = 'people_employee'::regclass"
        )
        assert {row[0] for row in cursor.fetchall()} == {"a"}, "the database refuses to delete whom anything refers to"
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid = 'people_personchange'::regclass "
                       "AND contype = 'f' AND confrelid = 'people_employee'::regclass")  # fmt: skip
        assert cursor.fetchone() == (0,)
