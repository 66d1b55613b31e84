"""The questionnaire as people walk it: for themselves, on somebody's behalf, and only to try."""

import re
import uuid

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from assessment.actions import Answered, Decision, answer, begin, place, submit
from assessment.models import Questionnaire, Recommendation, Response
from people.models import Employee, User
from tests.factories import TODAY, EmployeeFactory, UserFactory

IMPROVES = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}
NOBODY = {"role": "other", "does": "none_of_these", "stage": "not_sure", "need": "not_sure"}
TRY = "/which-is-for-me/"


@pytest.fixture
def manager(db) -> Employee:
    return EmployeeFactory(user=UserFactory(), given_names="Amira", family_name="Khan")


@pytest.fixture
def learner(manager) -> Employee:
    return EmployeeFactory(user=UserFactory(), manager=manager, given_names="Ben", family_name="Okafor")


def browser(user: User | None) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    if user:
        client.force_login(user)
    return client


def text(response) -> str:
    """What a page says, without tags and runs of space."""
    assert response.status_code == 200, response
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


def sent(employee: Employee, answers: dict[str, str], by: User | None = None) -> Response:
    """A response of this person that was sent."""
    [response] = begin([employee], by=by, on=TODAY)
    answer([Answered(response, answers)], by=by)
    submit([response], by=by, on=TODAY)
    return response


def page(name: str, response: Response, *more: str) -> str:
    """The address of a page of a response."""
    return reverse(f"assessment:{name}", args=[response.public_id, *more])


class TestOwn:
    """A learner's own questionnaire."""

    def test_the_whole_walk(self, learner):
        client = browser(learner.user)
        assert "Start" in text(client.get("/questionnaire/"))
        step = client.post("/questionnaire/")
        response = Response.objects.get()
        for code, option in IMPROVES.items():
            assert step["Location"] == page("question", response, code)
            step = client.post(step["Location"], {code: option})
        assert step["Location"] == page("check", response)
        check = text(client.get(step["Location"]))
        assert "Operations or business improvement" in check
        assert "I improve the work myself" in check
        step = client.post(page("check", response))
        assert step["Location"] == page("result", response)
        result = text(client.get(step["Location"]))
        assert "Recommended for you: AI &amp; Automation Practitioner apprenticeship" in result
        assert "You said that you improve the work yourself" in result
        assert "A person decides" in result
        assert "The runner-up:" in result
        assert "instead of" in result
        assert "See the result" in text(client.get("/questionnaire/"))

    def test_each_page_says_which_question_it_is_and_takes_one_answer(self, learner):
        client = browser(learner.user)
        client.post("/questionnaire/")
        html = client.get(page("question", Response.objects.get(), "role")).content.decode()
        assert "Question 1 of 4" in html
        assert html.count('type="radio"') == 10
        assert html.count("<h1>") == 1

    def test_without_an_answer_the_page_says_so(self, learner):
        client = browser(learner.user)
        client.post("/questionnaire/")
        refused = client.post(page("question", Response.objects.get(), "role"), {})
        assert "<title>Error: " in refused.content.decode()
        assert "Choose one answer." in text(refused)

    def test_going_back_and_changing_one_answer_keeps_the_others(self, learner):
        client = browser(learner.user)
        [response] = begin([learner], by=learner.user, on=TODAY)
        answer([Answered(response, IMPROVES)], by=learner.user)
        html = client.get(page("question", response, "does")).content.decode()
        assert re.search(r'value="improves_work"[^>]*checked', html)
        assert page("question", response, "role") in html
        step = client.post(page("question", response, "does"), {"does": "oversees_delivery"})
        assert step["Location"] == page("check", response)
        response.refresh_from_db()
        assert response.answers == {**IMPROVES, "does": "oversees_delivery"}

    def test_save_and_come_back(self, learner):
        client = browser(learner.user)
        client.post("/questionnaire/")
        response = Response.objects.get()
        client.post(page("question", response, "role"), {"role": "operations"})
        step = client.post(page("question", response, "does"), {"does": "improves_work", "later": "yes"}, follow=True)
        assert step.redirect_chain[-1][0] == "/questionnaire/"
        assert "2 of 4 questions answered" in text(step)
        assert page("question", response, "stage") in step.content.decode()
        left = client.post(page("question", response, "stage"), {"later": "yes"})
        assert left["Location"] == "/questionnaire/"
        client.post("/questionnaire/")
        assert Response.objects.count() == 1

    def test_sending_twice_makes_one_recommendation(self, learner):
        client = browser(learner.user)
        [response] = begin([learner], by=learner.user, on=TODAY)
        answer([Answered(response, IMPROVES)], by=learner.user)
        first, second = (client.post(page("check", response)) for _ in range(2))
        assert first["Location"] == second["Location"] == page("result", response)
        assert Recommendation.objects.count() == 1

    def test_what_was_sent_is_not_asked_again(self, learner):
        response = sent(learner, IMPROVES, learner.user)
        client = browser(learner.user)
        assert client.get(page("question", response, "role"))["Location"] == page("result", response)
        client.post(page("question", response, "role"), {"role": "other"})
        response.refresh_from_db()
        assert response.answers == IMPROVES

    def test_pages_ahead_of_the_answers_lead_back_to_the_open_question(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        client = browser(learner.user)
        for name in ("check", "result"):
            assert client.get(page(name, response))["Location"] == page("question", response, "role")
        assert client.get(page("question", response, "age")).status_code == 404

    def test_a_response_is_asked_in_the_version_it_began_with(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        Questionnaire.objects.update(status="retired")
        Questionnaire.objects.create(version=2, name="Next", status="published", published_on=TODAY)
        assert browser(learner.user).get(page("question", response, "need")).status_code == 200

    def test_a_result_that_fits_nobody_shows_what_is_near(self, learner):
        response = sent(learner, NOBODY, learner.user)
        said = text(browser(learner.user).get(page("result", response)))
        assert "A person decides" in said
        assert "Nothing is recommended yet." in said
        for name in ("Practitioner", "AI Leadership Literacy", "Adopting and Governing", "Delivering AI-Enabled"):
            assert name in said

    def test_a_result_shows_what_was_decided(self, learner):
        response = sent(learner, IMPROVES, learner.user)
        hr = UserFactory(is_hr=True)
        place([Decision(learner, None, response.recommendation, "After the move.")], by=hr, on=TODAY)
        said = text(browser(learner.user).get(page("result", response)))
        assert f"Decided on 15 June 2026 by {hr}: none for now. After the move." in said

    def test_the_proof_that_is_shown_is_the_one_that_was_kept(self, learner):
        response = sent(learner, IMPROVES, learner.user)
        Recommendation.objects.update(because="The sentence of that day.")
        assert "The sentence of that day." in text(browser(learner.user).get(page("result", response)))

    def test_without_an_employee_record_there_is_none(self, db):
        client = browser(UserFactory(is_hr=True))
        assert "no questionnaire of your own" in text(client.get("/questionnaire/"))
        assert "no questionnaire of your own" in text(client.post("/questionnaire/"))


class TestOnBehalf:
    """HR and the manager answer for somebody, and every page says so."""

    @pytest.mark.parametrize("who", ["manager", "hr"])
    def test_every_page_says_for_whom(self, learner, manager, who):
        user = manager.user if who == "manager" else UserFactory(is_hr=True)
        client = browser(user)
        start = f"/questionnaire/for/{learner.public_id}/"
        assert "on behalf of Ben Okafor" in text(client.get(start))
        step = client.post(start)
        response = Response.objects.get()
        for code, option in IMPROVES.items():
            assert "on behalf of Ben Okafor" in text(client.get(step["Location"]))
            step = client.post(step["Location"], {code: option})
        assert "on behalf of Ben Okafor" in text(client.get(step["Location"]))
        step = client.post(step["Location"])
        assert "on behalf of Ben Okafor" in text(client.get(step["Location"]))
        assert "on behalf of Ben Okafor" in text(browser(learner.user).get(step["Location"]))
        response.refresh_from_db()
        assert (response.employee, response.answered_by, response.is_on_behalf) == (learner, user, True)

    def test_saving_returns_to_that_persons_page(self, learner, manager):
        client = browser(manager.user)
        client.post(f"/questionnaire/for/{learner.public_id}/")
        step = client.post(page("question", Response.objects.get(), "role"), {"later": "yes"})
        assert step["Location"] == f"/questionnaire/for/{learner.public_id}/"

    def test_the_person_is_told_who_answered_for_them_and_may_change_it(self, learner, manager):
        [response] = begin([learner], by=manager.user, on=TODAY)
        answer([Answered(response, IMPROVES)], by=manager.user)
        client = browser(learner.user)
        assert "Amira Khan gave answers on your behalf" in text(client.get(page("check", response)))
        client.post(page("check", response))
        response.refresh_from_db()
        assert (response.answered_by, response.is_on_behalf) == (learner.user, False)

    def test_others_find_nothing(self, learner, manager):
        response = sent(learner, IMPROVES)
        [open_one] = begin([manager], by=manager.user, on=TODAY)
        colleague = EmployeeFactory(user=UserFactory(), manager=manager)
        client = browser(colleague.user)
        start = f"/questionnaire/for/{learner.public_id}/"
        for url in (start, page("result", response), page("check", open_one), page("question", open_one, "role")):
            assert client.get(url).status_code == 404
        assert client.post(start).status_code == 404
        assert client.post(page("question", open_one, "role"), {"role": "other"}).status_code == 404
        open_one.refresh_from_db()
        assert (open_one.answers, open_one.assumed) == ({"role": "technical_data"}, ["role"])  # an analyst, untouched

    def test_one_answers_for_oneself_at_ones_own_page(self, learner):
        assert browser(learner.user).get(f"/questionnaire/for/{learner.public_id}/").status_code == 404
        assert browser(learner.user).get(f"/questionnaire/for/{uuid.uuid4()}/").status_code == 404

    def test_a_visitor_is_asked_to_sign_in(self, learner):
        for url in ("/questionnaire/", f"/questionnaire/for/{learner.public_id}/", "/questionnaire/versions/"):
            assert reverse("account_login") in browser(None).get(url)["Location"]


class TestTry:
    """Anybody may try; nothing is stored."""

    def test_the_whole_walk_stores_nothing(self, db):
        def rows():
            return {model._meta.label: model._default_manager.count() for model in apps.get_models()}

        before = rows()
        client = browser(None)
        step = client.get(TRY)
        assert "nothing is stored" in text(step)
        given: dict[str, str] = {}
        for code, option in IMPROVES.items():
            step = client.get(TRY, {**given, "at": code})
            assert "nothing is stored" in text(step)
            for name, kept in given.items():
                assert f'<input type="hidden" name="{name}" value="{kept}">' in step.content.decode()
            given[code] = option
            step = client.get(TRY, {**given, "asked": code})
        assert "Check your answers" in text(step)
        result = client.get(TRY, {**given, "at": "result"})
        assert "Recommended for you: AI &amp; Automation Practitioner apprenticeship" in text(result)
        assert reverse("programmes:programme", args=["ai-practitioner"]) in result.content.decode()
        assert rows() == before
        assert not client.cookies

    def test_one_answer_leads_to_the_next_question(self, db):
        said = text(browser(None).get(TRY, {"role": "operations", "asked": "role"}))
        assert "Question 2 of 4" in said

    def test_without_an_answer_the_page_says_so(self, db):
        step = browser(None).get(TRY, {"role": "operations", "asked": "does"})
        assert "Choose one answer." in text(step)
        assert "<title>Error: " in step.content.decode()

    def test_changing_one_answer_keeps_the_others(self, db):
        html = browser(None).get(TRY, {**IMPROVES, "at": "does"}).content.decode()
        assert re.search(r'value="improves_work"[^>]*checked', html)
        step = browser(None).get(TRY, {**IMPROVES, "does": "oversees_delivery", "asked": "does"})
        assert "I oversee delivery" in text(step)
        assert "Check your answers" in text(step)

    def test_what_nobody_fits_ends_with_a_person(self, db):
        said = text(browser(None).get(TRY, {**NOBODY, "at": "result"}))
        assert "A person decides" in said
        assert "nearest" in said

    @pytest.mark.parametrize(
        "query",
        [
            {"at": "result"},
            {"at": "check"},
            {"at": "nowhere"},
            {"asked": "nowhere"},
            {"role": "emperor", "at": "result"},
            {**IMPROVES, "at": "<script>"},
            {"role": "x" * 5000, "at": ""},
            {"role": "operations\x00"},
        ],
    )
    def test_an_address_that_somebody_wrote_by_hand_is_answered(self, db, query):
        assert browser(None).get(TRY, query).status_code == 200

    def test_it_cannot_be_posted(self, db):
        assert browser(None).post(TRY, IMPROVES).status_code == 405
