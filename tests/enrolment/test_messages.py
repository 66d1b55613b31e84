"""What HR reads of what people were told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from people.clock import now, today
from people.models import Notice
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db


def notice(headline: str, *, days: int = 0, **more) -> Notice:
    """One message to somebody, due so many days from today."""
    return Notice.objects.create(
        **{
            "employee": EmployeeFactory(),
            "kind": "enrolled",
            "subject": uuid4(),
            "due_on": today() + timedelta(days=days),
            "headline": headline,
            "body": "From and to.",
            **more,
        }
    )


@pytest.fixture
def hr(client):
    """HR, signed in."""
    client.force_login(UserFactory(is_hr=True))
    return client


def test_messages_are_listed_newest_first_and_narrowed(hr):
    old = notice("Old", days=-9, status="sent", sent_at=now(), kind="progression")
    new = notice("New")
    url = reverse("enrolment:messages")
    assert hr.get(url).context["rows"] == [new, old]
    assert hr.get(f"{url}?status=sent").context["rows"] == [old]
    assert hr.get(f"{url}?kind=enrolled").context["rows"] == [new]
    assert hr.get(f"{url}?kind=nonsense&status=nonsense").context["rows"] == [new, old]
    assert "No message matches" in hr.get(f"{url}?kind=progression&status=due").content.decode()


def test_a_long_list_has_pages(hr):
    made = [notice(f"Number {number}", days=-number) for number in range(60)]
    first = hr.get(reverse("enrolment:messages"))
    second = hr.get(reverse("enrolment:messages") + first.context["next_url"])
    assert first.context["rows"] + second.context["rows"] == made


def test_a_message_shows_its_text(hr):
    page = hr.get(reverse("enrolment:message", args=[notice("You are enrolled & glad").public_id])).content.decode()
    assert "You are enrolled &amp; glad" in page
    assert "From and to." in page


def test_messages_are_for_hr(client):
    client.force_login(EmployeeFactory(user=UserFactory()).user)
    assert client.get(reverse("enrolment:messages")).status_code == 403
    assert client.get(reverse("enrolment:message", args=[notice("You").public_id])).status_code == 403
