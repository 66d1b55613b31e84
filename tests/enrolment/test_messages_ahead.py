"""The next 30 days before they come: what goes, why, when; held, let go, hurried, cancelled, tried again; and after."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from enrolment.queries import messages as queries
from enrolment.rules.kinds import KINDS, OPTIONAL
from people.clock import now, today
from people.ledger import HeldKind, NoticeChoice, NoticeEvent
from people.models import Notice
from people.roles import HrDepartment
from tests.factories import DepartmentFactory, EmployeeFactory, EnrolmentFactory, NoticeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(1)
Q = Notice.Status
AHEAD = "enrolment:messages_ahead"


def due(days: int, **more) -> Notice:
    """A message so many days from today."""
    return NoticeFactory(**{"due_on": today() + days * DAY, **more})


def shown(page) -> list[Notice]:
    """The messages of a page, in its order."""
    return [line["notice"] for _, _, lines in page.context["days"] for line in lines]


@pytest.fixture
def hr(client):
    """HR, signed in."""
    client.force_login(UserFactory(is_hr=True, email="hr@sample.example"))
    return client


def settle(hr, step: str, reason: str = "Because.", **data):
    """The whole way: asked, then done."""
    sent = {"step": step, **data}
    asked = hr.post(reverse("enrolment:settle_messages"), sent)
    count = str(asked.context["count"])
    return hr.post(reverse("enrolment:settle_messages"), {**sent, "do": "yes", "reason": reason, "count": count})


def test_day_by_day_with_counts_and_what_should_have_gone_is_todays(hr):
    late, tomorrow, held, far = due(-2), due(1), due(30, status=Q.HELD), due(31)
    gone = due(0, status=Q.SENT, sent_at=now())
    page = hr.get(reverse(AHEAD))
    assert shown(page) == [late, tomorrow, held]
    assert not {far, gone} & set(shown(page))
    assert [(day, count) for day, count, _ in page.context["days"]] == [
        (today(), 1),
        (today() + DAY, 1),
        (today() + 30 * DAY, 1),
    ]


def test_each_says_why_it_goes(hr):
    record = EnrolmentFactory(programme=programme("ai-governance"), status="queued")
    due(3, employee=record.employee, subject=record.public_id, kind="started", about_on=today() + 3 * DAY)
    text = hr.get(reverse(AHEAD)).content.decode()
    assert record.programme.name in text
    assert reverse("enrolment:enrolment", args=[record.public_id]) in text


def test_narrowed_by_kind_person_and_department(hr):
    department = DepartmentFactory()
    one = due(1, kind="started", employee=EmployeeFactory(family_name="Zebrowski", department=department))
    due(1, kind="enrolled")
    for query in ("kind=started", "q=zebrow", f"department={department.public_id}"):
        assert shown(hr.get(f"{reverse(AHEAD)}?{query}")) == [one]
    person = hr.get(f"{reverse(AHEAD)}?person={one.employee.public_id}")
    assert shown(person) == [one]
    assert len(shown(hr.get(f"{reverse(AHEAD)}?kind=none&department=none&person=none"))) == 2


def test_a_long_list_has_pages_and_its_counts_are_of_all(hr):
    made = [due(number // 10) for number in range(70)]
    first = hr.get(reverse(AHEAD))
    second = hr.get(reverse(AHEAD) + first.context["next_url"])
    assert shown(first) + shown(second) == made
    assert first.context["total"] == 70


def test_the_list_walks_the_index(hr):
    person = EmployeeFactory()
    NoticeFactory.create_batch(600, employee=person, status=Q.SENT, sent_at=now())
    due(1, employee=person)
    rows = queries.ahead(UserFactory(is_hr=True), today()).order_by("due_on", "id")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_notice")
    assert "notice_ahead" in rows[:51].explain()


def test_held_with_a_reason_and_released(hr):
    row = due(1)
    page = hr.post(reverse("enrolment:settle_messages"), {"step": "hold", "chosen": row.public_id})
    assert page.context["count"] == 1
    sent = {"step": "hold", "chosen": row.public_id, "do": "yes", "count": "1"}
    refused = hr.post(reverse("enrolment:settle_messages"), sent)
    assert "Say why, for the history." in refused.content.decode()
    assert settle(hr, "hold", chosen=row.public_id).status_code == 302
    row.refresh_from_db()
    assert row.status == Q.HELD
    message = hr.get(reverse("enrolment:message", args=[row.public_id])).content.decode()
    assert "hr@sample.example: Because." in message
    settle(hr, "release", chosen=row.public_id)
    row.refresh_from_db()
    assert row.status == Q.DUE


def test_only_what_can_make_the_step_is_counted(hr):
    due(1)
    held = due(1, status=Q.HELD)
    page = hr.post(reverse("enrolment:settle_messages"), {"step": "release", "all": "yes"})
    assert page.context["count"] == 1
    settle(hr, "release", all="yes")
    held.refresh_from_db()
    assert held.status == Q.DUE
    nothing = hr.post(reverse("enrolment:settle_messages"), {"step": "release", "all": "yes"}, follow=True)
    assert "None of these messages can be let go" in nothing.content.decode()


def test_more_than_fifty_ask_once_more(hr):
    for _ in range(51):
        due(1, kind="started")
    sent = {"step": "call_off", "all": "yes", "kind": "started", "do": "yes", "reason": "Why.", "count": "51"}
    refused = hr.post(reverse("enrolment:settle_messages"), sent)
    assert "Yes, all 51 messages" in refused.content.decode()
    assert Notice.objects.filter(status=Q.DUE).count() == 51
    hr.post(reverse("enrolment:settle_messages"), {**sent, "sure": "on"})
    assert Notice.objects.filter(status=Q.WITHDRAWN, why="Why.").count() == 51
    assert NoticeEvent.objects.filter(step="call_off").count() == 51


def test_more_than_were_shown_are_asked_about_again(hr):
    due(1)
    sent = {"step": "hurry", "all": "yes", "do": "yes", "count": "1"}
    due(1)
    page = hr.post(reverse("enrolment:settle_messages"), sent)
    assert page.context["count"] == 2
    assert not NoticeEvent.objects.exists()


def test_a_kind_is_held_with_what_is_written_later_and_the_page_says_so(hr):
    due(1, kind="started")
    settle(hr, "hold_kind", "Wrong words.", kind="started")
    later = due(2, kind="started")
    page = hr.get(reverse(AHEAD))
    assert "Its kind is held" in page.content.decode()
    assert [line["is_held"] for _, _, lines in page.context["days"] for line in lines] == [True, True]
    message = hr.get(reverse("enrolment:message", args=[later.public_id])).content.decode()
    assert "Held back with all of its kind, by hr@sample.example: Wrong words." in message
    settle(hr, "release_kind", kind="started")
    assert not HeldKind.objects.filter(released_at=None).exists()
    assert "Its kind is held" not in hr.get(reverse(AHEAD)).content.decode()


def test_what_a_person_switched_off_is_shown_as_not_going(hr):
    row = due(1, kind="starts_soon")
    NoticeChoice.objects.create(employee=row.employee, kind="starts_soon", choice="off", by=UserFactory(), on=today())
    assert "They chose not to get it" in hr.get(reverse(AHEAD)).content.decode()


def test_all_that_failed_for_one_reason_are_tried_again(hr):
    same = [due(-1, status=Q.FAILED, why="550 full") for _ in range(2)]
    other = due(-1, status=Q.FAILED, why="550 unknown")
    page = hr.get(reverse("enrolment:message", args=[same[0].public_id])).content.decode()
    assert "Try all 2 again that failed for this reason" in page
    settle(hr, "retry", all="yes", status="failed", why="550 full")
    assert set(Notice.objects.filter(status=Q.DUE)) == set(same)
    other.refresh_from_db()
    assert other.status == Q.FAILED


def test_auditors_read_and_settle_nothing(client):
    client.force_login(UserFactory(is_auditor=True))
    row = due(1)
    assert client.get(reverse(AHEAD)).status_code == 200
    assert (
        client.post(reverse("enrolment:settle_messages"), {"step": "hold", "chosen": row.public_id}).status_code == 403
    )


@pytest.fixture
def narrowed(client):
    """HR for one department, signed in."""
    client.user = UserFactory(is_hr=True, is_narrowed=True)
    client.department = DepartmentFactory()
    HrDepartment.objects.create(user=client.user, department=client.department)
    client.force_login(client.user)
    return client


def test_hr_of_a_department_settles_its_own_whatever_is_sent(narrowed):
    mine, theirs = due(1, employee__department=narrowed.department), due(1)
    assert shown(narrowed.get(reverse(AHEAD))) == [mine]
    for chosen in ({"chosen": [mine.public_id, theirs.public_id]}, {"all": "1"}):
        asked = narrowed.post(reverse("enrolment:settle_messages"), {"step": "hold", **chosen})
        assert asked.context["count"] == 1
    said = {"step": "hold", "chosen": [theirs.public_id], "do": "yes", "reason": "Because.", "count": "1"}
    page = narrowed.post(reverse("enrolment:settle_messages"), said, follow=True)
    assert "tick at least one" in page.content.decode()
    settle(narrowed, "hold", chosen=[mine.public_id])
    assert list(Notice.objects.order_by("pk").values_list("status", flat=True)) == [Q.HELD, Q.DUE]


def test_letters_that_speak_of_others_are_read_by_hr_of_these(narrowed):
    """A colleague's summary names the whole organisation; a manager's letter is about one person of one department."""
    colleague, manager = (EmployeeFactory(department=narrowed.department) for _ in range(2))
    unit = programme("ai-governance")
    days = {"programme": unit, "start_date": today() + 9 * DAY, "planned_end_date": today() + 36 * DAY}
    ours = EnrolmentFactory(**days, employee__department=narrowed.department)
    theirs = EnrolmentFactory(**days)
    hidden = [
        due(1, employee=colleague, kind="digest_hr"),
        due(1, employee=manager, kind="digest_team"),
        due(1, employee=manager, kind="team_enrolled", subject=theirs.public_id),
    ]
    copy = due(1, employee=manager, kind="team_enrolled", subject=ours.public_id)
    assert shown(narrowed.get(reverse(AHEAD))) == [copy]
    for row in hidden:
        assert narrowed.get(reverse("enrolment:message", args=[row.public_id])).status_code == 404
    narrowed.force_login(UserFactory(is_hr=True))
    assert shown(narrowed.get(reverse(AHEAD))) == [*hidden, copy]


def test_all_of_a_department_or_person_that_is_not_there_is_nothing(narrowed):
    elsewhere = DepartmentFactory()
    mine, theirs = (due(1, employee__department=each) for each in (narrowed.department, elsewhere))
    for name, value in (
        ("department", elsewhere.public_id),
        ("department", uuid4()),
        ("person", theirs.employee.public_id),
        ("person", uuid4()),
    ):
        said = {"step": "hold", "all": "1", name: value}
        page = narrowed.post(reverse("enrolment:settle_messages"), said, follow=True)
        assert "None of these messages can be" in page.content.decode()
    mine.refresh_from_db()
    assert mine.status == Q.DUE


def test_a_kind_is_held_back_by_hr_of_everybody_only(narrowed):
    due(1, employee__department=narrowed.department, kind="started")
    assert "Hold back all" not in narrowed.get(f"{reverse(AHEAD)}?kind=started").content.decode()
    said = {"step": "hold_kind", "kind": "started", "reason": "Because.", "do": "1"}
    assert narrowed.post(reverse("enrolment:settle_messages"), said).status_code == 403
    assert not HeldKind.objects.exists()


def test_what_was_sent_by_person_and_as_a_file(hr):
    row = due(-1, status=Q.SENT, sent_at=now(), sent_to="a@sample.example", body="=the words")
    due(-1, status=Q.SENT, sent_at=now())
    due(0)
    page = hr.get(f"{reverse('enrolment:messages_sent')}?person={row.employee.public_id}")
    assert [notice for notice, _ in page.context["rows"]] == [row]
    assert f"Sent to {row.employee.name}" in page.content.decode()
    file = hr.get(reverse("enrolment:messages_sent") + page.context["csv_url"])
    text = b"".join(file.streaming_content).decode()
    assert text.count("\r\n") == 2
    assert "'=the words" in text
    assert row.employee.staff_number in text


def test_every_kind_has_a_name_a_group_and_its_reason():
    assert set(OPTIONAL) <= set(KINDS)
    assert all(kind.label and kind.group and kind.to for kind in KINDS.values())
    assert {"enrolled", "training_plan", "second_look_closed"} & set(OPTIONAL) == set()
