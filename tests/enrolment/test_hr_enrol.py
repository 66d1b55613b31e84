"""HR enrols in the browser: form, check, confirm, reference; the clash's own page; repeats and refusals."""

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Questionnaire, Recommendation, Response
from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.enrolments import MOST_COHORTS, coming_cohorts, free_seats
from people import clock
from people.models import Employee, Notice
from programmes.models import Cohort
from tests.factories import (
    CohortFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)
S = Enrolment.Status


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


def text(response) -> str:
    """What the page says, without its tags."""
    body = re.sub(r"(?s)<svg.*?</svg>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def hidden(response, button: str) -> dict[str, str]:
    """What pressing a button sends: the hidden fields of its form, its own name and value."""
    forms = re.findall(r"(?s)<form.*?</form>", response.content.decode())
    form = next(form for form in forms if re.search(rf"(?s)<button[^>]*>\s*{re.escape(button)}", form))
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    sent = {name: unescape(value) for name, value in fields}
    if name := re.search(rf'(?s)<button[^>]*name="([^"]+)" value="([^"]+)"[^>]*>\s*{re.escape(button)}', form):
        sent[name[1]] = name[2]
    return sent


def recommended(code: str | None = "ai-governance", *, person: Employee | None = None) -> Recommendation:
    """A recommendation that waits, for somebody new unless a person is given; theirs before it is replaced."""
    Recommendation.objects.filter(employee=person).update(is_latest=False)
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"),
        employee=person or EmployeeFactory(),
        started_on=TODAY,
        submitted_on=TODAY,
        submitted_at=clock.now(),
        answers={
            "role": "senior_manager",
            "does": "decides_governs",
            "stage": "choosing",
            "need": "govern",
        },
    )
    return Recommendation.objects.create(
        response=response,
        employee=response.employee,
        programme=programme(code) if code else None,
        because="You decide about risk and the case for it.",
        answers_used={"does": "decides_governs"},
        made_on=TODAY,
    )


def enrol_url(person) -> str:
    return reverse("enrolment:enrol", args=[person.public_id])


def decide_url(recommendation) -> str:
    url = reverse("enrolment:decide", args=[recommendation.employee.public_id])
    return f"{url}?recommendation={recommendation.public_id}"


def cohort(start: date, code: str) -> Cohort:
    """A cohort of four weeks."""
    return CohortFactory(programme=programme(code), start_date=start, planned_end_date=start + 27 * DAY)


def unit(start: date, code: str = "ai-governance", **more: str) -> dict[str, str]:
    return {"programme": code, "start_date": start.isoformat(), **more}


class TestEnrolling:
    def test_form_check_confirm_reference(self, browser, hr):
        person, start = EmployeeFactory(), TODAY + 30 * DAY
        placement = PlacementFactory(employee=person, programme=programme("ai-governance"))
        form = browser.get(enrol_url(person))
        assert 'value="ai-governance" id="id_programme_1" checked' in re.sub(
            r" (class|required)[^ >]*", "", text_of(form)
        )
        check = browser.post(enrol_url(person), unit(start))
        assert rules.say(start + 27 * DAY) + " (the usual length)" in text(check)
        assert not Enrolment.objects.exists()
        done = browser.post(enrol_url(person), hidden(check, "Enrol"), follow=True)
        made = Enrolment.objects.get()
        assert (made.status, made.start_date, made.planned_end_date) == (S.PLANNED, start, start + 27 * DAY)
        assert made.placement == placement
        assert made.events.get().by == hr
        assert made.reference in text(done)
        assert "Enrolled" in text(done)

    def test_a_cohort_gives_the_days(self, browser):
        person = EmployeeFactory()
        start = TODAY + 10 * DAY
        cohort = CohortFactory(
            programme=programme("ai-governance"), start_date=start, planned_end_date=start + 20 * DAY, seats=3
        )
        assert f"{cohort.name}: {rules.say(start)} to {rules.say(start + 20 * DAY)}, 3 seats free" in text(
            browser.get(enrol_url(person))
        )
        sent = {"programme": "ai-governance", "cohort": str(cohort.public_id)}
        check = browser.post(enrol_url(person), sent)
        assert cohort.provider.name in text(check)
        browser.post(enrol_url(person), hidden(check, "Enrol"))
        assert Enrolment.objects.get().cohort == cohort

    def test_many_cohorts_of_one_programme_hide_no_other_ones(self):
        for number in range(MOST_COHORTS + 1):
            cohort(TODAY + number * DAY, "ai-practitioner")
        unit_ = cohort(TODAY + 900 * DAY, "ai-governance")
        EnrolmentFactory(programme=unit_.programme, cohort=unit_, start_date=TODAY, planned_end_date=TODAY)
        found = list(coming_cohorts(TODAY))
        assert len(found) == MOST_COHORTS + 1
        assert next(c.start_date for c in found if c.programme != unit_.programme) == TODAY
        assert [(c, free_seats(c)) for c in found if c.programme == unit_.programme] == [(unit_, unit_.seats - 1)]

    def test_a_repeated_submit_has_one_effect_and_the_first_result(self, browser):
        person = EmployeeFactory()
        sent = hidden(browser.post(enrol_url(person), unit(TODAY + 30 * DAY)), "Enrol")
        first, second = (browser.post(enrol_url(person), sent) for _ in range(2))
        assert first["Location"] == second["Location"]
        assert Enrolment.objects.count() == EnrolmentEvent.objects.count() == Notice.objects.count() == 1

    def test_confirming_without_a_key_shows_the_check_page(self, browser):
        person = EmployeeFactory()
        answer = browser.post(enrol_url(person), unit(TODAY + 30 * DAY, confirm="yes"))
        assert "Check before you confirm" in text(answer)
        assert not Enrolment.objects.exists()

    def test_change_keeps_the_answers(self, browser):
        person = EmployeeFactory()
        check = browser.post(enrol_url(person), unit(TODAY + 30 * DAY))
        change = unescape(re.findall(r'href="([^"]+)">Change', check.content.decode())[0])
        assert f'value="{rules.say(TODAY + 30 * DAY)}"' in browser.get(change).content.decode()

    def test_what_is_worth_saying_is_said_before_confirming(self, browser):
        person, unit_ = EmployeeFactory(), programme("ai-governance")
        ended = date(2026, 5, 20)
        EnrolmentFactory(
            employee=person,
            programme=unit_,
            status=S.COMPLETED,
            start_date=date(2026, 5, 1),
            planned_end_date=ended,
            ended_on=ended,
        )
        NominationFactory(employee=person, programme=programme("ai-transformation"))
        said = text(browser.post(enrol_url(person), unit(TODAY + 30 * DAY)))
        assert "is this new learning?" in said
        assert "A nomination for Delivering AI-Enabled Transformation is still waiting" in said

    def test_nobody_enrols_themself(self, browser, hr):
        person = EmployeeFactory(user=hr)
        assert "nobody decides about themself" in text(browser.get(enrol_url(person)))
        browser.post(enrol_url(person), unit(TODAY + 30 * DAY, confirm="yes"))
        assert not Enrolment.objects.exists()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


class TestRefusals:
    @pytest.mark.parametrize(
        ("facts", "sent", "sentence"),
        [
            ({"date_of_birth": TODAY - 365 * 18 * DAY}, {}, "no start is possible before"),
            ({"employed_from": TODAY + 60 * DAY}, {}, "after that start"),
            ({"employed_until": TODAY + 20 * DAY}, {}, "before that start"),
            ({}, {"start_date": "2026-01-05"}, "It can start from"),
            ({}, {"planned_end_date": (TODAY + 300 * DAY).isoformat()}, "ends at most 112 days after"),
            ({}, {"planned_end_date": TODAY.isoformat()}, "The planned end is before the start."),
            ({}, {"start_date": ""}, "Choose a cohort, or give a start below."),
            ({}, {"start_date": "31 June"}, "Enter a day like 4 May 2026."),
            ({}, {"start_date": "", "planned_end_date": TODAY.isoformat()}, "Give the start too."),
            ({}, {"programme": ""}, "Choose a programme."),
        ],
    )
    def test_each_says_why_beside_the_form_and_leaves_nothing(self, browser, facts, sent, sentence):
        person = EmployeeFactory(**facts)
        answer = browser.post(enrol_url(person), {**unit(TODAY + 30 * DAY), **sent})
        assert sentence in text(answer)
        assert "<title>Error: " in text_of(answer)
        assert not Enrolment.objects.exists()
        assert not Notice.objects.exists()

    def test_the_earliest_start_is_a_button_where_there_is_one(self, browser):
        person = EmployeeFactory(employed_from=(joins := TODAY + 60 * DAY))
        answer = browser.post(enrol_url(person), unit(TODAY + 30 * DAY))
        check = browser.post(enrol_url(person), hidden(answer, f"Start on {rules.say(joins)} instead"))
        assert "Check before you confirm" in text(check)
        assert rules.say(joins + 27 * DAY) in text(check)

    def test_a_full_cohort(self, browser):
        cohort = CohortFactory(
            programme=programme("ai-governance"),
            start_date=TODAY + 9 * DAY,
            planned_end_date=TODAY + 29 * DAY,
            seats=1,
        )
        EnrolmentFactory(
            programme=cohort.programme,
            cohort=cohort,
            start_date=cohort.start_date,
            planned_end_date=cohort.planned_end_date,
        )
        sent = {"programme": "ai-governance", "cohort": str(cohort.public_id)}
        answer = browser.post(enrol_url(EmployeeFactory()), sent)
        assert f"{cohort.name} is full: no seat is free." in text(answer)

    def test_already_on_it(self, browser):
        on = running("ai-governance")
        answer = browser.post(enrol_url(on.employee), unit(TODAY + 300 * DAY))
        assert on.start_date
        assert f"is already active, from {rules.say(on.start_date)} to " in text(answer)
        assert on.reference in text(answer)

    def test_a_cohort_of_another_programme_or_beside_dates(self, browser):
        cohort = CohortFactory(
            programme=programme("ai-transformation"), start_date=TODAY + 9 * DAY, planned_end_date=TODAY + 29 * DAY
        )
        sent = {"cohort": str(cohort.public_id)}
        answer = text(browser.post(enrol_url(EmployeeFactory()), {**unit(TODAY + 9 * DAY), **sent}))
        assert f"{cohort.name} is a cohort of Delivering AI-Enabled Transformation." in answer
        assert "Choose a cohort or give dates, not both." in answer


def free_from(on: Enrolment) -> date:
    """The day after a programme's planned end."""
    assert on.planned_end_date
    return on.planned_end_date + DAY


def running(code: str, *, status: str = S.ACTIVE, days: int = 40) -> Enrolment:
    """Somebody on a programme that began ten days ago."""
    start = TODAY - 10 * DAY
    end = TODAY - 2 * DAY if status == S.OVERDUE else start + days * DAY
    return EnrolmentFactory(programme=programme(code), status=status, start_date=start, planned_end_date=end)


class TestTheClashPage:
    def test_it_names_the_other_programme_its_dates_and_the_shared_days(self, browser):
        on = running("ai-transformation")
        asked = TODAY + 20 * DAY
        answer = browser.post(enrol_url(on.employee), unit(asked))
        said = text(answer)
        assert on.start_date
        assert on.planned_end_date
        assert answer.status_code == 200
        assert f"{on.employee.name} is on another programme on those days" in said
        assert "Delivering AI-Enabled Transformation" in said
        assert f"{rules.say(on.start_date)} to {rules.say(on.planned_end_date)}" in said
        assert f"From {rules.say(asked)} to {rules.say(on.planned_end_date)}: 11 days" in said
        assert f"The earliest legal start is {rules.say(free_from(on))} ." in said
        assert not Enrolment.objects.exclude(pk=on.pk).exists()

    def test_the_earliest_start_leads_to_check_answers_and_enrols(self, browser):
        on = running("ai-transformation")
        free = free_from(on)
        clash = browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY))
        check = browser.post(enrol_url(on.employee), hidden(clash, f"Start on {rules.say(free)} instead"))
        browser.post(enrol_url(on.employee), hidden(check, "Enrol"))
        made = Enrolment.objects.exclude(pk=on.pk).get()
        assert (made.start_date, made.planned_end_date) == (free, free + 27 * DAY)

    def test_a_clear_cohort_is_offered_and_one_that_clashes_is_not(self, browser):
        on = running("ai-transformation")
        clear, clashing = (
            CohortFactory(
                programme=programme("ai-governance"),
                start_date=TODAY + days * DAY,
                planned_end_date=TODAY + (days + 27) * DAY,
            )
            for days in (60, 15)
        )
        answer = browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY))
        assert clashing.name not in text(answer)
        check = browser.post(enrol_url(on.employee), hidden(answer, f"Choose {clear.name}"))
        assert "Check before you confirm" in text(check)

    def test_behind_an_open_end_there_is_no_date_but_what_to_close(self, browser):
        on = running("ai-transformation", status=S.OVERDUE)
        answer = browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY))
        said = text(answer)
        assert "No start can be given while another programme has no end" in said
        assert "no end yet" in said
        assert "earliest legal start" not in said
        assert reverse("enrolment:enrolment", args=[on.public_id]) in answer.content.decode()

    def test_one_that_overran_last_night_is_open_ended_already(self, browser):
        on = running("ai-transformation")
        Enrolment.objects.filter(pk=on.pk).update(planned_end_date=TODAY - DAY)
        assert "no end yet" in text(browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY)))


class TestGivingDates:
    def queued(self) -> Enrolment:
        return EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)

    def test_a_queued_enrolment_gets_its_days(self, browser):
        queued, start = self.queued(), TODAY + 30 * DAY
        url = reverse("enrolment:plan", args=[queued.public_id])
        check = browser.post(url, {"start_date": start.isoformat()})
        assert "Change start" in text(check)
        assert "Change programme" not in text(check)  # it is settled: the page before asks for days alone
        sent = hidden(check, "Give these dates")
        done = browser.post(url, sent, follow=True)
        assert "Dates given" in text(done)
        assert browser.post(url, sent)["Location"].endswith("?done=planned")
        for other in ({}, {"key": str(uuid4())}):
            refused = browser.post(url, {"start_date": str(start + DAY), "confirm": "yes", **other})
            assert "is not possible while the enrolment is planned" in text(refused)
        queued.refresh_from_db()
        assert (queued.status, queued.start_date) == (S.PLANNED, start)

    def test_a_clash_has_its_page_here_too(self, browser):
        queued = self.queued()
        on = running("ai-transformation")
        Enrolment.objects.filter(pk=queued.pk).update(employee=on.employee)
        url = reverse("enrolment:plan", args=[queued.public_id])
        assert "is on another programme on those days" in text(browser.post(url, {"start_date": str(TODAY + DAY)}))
