"""Years that nobody can mean, in HR's enrolment: a sentence on the page, never a page that breaks."""

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.models import Enrolment
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"start_date": "31/12/9999"}, "Check the year: it is from 1900 to 2199."),
        ({"start_date": "1/1/0001"}, "Check the year: it is from 1900 to 2199."),
        ({"start_date": "7/9/2026", "planned_end_date": "31/12/9999"}, "Check the year: it is from 1900 to 2199."),
        # The usual end of a start that can be meant lies beyond.
        ({"start_date": "1/12/2199"}, "The planned end is later than 31 December 2199"),
    ],
)
def test_a_far_day_is_refused_on_the_page(client: Client, days, sentence):
    client.force_login(UserFactory(is_hr=True))
    url = reverse("enrolment:enrol", args=[EmployeeFactory().public_id])
    answer = client.post(url, {"programme": "ai-practitioner", **days})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Enrolment.objects.exists()
