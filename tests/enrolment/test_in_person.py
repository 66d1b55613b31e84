"""What no mail could carry reaches its person all the same; who chooses what they get; the summaries."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrolment.actions.digests import write_digests
from enrolment.models import EnrolmentEvent
from people.clock import today
from people.ledger import NoticeChoice, NoticeEvent
from people.models import Notice
from people.roles import HrDepartment
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    NoticeFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
Q = Notice.Status
DAY = timedelta(1)
IN_PERSON, MINE, CHOICES = "enrolment:in_person", "enrolment:my_messages", "enrolment:message_choices"


@pytest.fixture
def manager():
    """Somebody with a report."""
    return EmployeeFactory(user=UserFactory(email="manager@sample.example"))


@pytest.fixture
def report(manager):
    """Who reports to them, and can sign in without an e-mail in the record."""
    return EmployeeFactory(manager=manager, user=UserFactory(), email="")


def unheard(employee, **more) -> Notice:
    """A message that no mail could carry."""
    return NoticeFactory(**{"employee": employee, "status": Q.NO_ADDRESS, "due_on": today(), **more})


def test_the_manager_is_shown_whom_to_tell_and_says_so(client, manager, report):
    row, other = unheard(report), unheard(EmployeeFactory())
    client.force_login(manager.user)
    assert "Tell in person (1 waiting)" in client.get(reverse("enrolment:my_team")).content.decode()
    page = client.get(reverse(IN_PERSON))
    assert [notice for notice, *_ in page.context["rows"]] == [row]
    client.post(reverse(IN_PERSON), {"chosen": [row.public_id, other.public_id]})
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, row.settled_by, other.status) == (Q.TOLD, manager.user, Q.NO_ADDRESS)
    assert row.sent_at
    assert client.get(reverse(IN_PERSON)).context["rows"] == []


@pytest.mark.parametrize("kind", ["complaint_answered", "second_look_closed", "record_answered", "digest_hr", "wish"])
def test_what_is_a_persons_alone_is_not_their_managers_to_tell(client, manager, report, kind):
    row, told = unheard(report, kind=kind, body="Nobody else’s."), unheard(report)
    client.force_login(manager.user)
    assert [notice for notice, *_ in client.get(reverse(IN_PERSON)).context["rows"]] == [told]
    assert client.get(reverse("enrolment:needs")).context["to_tell"].rows == [told]
    client.post(reverse(IN_PERSON), {"chosen": [row.public_id]})
    row.refresh_from_db()
    assert row.status == Q.NO_ADDRESS
    client.force_login(UserFactory(is_hr=True))
    assert {notice for notice, *_ in client.get(reverse(IN_PERSON)).context["rows"]} == {row, told}


def test_a_manager_tells_a_nominee_what_becomes_of_their_nomination(client, manager, report):
    nomination = NominationFactory(employee=report, programme=programme("ai-governance"))
    row = unheard(report, kind="nomination_reopened", subject=nomination.public_id)
    unheard(report, kind="nomination_reopened")  # of somebody else's, which they made
    client.force_login(manager.user)
    assert [notice for notice, *_ in client.get(reverse(IN_PERSON)).context["rows"]] == [row]


def test_auditors_read_whom_to_tell_and_tell_nobody(client, report):
    row = unheard(report)
    client.force_login(UserFactory(is_auditor=True))
    page = client.get(reverse(IN_PERSON))
    assert [notice for notice, *_ in page.context["rows"]] == [row]
    assert "checkbox" not in page.content.decode()
    assert client.post(reverse(IN_PERSON), {"chosen": [row.public_id]}).status_code == 403


def test_hr_of_a_department_tells_its_own_and_their_line(client):
    user = UserFactory(is_hr=True, is_narrowed=True)
    HrDepartment.objects.create(user=user, department=(department := DepartmentFactory()))
    boss = EmployeeFactory(user=user)
    mine, reports, theirs = (
        unheard(person)
        for person in (EmployeeFactory(department=department), EmployeeFactory(manager=boss), EmployeeFactory())
    )
    client.force_login(user)
    opened = {notice: is_open for notice, _, is_open in client.get(reverse(IN_PERSON)).context["rows"]}
    assert opened == {mine: True, reports: False}
    client.post(reverse(IN_PERSON), {"chosen": [row.public_id for row in (mine, reports, theirs)]})
    assert set(Notice.objects.filter(status=Q.TOLD)) == {mine, reports}


def test_hr_of_a_department_is_summed_up_its_own(client):
    user = UserFactory(is_hr=True, is_narrowed=True)
    HrDepartment.objects.create(user=user, department=(department := DepartmentFactory()))
    EmployeeFactory(user=user)
    gone = TODAY - DAY
    mine = EmployeeFactory(department=department, employed_until=gone)
    theirs = EmployeeFactory(employed_until=gone)
    everywhere = EmployeeFactory(user=UserFactory(is_hr=True))
    assert write_digests(on=TODAY) == 2
    said = dict(Notice.objects.filter(kind="digest_hr").values_list("employee__user", "body"))
    assert [person.name in said[user.pk] for person in (mine, theirs)] == [True, False]
    assert all(person.name in said[everywhere.user_id] for person in (mine, theirs))


def test_hr_sees_everybodys_but_no_leavers(client, report):
    row, failed = unheard(report), unheard(EmployeeFactory(), status=Q.FAILED, why="550 no")
    unheard(EmployeeFactory(employed_until=today() - DAY))
    client.force_login(UserFactory(is_hr=True))
    assert {notice for notice, *_ in client.get(reverse(IN_PERSON)).context["rows"]} == {row, failed}
    today_page = client.get(reverse("enrolment:today")).content.decode()
    assert "to be told in person" in today_page


def test_nothing_ticked_is_said(client, manager, report):
    row = unheard(report)
    client.force_login(manager.user)
    page = client.post(reverse(IN_PERSON), follow=True)
    assert "Tick at least one message" in page.content.decode()
    row.refresh_from_db()
    assert row.status == Q.NO_ADDRESS


def test_its_person_reads_it_after_signing_in_once(client, report):
    row = unheard(report, headline="It starts on Monday")
    client.force_login(report.user)
    banner = "There is a message for you that could not be mailed."
    assert banner in client.get(reverse("enrolment:my_programme")).content.decode()
    assert "It starts on Monday" in client.get(reverse(MINE)).content.decode()
    client.post(reverse(MINE), {"chosen": row.public_id})
    row.refresh_from_db()
    assert (row.status, row.settled_by) == (Q.TOLD, report.user)
    assert NoticeEvent.objects.get().step == "read"
    assert banner not in client.get(reverse("enrolment:my_programme")).content.decode()


def test_nobody_reads_what_is_somebody_elses(client, manager, report):
    row = unheard(report)
    client.force_login(manager.user)
    client.post(reverse(MINE), {"chosen": row.public_id})
    row.refresh_from_db()
    assert row.status == Q.NO_ADDRESS


def test_what_is_optional_can_be_switched_off_and_the_rest_says_why_not(client, report):
    client.force_login(report.user)
    page = client.get(reverse(CHOICES))
    assert "starts_soon" in page.context["form"].fields
    assert not {"enrolled", "training_plan", "digest_team", "digest_hr"} & set(page.context["form"].fields)
    assert "signed training plan within 42 days" in page.content.decode()
    answers = dict.fromkeys(page.context["form"].fields, "off")
    client.post(reverse(CHOICES), {**answers, "enrolled": "off"})
    chosen = dict(NoticeChoice.objects.values_list("kind", "choice"))
    assert chosen == answers
    client.post(reverse(CHOICES), {**answers, "starts_soon": "on"})
    assert NoticeChoice.objects.get(kind="starts_soon").choice == "on"


def test_managers_and_hr_choose_about_their_summaries(client, manager, report):
    client.force_login(manager.user)
    form = client.get(reverse(CHOICES)).context["form"]
    assert form["digest_team"].initial == "weekly"
    assert "digest_hr" not in form.fields


def test_a_manager_hears_once_a_week_what_happened_to_their_people(manager, report):
    record = EnrolmentFactory(
        employee=report, programme=programme("ai-governance"), status="active", start_date=TODAY - DAY,
        planned_end_date=TODAY + 30 * DAY,
    )  # fmt: skip
    EnrolmentEvent.objects.create(
        subject=record, move="start", from_status="planned", to_status="active", on=TODAY - DAY, start_date=TODAY - DAY
    )
    EnrolmentEvent.objects.create(
        subject=record, move="start", from_status="planned", to_status="active", on=TODAY - 30 * DAY
    )
    NominationFactory(employee=report, programme=programme("ai-transformation"), status="submitted")
    NoticeFactory(employee=report, kind="review", due_on=TODAY - DAY, about_on=TODAY + 13 * DAY)
    assert write_digests(on=TODAY - DAY) == 0  # a Sunday
    assert write_digests(on=TODAY) == 1
    assert write_digests(on=TODAY) == 0
    digest = Notice.objects.get(kind="digest_team")
    assert digest.employee == manager
    assert digest.body.count(record.programme.name) == 1
    for words in ("Started\n- ", "Nominations waiting\n- ", f"Progress review due\n- {report.name}: by 28 June 2026"):
        assert words in digest.body
    assert write_digests(on=TODAY + 7 * DAY) == 1  # the nomination still waits
    assert "Started" not in Notice.objects.filter(kind="digest_team").latest("about_on").body


def test_who_has_nothing_to_hear_gets_no_summary(manager, report):
    assert write_digests(on=TODAY) == 0


def test_every_day_or_never_as_chosen(manager, report):
    NominationFactory(employee=report, programme=programme("ai-transformation"), status="submitted")
    how = {"employee": manager, "kind": "digest_team", "by": manager.user, "on": TODAY}
    choice = NoticeChoice.objects.create(choice="daily", **how)
    assert write_digests(on=TODAY + DAY) == 1
    choice.choice = "off"
    choice.save()
    assert write_digests(on=TODAY + 7 * DAY) == 0


def test_hr_hears_every_day_what_waits(report):
    hr = EmployeeFactory(user=UserFactory(is_hr=True))
    EmployeeFactory(employed_until=TODAY - DAY, family_name="Gone")
    EnrolmentFactory(
        programme=programme("ai-governance"), status="overdue", start_date=TODAY - 60 * DAY,
        planned_end_date=TODAY - 30 * DAY,
    )  # fmt: skip
    unheard(report, due_on=TODAY)
    assert write_digests(on=TODAY + DAY) == 1
    body = Notice.objects.get(kind="digest_hr", employee=hr).body
    for words in ("To close (1)\n- ", "1 message to tell in person", "Gone, last day 14 June 2026"):
        assert words in body


def test_a_long_summary_says_how_many_more(manager):
    for _ in range(23):
        person = EmployeeFactory(manager=manager)
        NominationFactory(employee=person, programme=programme("ai-transformation"), status="submitted")
    write_digests(on=TODAY)
    body = Notice.objects.get(kind="digest_team").body
    assert body.count(programme("ai-transformation").name) == 20
    assert "- and 3 more" in body
