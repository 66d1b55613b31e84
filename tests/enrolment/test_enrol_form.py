"""The form that enrols: what it begins with, what is optional, addresses that name nothing, the ways out of a clash."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.models import Enrolment
from people.clock import today
from programmes.rules import DAY
from tests.enrolment.test_hr_enrol import decide_url, enrol_url, recommended, running, text, unit
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, PlacementFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
UNIT, OTHER = "ai-governance", "ai-transformation"
RAW = ("Select a valid choice", "valid UUID", "not one of the available choices")


@pytest.fixture
def browser():
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def preselected(page) -> list[str]:
    """The programmes that are chosen when the form opens."""
    boxes = re.findall(r'<input[^>]*name="programme"[^>]*>', page.content.decode())
    return [code for box in boxes if "checked" in box for code in re.findall(r'value="([^"]*)"', box)]


def test_the_placement_is_chosen_until_it_is_taken(browser):
    placed = PlacementFactory(employee=EmployeeFactory(), programme=programme(UNIT))
    assert preselected(browser.get(enrol_url(placed.employee))) == [UNIT]


@pytest.mark.parametrize("status", [S.PLANNED, S.ACTIVE, S.COMPLETED])
def test_what_somebody_is_on_or_has_done_is_not_chosen_for_them(browser, status):
    start = today() + (30 if status == S.PLANNED else -10) * DAY
    ended = {"ended_on": today() - DAY} if status == S.COMPLETED else {}
    one = EnrolmentFactory(
        programme=programme(UNIT), status=status, start_date=start, planned_end_date=start + 27 * DAY, **ended
    )
    PlacementFactory(employee=one.employee, programme=programme(UNIT))
    assert preselected(browser.get(enrol_url(one.employee))) == []
    assert preselected(browser.get(f"{enrol_url(one.employee)}?programme={OTHER}")) == [OTHER]


def test_only_what_may_be_left_out_is_called_optional(browser):
    page = browser.get(enrol_url(EmployeeFactory())).content.decode()
    labels = re.findall(r"<(?:label|legend)[^>]*>(.*?)</(?:label|legend)>", page, re.S)
    said = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in labels]
    for whole in ("When", "Cohort", "Start"):
        assert whole in said
    assert "Planned end (optional)" in said
    decide = text(browser.get(decide_url(recommended())))
    assert "Cohort (optional)" in decide  # there the days may follow later


def test_an_address_that_names_nothing_is_answered_in_a_sentence(browser):
    person = EmployeeFactory()
    for asked, sentence in (
        ("cohort=1", "The address names a cohort that cannot be joined here"),
        ("programme=gone", "The address names a programme that cannot be chosen here"),
    ):
        said = text(browser.get(f"{enrol_url(person)}?{asked}"))
        assert sentence in said
        assert not any(raw in said for raw in RAW)
    cohort = CohortFactory(programme=programme(UNIT), start_date=today() + 9 * DAY, planned_end_date=today() + 30 * DAY)
    assert "The address names" not in text(browser.get(f"{enrol_url(person)}?cohort={cohort.public_id}"))
    sent = text(browser.post(enrol_url(person), {"programme": UNIT, "cohort": "1"}))
    assert "That cohort cannot be joined here" in sent
    assert not any(raw in sent for raw in RAW)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/enrolments/?cohort=1", "There is no such cohort."),
        ("/enrolments/?cohort=00000000-0000-4000-8000-000000000000", "There is no such cohort."),
        ("/enrolments/?status=gone", "There is no such status."),
        ("/enrolments/?programme=gone", "There is no such programme."),
        ("/enrolments/?starts_from=soon", "Enter a day like 4 May 2026."),
        ("/enrolments/hand-off/?cohort=1", "There is no such cohort."),
        ("/people/?department=1", "There is no such department."),
    ],
)
def test_a_list_says_in_a_sentence_what_it_cannot_be_narrowed_to(browser, address, sentence):
    EmployeeFactory()
    page = browser.get(address)
    assert page.status_code == 200
    assert sentence in text(page)
    assert not any(raw in text(page) for raw in RAW)


def test_a_clash_never_says_that_nothing_would_do_above_something_that_would(browser):
    """Somebody leaves soon after what they are on: later is too late, and an earlier cohort is not."""
    person = EmployeeFactory(employed_until=today() + 60 * DAY)
    busy = {"start_date": today() + 45 * DAY, "planned_end_date": today() + 70 * DAY}
    EnrolmentFactory(employee=person, programme=programme(OTHER), **busy)
    assert "No later start would do either." in text(browser.post(enrol_url(person), unit(today() + 50 * DAY)))
    clear = CohortFactory(programme=programme(UNIT), start_date=today() + 5 * DAY, planned_end_date=today() + 32 * DAY)
    said = text(browser.post(enrol_url(person), unit(today() + 50 * DAY)))
    assert "No later start would do, but an earlier cohort would." in said
    assert f"The cohort {clear.name} is clear" in said


def test_behind_what_has_no_end_no_cohort_is_offered(browser):
    on = running(OTHER, status=S.OVERDUE)
    cohort = CohortFactory(
        programme=programme(UNIT), start_date=today() + 60 * DAY, planned_end_date=today() + 87 * DAY
    )
    said = text(browser.post(enrol_url(on.employee), unit(today() + 20 * DAY)))
    assert "No start can be given while another programme has no end." in said
    assert "ran past its planned end" in said
    assert cohort.name not in said


def test_a_break_without_a_return_is_named_as_what_to_close(browser):
    on = running("ai-practitioner", days=500)
    Enrolment.objects.filter(pk=on.pk).update(status=S.PAUSED, return_on=None)
    said = text(browser.post(enrol_url(on.employee), unit(today() + 20 * DAY)))
    assert "is on a break without a return date" in said
    assert (
        reverse("enrolment:enrolment", args=[on.public_id])
        in browser.post(enrol_url(on.employee), unit(today() + 20 * DAY)).content.decode()
    )
