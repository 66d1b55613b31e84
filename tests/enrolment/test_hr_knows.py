"""What HR is told while deciding: where the person stands, what clashes, what is there already, who hears of it how."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.enrolments import history_of, now_of
from people import clock
from people.models import Notice
from people.timeline import layout
from tests.enrolment.test_hr_decide import decide_url
from tests.enrolment.test_hr_enrol import cohort, enrol_url, hidden, recommended, running, text, unit
from tests.factories import (
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
GOVERNANCE, TRANSFORMATION = "Adopting and Governing AI Systems", "Delivering AI-Enabled Transformation"


@pytest.fixture
def browser():
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def of(name: str, about) -> str:
    return reverse(f"enrolment:{name}", args=[about.public_id])


def later(days: int) -> str:
    return rules.say(TODAY + days * DAY)


class TestNow:
    def test_every_page_that_decides_says_until_when_and_from_when_free(self, browser):
        on = running("ai-transformation")
        waiting = EnrolmentFactory(employee=on.employee, status=S.QUEUED, programme=programme("ai-practitioner"))
        Enrolment.objects.filter(pk=waiting.pk).update(start_date=None, planned_end_date=None)
        wish = NominationFactory(employee=on.employee, programme=programme("ai-governance"))
        said = f"Now: {TRANSFORMATION} until {later(30)}; free from {later(31)}."
        pages = (of("decide", on.employee), enrol_url(on.employee), of("plan", waiting), of("decide_nomination", wish))
        for page in pages:
            assert said in text(browser.get(page))

    def test_somebody_free(self, browser):
        assert "Now: free." in text(browser.get(enrol_url(EmployeeFactory())))

    def test_an_overrun_is_to_be_closed_first(self, browser):
        on = running("ai-transformation", status=S.OVERDUE)
        answer = browser.get(enrol_url(on.employee))
        assert f"{TRANSFORMATION} ran past its planned end, {later(-2)}; close it first." in text(answer)
        assert f'href="{of("enrolment", on)}">Close' in answer.content.decode()

    @pytest.mark.parametrize(
        ("gap", "sentence"),
        [
            (0, "{} until {}, then {} until {}; free from {}."),
            (5, "{} until {}; free from {}; planned: {} from {} to {}."),
        ],
    )
    def test_what_is_planned_is_said_too(self, gap, sentence):
        on = running("ai-transformation")
        start, end = 31 + gap, 58 + gap
        EnrolmentFactory(
            employee=on.employee,
            programme=programme("ai-governance"),
            status=S.PLANNED,
            start_date=TODAY + start * DAY,
            planned_end_date=TODAY + end * DAY,
        )
        facts = (
            (later(30), GOVERNANCE, later(end), later(end + 1))
            if not gap
            else (later(30), later(31), GOVERNANCE, later(start), later(end))
        )
        now = now_of(history_of(on.employee_id, on=TODAY), on=TODAY)
        assert now.sentence == f"Now: {sentence.format(TRANSFORMATION, *facts)}"

    def test_cohorts_that_clash_are_marked(self, browser):
        on = running("ai-transformation")
        clear, clashing = cohort(TODAY + 60 * DAY, "ai-governance"), cohort(TODAY + 15 * DAY, "ai-governance")
        for page in enrol_url(on.employee), of("decide", on.employee):
            options = re.findall(r"(?s)<option[^>]*>([^<]+)", browser.get(page).content.decode())
            marked = {
                one.name: "(clashes)" in option for one in (clear, clashing) for option in options if one.name in option
            }
            assert marked == {clear.name: False, clashing.name: True}


class TestAlreadyOnIt:
    def test_the_refusal_leads_to_the_enrolment(self, browser):
        on = running("ai-governance")
        answer = browser.post(enrol_url(on.employee), unit(TODAY + 300 * DAY))
        assert f'href="{of("enrolment", on)}">Open {on.reference}' in answer.content.decode()

    def test_deciding_it_again_promises_no_dates(self, browser):
        on = running("ai-governance")
        decision = recommended(person=on.employee)
        check = browser.post(decide_url(decision), {"programme": "ai-governance", "reason": ""})
        done = browser.post(decide_url(decision), hidden(check, "Record this decision"), follow=True)
        said = text(done)
        assert f"is on {GOVERNANCE} already: active" in said
        assert "to follow" not in said
        assert "Give dates now" not in said
        assert of("enrolment", on) in done.content.decode()


class TestWhoHears:
    @pytest.mark.parametrize("has_account", [True, False])
    @pytest.mark.parametrize("email", ["ada@example.org", ""])
    def test_what_is_promised_is_true(self, browser, has_account, email):
        person = EmployeeFactory(email=email, user=UserFactory() if has_account else None)
        check = browser.post(enrol_url(person), unit(TODAY + 30 * DAY))
        enrolled = text(browser.post(enrol_url(person), hidden(check, "Enrol"), follow=True))
        placement = PlacementFactory(employee=person, programme=programme("ai-transformation"))
        decided = text(browser.get(f"{of('decide', person)}?decided={placement.public_id}"))
        for said in enrolled, decided:
            assert ("on their own page now" in said) is has_account
            assert ("cannot sign in yet: give access" in said) is not has_account
            assert ("has no e-mail address: tell them" in said) is not email
        assert ("gets an e-mail" in enrolled) is bool(email)
        assert "gets an e-mail" not in decided


class TestTheEarliestStart:
    def test_it_is_never_a_day_that_is_over(self, browser):
        over = timedelta(days=1) * 40
        person = EmployeeFactory(employed_from=TODAY - over)
        answer = browser.post(enrol_url(person), unit(TODAY - over - DAY))
        assert answer.context["earliest"]["start"] == TODAY
        assert f"Start on {rules.say(TODAY)} instead" in text(answer)

    def test_far_away_it_is_a_link(self, browser):
        on = running("ai-practitioner", days=500)
        answer = browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY))
        body = answer.content.decode()
        assert "more than a year away" in text(answer)
        assert " instead</button>" not in body
        back = browser.get(answer.context["earliest"]["url"])
        assert f'value="{later(491)}"' in back.content.decode()


class TestTheClashPage:
    def test_ways_out_name_the_programme_and_closing_an_overrun_comes_first(self, browser):
        on = running("ai-transformation", status=S.OVERDUE)
        body = browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY)).content.decode()
        assert f'<a class="btn btn-primary" href="{of("enrolment", on)}">Close {TRANSFORMATION}</a>' in body

    def test_a_running_one(self, browser):
        on = running("ai-transformation")
        said = text(browser.post(enrol_url(on.employee), unit(TODAY + 20 * DAY)))
        assert f"Complete {TRANSFORMATION}, or record a withdrawal from it ." in said.replace("it.", "it .")


class TestToday:
    def test_empty_heaps_are_not_shown(self, browser):
        running("ai-transformation", status=S.OVERDUE)
        body = browser.get("/today/").content.decode()
        assert 'class="stat"' in body
        assert "stat-none" not in body
        assert "Past their planned end" in body
        assert "Queued, need dates" not in body

    def test_what_the_calendar_did_since_yesterday(self, browser):
        on = running("ai-transformation")
        hr = UserFactory(is_hr=True)
        for move, day, by in (
            ("start", TODAY, None),
            ("start", TODAY - DAY, None),
            ("start", TODAY - 2 * DAY, None),
            ("complete", TODAY, hr),
            ("queue", TODAY, None),
        ):
            EnrolmentEvent.objects.create(subject=on, move=move, to_status=S.ACTIVE, on=day, by=by)
        Notice.objects.create(
            employee=on.employee, kind="progression", subject=on.public_id, due_on=TODAY, headline="Next", body="Next."
        )
        night = browser.get("/today/").context["night"]
        assert [words for words, _ in night] == [
            "2 started",
            "1 lost their dates to an overrun",
            "1 reminded",
        ]
        for _, url in night:
            assert browser.get(url).status_code == 200

    def test_a_quiet_night_says_so(self, browser):
        running("ai-transformation")
        assert "Nothing was due." in text(browser.get("/today/"))


def test_names_are_drawn_over_the_line_of_today(browser):
    on = running("ai-transformation")
    body = browser.get(of("enrolment", on)).content.decode()
    assert layout([], on=TODAY).rows == ()
    assert body.index('class="timeline-today"') < body.index('class="timeline-row-name"')
