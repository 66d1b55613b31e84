"""Enrolling as the planner says: the earliest start or cohort, a waiting list, behind something, whole paths."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.models import Enrolment
from people import clock
from people.models import Employee, Policy, User
from tests.enrolment.test_hr_enrol import text
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
TODAY, DAY = clock.today(), timedelta(days=1)
S = Enrolment.Status
LONG, FIRST, SECOND, THIRD = "ai-practitioner", "ai-leadership-literacy", "ai-governance", "ai-transformation"


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr: User) -> Client:
    client = Client()
    client.force_login(hr)
    return client


def later(days: int) -> date:
    return TODAY + days * DAY


def running(code: str = FIRST, status: str = S.ACTIVE) -> Enrolment:
    """Ada is on a programme until day 20."""
    person = EmployeeFactory(given_names="Ada", family_name="Ash")
    days = {"start_date": later(-7), "planned_end_date": later(20)}
    if status == S.OVERDUE:
        days["planned_end_date"] = later(-1)
    made: Enrolment = EnrolmentFactory(employee=person, programme=programme(code), status=status, **days)
    return made


def flat(response: Any) -> str:
    return " ".join(text(response).split())


class TestEnrolling:
    def send(self, browser: Client, person: Employee, **sent: str) -> Any:
        return browser.post(reverse("enrolment:enrol", args=[person.public_id]), sent)

    def confirm(self, browser: Client, person: Employee, check: Any) -> Any:
        url = reverse("enrolment:enrol", args=[person.public_id])
        return browser.post(url, {**check.context["answers"], "confirm": "yes"}, follow=True)

    def test_the_earliest_start_says_why_nothing_is_earlier(self, browser: Client) -> None:
        on = running()
        check = self.send(browser, on.employee, programme=SECOND, how="earliest")
        said = flat(check)
        assert f"Start {rules.say(later(21))}" in said
        assert f"{rules.say(TODAY)}: Ada is on {on.programme.name}" in said
        assert "Why nothing earlier" in said
        self.confirm(browser, on.employee, check)
        made = Enrolment.objects.get(programme__code=SECOND)
        assert (made.status, made.start_date, made.follows) == (S.PLANNED, later(21), None)

    def test_the_notice_binds_what_is_proposed(self, browser: Client) -> None:
        Policy.objects.update_or_create(pk=1, defaults={"notice_days": 9})
        check = self.send(browser, EmployeeFactory(), programme=SECOND, how="earliest")
        assert check.context["answers"]["start_date"] == later(9).isoformat()

    def test_the_earliest_cohort_that_fits(self, browser: Client) -> None:
        on = running()
        in_the_way, full, fits = (
            CohortFactory(
                programme=programme(SECOND), start_date=later(n), planned_end_date=later(n + 27), seats=1, name=f"N{n}"
            )
            for n in (10, 30, 70)
        )
        days = {"start_date": full.start_date, "planned_end_date": full.planned_end_date}
        EnrolmentFactory(programme=programme(SECOND), cohort=full, **days)
        check = self.send(browser, on.employee, programme=SECOND, how="earliest_cohort")
        said = flat(check)
        assert f"{in_the_way.name}: Ada is on {on.programme.name}" in said
        assert f"{full.name} is full: no seat is free." in said
        self.confirm(browser, on.employee, check)
        assert Enrolment.objects.get(programme__code=SECOND, employee=on.employee).cohort == fits

    def test_no_cohort_is_said(self, browser: Client) -> None:
        refused = self.send(browser, EmployeeFactory(), programme=SECOND, how="earliest_cohort")
        assert "There is no cohort to join." in text(refused)

    def test_a_full_cohort_has_a_waiting_list(self, browser: Client) -> None:
        days = {"start_date": later(10), "planned_end_date": later(37)}
        full = CohortFactory(programme=programme(SECOND), seats=1, **days)
        other = CohortFactory(programme=programme(SECOND), **days)
        EnrolmentFactory(programme=programme(SECOND), cohort=full, **days)
        person = EmployeeFactory()
        refused = self.send(browser, person, programme=SECOND, cohort=str(full.public_id))
        assert "Join the waiting list" in text(refused)
        assert f"Choose {other.name}" in text(refused)
        check = self.send(browser, person, **refused.context["to_wait"])
        assert "it joins the waiting list" in text(check)
        done = self.confirm(browser, person, check)
        assert f"Number 1 on the waiting list of {full.name}" in text(done)
        assert Enrolment.objects.get(employee=person).status == S.WAITING

    def test_behind_a_known_end_it_is_planned_right_after_and_follows(self, browser: Client) -> None:
        on = running()
        check = self.send(browser, on.employee, programme=SECOND, how=f"behind:{on.public_id}")
        assert f"Behind {on.programme.name}" in flat(check)
        for _ in range(2):  # a double click enrols once
            assert "Enrolled" in text(self.confirm(browser, on.employee, check))
        made = Enrolment.objects.get(programme__code=SECOND)
        assert (made.status, made.start_date, made.follows) == (S.PLANNED, later(21), on)

    @pytest.mark.parametrize("how", ["earliest", "behind"])
    def test_behind_an_open_end_it_is_queued_and_says_what_to_close(self, browser: Client, how: str) -> None:
        on = running(status=S.OVERDUE)
        how = f"behind:{on.public_id}" if how == "behind" else how
        check = self.send(browser, on.employee, programme=SECOND, how=how)
        assert f"No date can be given while {on.programme.name} has no end." in flat(check)
        assert reverse("enrolment:enrolment", args=[on.public_id]) in check.content.decode()
        done = self.confirm(browser, on.employee, check)
        assert f"Queued behind {on.programme.name}" in flat(done)
        made = Enrolment.objects.get(programme__code=SECOND)
        assert (made.status, made.follows) == (S.QUEUED, on)

    def test_a_form_that_was_sent_for_another_programme_is_refused_in_words(self, browser: Client) -> None:
        on = running()
        check = self.send(browser, on.employee, programme=SECOND, how=f"behind:{on.public_id}")
        self.confirm(browser, on.employee, check)
        key = check.context["answers"]["key"]
        other = self.send(browser, on.employee, programme=THIRD, how=f"behind:{on.public_id}")
        again = {**other.context["answers"], "key": key, "confirm": "yes"}
        assert "This form was sent before" in text(self.send(browser, on.employee, **again))

    def test_what_changed_since_is_shown_again(self, browser: Client) -> None:
        on = running()
        check = self.send(browser, on.employee, programme=SECOND, how=f"behind:{on.public_id}")
        Enrolment.objects.filter(pk=on.pk).update(planned_end_date=later(25))
        again = self.confirm(browser, on.employee, check)
        assert f"Start {rules.say(later(26))}" in flat(again)
        assert not Enrolment.objects.filter(programme__code=SECOND).exists()

    def test_a_clash_can_be_queued_behind(self, browser: Client) -> None:
        on = running()
        clash = self.send(browser, on.employee, programme=SECOND, start_date=rules.say(later(3)))
        assert f"Queue behind {on.programme.name}" in text(clash)
        check = self.send(browser, on.employee, **clash.context["behind"]["answers"])
        self.confirm(browser, on.employee, check)
        assert Enrolment.objects.get(programme__code=SECOND).follows == on

    def test_a_withdrawn_programme_names_what_replaces_it(self, browser: Client) -> None:
        gone = programme(SECOND)
        gone.withdrawn_on, gone.replaced_by = TODAY, programme(THIRD)
        gone.save()
        for sent in ({"how": "earliest"}, {"start_date": rules.say(later(3))}):
            refused = self.send(browser, EmployeeFactory(), programme=SECOND, **sent)
            assert f"Enrol on {programme(THIRD).name} instead" in text(refused)

    def test_dates_and_the_planner_are_not_both_asked(self, browser: Client) -> None:
        sent = {"programme": SECOND, "how": "earliest", "start_date": rules.say(later(3))}
        assert "Leave the cohort and the dates empty" in text(self.send(browser, EmployeeFactory(), **sent))

    def test_what_is_queued_gets_the_earliest_dates(self, browser: Client) -> None:
        on = running()
        queued = EnrolmentFactory(employee=on.employee, programme=programme(SECOND), status=S.QUEUED)
        url = reverse("enrolment:plan", args=[queued.public_id])
        check = browser.post(url, {"how": "earliest"})
        browser.post(url, {**check.context["answers"], "confirm": "yes"})
        queued.refresh_from_db()
        assert (queued.status, queued.start_date) == (S.PLANNED, later(21))

    def test_what_is_queued_behind_an_open_end_says_what_to_close(self, browser: Client) -> None:
        on = running(status=S.OVERDUE)
        queued = EnrolmentFactory(employee=on.employee, programme=programme(SECOND), status=S.QUEUED)
        answer = browser.post(reverse("enrolment:plan", args=[queued.public_id]), {"how": "earliest"})
        assert f"No date can be given until {on.programme.name} is closed." in flat(answer)
        assert reverse("enrolment:enrolment", args=[on.public_id]) in answer.content.decode()


def test_a_nomination_is_approved_on_the_planners_dates(browser: Client) -> None:
    on = running()
    wish = NominationFactory(employee=on.employee, programme=programme(SECOND))
    url = reverse("enrolment:decide_nomination", args=[wish.public_id])
    check = browser.post(url, {"how": "earliest"})
    browser.post(url, {**check.context["answers"], "confirm": "yes"})
    assert Enrolment.objects.get(programme__code=SECOND).start_date == later(21)


def test_a_nomination_behind_an_open_end_says_what_to_close(browser: Client) -> None:
    on = running(status=S.OVERDUE)
    wish = NominationFactory(employee=on.employee, programme=programme(SECOND))
    url = reverse("enrolment:decide_nomination", args=[wish.public_id])
    assert f"until {on.programme.name} is closed" in flat(browser.post(url, {"how": "earliest"}))


class TestAPath:
    def url(self, person: Employee) -> str:
        return reverse("enrolment:plan_path", args=[person.public_id])

    def test_it_is_reached_from_the_person_and_begins_with_what_is_to_come(self, browser: Client) -> None:
        on = running(SECOND)
        EnrolmentFactory(
            employee=on.employee,
            programme=programme(FIRST),
            status=S.COMPLETED,
            start_date=later(-60),
            planned_end_date=later(-33),
            ended_on=later(-33),
        )
        url = self.url(on.employee)
        assert url in browser.get(reverse("enrolment:person", args=[on.employee.public_id])).content.decode()
        assert browser.get(url).context["form"].initial == {"first": THIRD, "second": LONG}

    def test_all_of_it_is_seen_and_made_at_once(self, browser: Client) -> None:
        on = running(FIRST)
        url = self.url(on.employee)
        check = browser.post(url, {"first": SECOND, "second": THIRD, "third": LONG, "how": "days"})
        assert [bar.label for bar in check.context["timeline"].listed] == [
            on.programme.name,
            *(programme(code).name for code in (SECOND, THIRD, LONG)),
        ]
        assert not Enrolment.objects.exclude(pk=on.pk).exists()
        for _ in range(2):  # a double click makes one path
            done = browser.post(url, {**check.context["answers"], "confirm": "yes"}, follow=True)
            assert "The path of Ada Ash is planned" in text(done)
        made = list(Enrolment.objects.exclude(pk=on.pk).order_by("start_date"))
        assert [(e.programme.code, e.start_date) for e in made] == [
            (SECOND, later(21)),
            (THIRD, later(49)),
            (LONG, later(77)),
        ]
        assert [e.follows for e in made] == [on, made[0], made[1]]

    def test_behind_an_open_end_all_of_it_is_queued(self, browser: Client) -> None:
        on = running(FIRST, S.OVERDUE)
        check = browser.post(self.url(on.employee), {"first": SECOND, "second": THIRD})
        assert "gets dates once its end is known" in flat(check)
        browser.post(self.url(on.employee), {**check.context["answers"], "confirm": "yes"})
        made = list(Enrolment.objects.exclude(pk=on.pk).order_by("id"))
        assert [(e.status, e.follows) for e in made] == [(S.QUEUED, on), (S.QUEUED, made[0])]

    def test_what_stands_before_its_turn_is_said(self, browser: Client) -> None:
        stands = running(THIRD)
        url = reverse("enrolment:plan_path", args=[stands.employee.public_id])
        said = flat(browser.post(url, {"first": FIRST, "second": THIRD, "how": "days"}))
        assert "It begins before AI Leadership Literacy, which is ahead of it on this path." in said
        said = flat(browser.post(url, {"first": THIRD, "second": FIRST, "how": "days"}))
        assert "It begins before" not in said

    def test_in_cohorts_and_not_before(self, browser: Client) -> None:
        cohorts = [
            CohortFactory(programme=programme(code), start_date=later(n), planned_end_date=later(n + 27))
            for code, n in ((FIRST, 10), (FIRST, 40), (SECOND, 50), (SECOND, 80))
        ]
        person = EmployeeFactory()
        sent = {"first": FIRST, "second": SECOND, "how": "cohorts", "not_before": rules.say(later(30))}
        check = browser.post(self.url(person), sent)
        assert f"{cohorts[0].name} starts before {rules.say(later(30))}." in flat(check)
        browser.post(self.url(person), {**check.context["answers"], "confirm": "yes"})
        shown = re.sub(r"<[^>]+>", "", check.content.decode())
        assert f"{rules.say(later(67))}, {cohorts[1].name}" in shown  # no space before the comma
        made = Enrolment.objects.filter(employee=person).order_by("start_date")
        assert [e.cohort for e in made] == [cohorts[1], cohorts[3]]
        back = browser.get(check.context["change_url"])
        assert f'value="{rules.say(later(30))}"' in back.content.decode()

    def test_a_refused_one_says_why_and_the_rest_goes_on(self, browser: Client) -> None:
        gone = programme(FIRST)
        gone.withdrawn_on, gone.replaced_by = TODAY, programme(THIRD)
        gone.save()
        person = EmployeeFactory()
        check = browser.post(self.url(person), {"first": FIRST, "second": SECOND})
        assert f"It is replaced by {programme(THIRD).name}." in flat(check)
        assert f"Cannot be planned, so left out: {gone.name}." in flat(check)
        for _ in range(2):  # a double click says the same
            done = flat(browser.post(self.url(person), {**check.context["answers"], "confirm": "yes"}, follow=True))
            assert f"Not enrolled on {gone.name}: {check.context['steps'][0]['refusal']}" in done
            assert f"is planned: {programme(SECOND).name} " in done
        assert [e.programme.code for e in Enrolment.objects.all()] == [SECOND]

    def test_what_changed_since_is_shown_again(self, browser: Client) -> None:
        on = running(FIRST)
        check = browser.post(self.url(on.employee), {"first": SECOND})
        Enrolment.objects.filter(pk=on.pk).update(planned_end_date=later(25))
        again = browser.post(self.url(on.employee), {**check.context["answers"], "confirm": "yes"})
        assert "The dates have changed since you looked." in text(again)
        assert Enrolment.objects.count() == 1

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ({}, "Choose a programme."),
            ({"first": SECOND, "third": SECOND}, "is on the path already"),
            ({"first": SECOND, "not_before": "soon"}, "Enter a day like 4 May 2026."),
        ],
    )
    def test_what_is_wrong_is_said(self, browser: Client, sent: dict[str, str], sentence: str) -> None:
        assert sentence in text(browser.post(self.url(EmployeeFactory()), sent))

    def test_when_all_of_it_stands_there_is_nothing_to_do(self, browser: Client) -> None:
        on = running(FIRST)
        check = browser.post(self.url(on.employee), {"first": FIRST})
        assert "There is nothing to enrol on" in text(check)

    def test_nobody_plans_their_own(self, browser: Client, hr: User) -> None:
        person = EmployeeFactory(user=hr)
        assert "Somebody else enrols you" in text(browser.get(self.url(person)))
