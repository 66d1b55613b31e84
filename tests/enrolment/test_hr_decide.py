"""HR decides in the browser: the queue, the proof, a decision with or without days, and answers sent meanwhile."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Placement
from enrolment import rules
from enrolment.models import Enrolment
from people import clock
from tests.enrolment.test_hr_enrol import decide_url, enrol_url, free_from, hidden, recommended, running, text, unit
from tests.factories import EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


class TestDeciding:
    def test_the_queue_leads_to_a_decision_an_enrolment_and_a_reference(self, browser, hr):
        waiting = recommended()
        queue = browser.get(reverse("enrolment:recommendations"))
        assert decide_url(waiting) in unescape(queue.content.decode())
        page = text(browser.get(decide_url(waiting)))
        assert "The rules recommend Adopting and Governing AI Systems" in page
        assert waiting.because in page
        check = browser.post(decide_url(waiting), unit(TODAY + 30 * DAY))
        assert "(as recommended)" in text(check)
        assert not Placement.objects.exists()
        done = browser.post(decide_url(waiting), hidden(check, "Record this decision"), follow=True)
        placement, made = Placement.objects.get(), Enrolment.objects.get()
        assert (placement.is_agreed, placement.decided_by, placement.recommendation) == (True, hr, waiting)
        assert made.placement == placement
        assert made.reference in text(done)
        assert waiting.employee.name not in text(browser.get(reverse("enrolment:recommendations")))

    def test_dates_may_follow_and_today_lists_it(self, browser):
        waiting = recommended()
        check = browser.post(decide_url(waiting), {"programme": "ai-governance"})
        assert "Dates To follow" in text(check)
        sent = hidden(check, "Record this decision")
        done = browser.post(decide_url(waiting), sent, follow=True)
        browser.post(decide_url(waiting), sent)
        assert "Decided: dates to follow" in text(done)
        assert Placement.objects.count() == 1
        today = browser.get(reverse("enrolment:today"))
        assert enrol_url(waiting.employee) in today.content.decode()

    @pytest.mark.parametrize("decision", ["none", "ai-leadership-literacy"])
    def test_deciding_otherwise_needs_a_reason(self, browser, decision):
        waiting = recommended()
        assert "Say why, since this is not" in text(browser.post(decide_url(waiting), {"programme": decision}))
        check = browser.post(decide_url(waiting), {"programme": decision, "reason": "Leaves the role."})
        browser.post(decide_url(waiting), hidden(check, "Record this decision"))
        placement = Placement.objects.get()
        assert (placement.is_agreed, placement.reason) == (False, "Leaves the role.")
        assert placement.programme == (None if decision == "none" else programme(decision))

    def test_none_for_now_has_no_days(self, browser):
        sent = unit(TODAY + 30 * DAY, code="none", reason="Not yet.")
        assert "Nobody is enrolled on" in text(browser.post(decide_url(recommended()), sent))

    def test_a_clash_is_shown_before_anything_is_recorded(self, browser):
        waiting = recommended()
        on = running("ai-transformation")
        Enrolment.objects.filter(pk=on.pk).update(employee=waiting.employee)
        clash = browser.post(decide_url(waiting), unit(TODAY + 20 * DAY))
        assert "is on another programme on those days" in text(clash)
        assert not Placement.objects.exists()
        free = rules.say(free_from(on))
        check = browser.post(decide_url(waiting), hidden(clash, f"Start on {free} instead"))
        browser.post(decide_url(waiting), hidden(check, "Record this decision"))
        assert Enrolment.objects.filter(employee=waiting.employee).count() == 2

    def test_days_refused_meanwhile_leave_the_decision_standing(self, browser):
        waiting = recommended()
        sent = hidden(browser.post(decide_url(waiting), unit(TODAY + 20 * DAY)), "Record this decision")
        on = running("ai-transformation")
        Enrolment.objects.filter(pk=on.pk).update(employee=waiting.employee)
        answer = browser.post(decide_url(waiting), sent)
        assert "The decision is recorded. The enrolment is not" in text(answer)
        assert Placement.objects.get().programme == programme("ai-governance")

    def test_nobody_decides_about_themself(self, browser, hr):
        waiting = recommended()
        waiting.employee.user = hr
        waiting.employee.save()
        assert "nobody decides about themself" in text(browser.get(decide_url(waiting)))
        browser.post(decide_url(waiting), {"programme": "ai-governance", "confirm": "yes"})
        assert not Placement.objects.exists()

    def test_a_decision_without_a_recommendation_says_why_and_is_made_once(self, browser):
        url = reverse("enrolment:decide", args=[EmployeeFactory().public_id])
        check = browser.post(url, {"programme": "ai-governance", "reason": "Asked for by the board."})
        for _ in range(2):
            browser.post(url, hidden(check, "Record this decision"))
        assert Placement.objects.get().reason == "Asked for by the board."

    def test_answers_sent_while_hr_decides_are_read_first(self, browser):
        person = EmployeeFactory()
        opened = browser.get(reverse("enrolment:decide", args=[person.public_id]))
        address = opened.context["address"]
        assert address.endswith("?recommendation=none")
        sent = {"programme": "ai-governance", "reason": "Asked for by the board."}
        check = browser.post(address, sent)
        waiting = recommended(person=person)
        for again in (sent, hidden(check, "Record this decision")):
            answer = browser.post(address, again)
            assert f"{person.name} has answered since you opened this page." in text(answer)
            assert waiting.because in text(answer)
            assert answer.context["address"] == decide_url(waiting)
        assert not Placement.objects.exists()
        later = recommended(None, person=person)
        answer = browser.post(decide_url(waiting), sent)
        assert answer.context["address"] == decide_url(later)

    def test_the_reason_is_said_to_be_read_by_the_person(self, browser):
        assert "The person reads it on their page." in text(browser.get(decide_url(recommended())))

    def test_the_queue_is_narrowed(self, browser):
        one, other = recommended(), recommended(None)
        queue = reverse("enrolment:recommendations")
        said = text(browser.get(queue, {"programme": "none"}))
        assert other.employee.name in said
        assert one.employee.name not in said
        assert "Nothing matches" in text(browser.get(queue, {"show": "decided"}))
