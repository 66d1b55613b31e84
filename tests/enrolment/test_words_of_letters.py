"""What letters say: the apprenticeship with its article, by when to answer, and a place that is only re-dated."""

from datetime import date, timedelta

import pytest

from enrolment import notices
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.models import Enrolment, Nomination, Statement
from enrolment.queries.progression import next_steps
from enrolment.rules.letters import LETTERS, original, samples
from enrolment.rules.nominations import expires_on
from enrolment.rules.planner import Plan
from enrolment.rules.progression import Coming, NextStep, answer_by
from enrolment.rules.wording import write
from people.models import Employee, Notice, Policy, User
from people.rules import say
from programmes.models import Cohort
from tests.factories import (
    TODAY,
    CohortFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    UserFactory,
    programme,
)

S = Enrolment.Status
APPRENTICESHIP = "AI & Automation Practitioner apprenticeship"
ITS_OWN = ("called_off",)  # written elsewhere


@pytest.mark.parametrize("kind", [kind for kind in LETTERS if kind not in ITS_OWN])
def test_the_apprenticeship_takes_its_article_in_every_letter(kind: str) -> None:
    values = samples(kind)
    names = {name: f"the {APPRENTICESHIP}" for name in values if name.endswith("called") or name == "programme"}
    names |= {name: APPRENTICESHIP for name in values if name.endswith(("programme.name", "idea.name"))}
    for is_so in (True, False):
        choices = {name: is_so for name, value in values.items() if isinstance(value, bool)}
        for part in original(kind):
            text = write(part, {**values, **names, **choices})
            assert text.count(APPRENTICESHIP) == text.count(f"the {APPRENTICESHIP}")
            assert not text.startswith("the ")
            assert "\nthe " not in text
            assert ". the " not in text
            assert all(line[:1] == line[:1].upper() for line in text.splitlines() if line)


def test_a_yes_is_asked_for_within_two_weeks_and_before_a_cohort_begins() -> None:
    soon, later = TODAY + timedelta(5), TODAY + timedelta(60)
    assert answer_by(Plan(soon, later), TODAY) == TODAY + timedelta(14)
    assert answer_by(Plan(soon, later, Cohort(name="June")), TODAY) == TODAY + timedelta(4)
    assert answer_by(Plan(later, later, Cohort(name="Later")), TODAY) == TODAY + timedelta(14)
    assert answer_by(Plan(TODAY, later, Cohort(name="Now")), TODAY) == TODAY


def ended(person: Employee) -> Enrolment:
    """Somebody who finished the first unit."""
    return EnrolmentFactory(
        employee=person,
        programme=programme("ai-leadership-literacy"),
        status=S.COMPLETED,
        start_date=TODAY - timedelta(40),
        planned_end_date=TODAY - timedelta(1),
        ended_on=TODAY - timedelta(1),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["finished", "progression", "can_start"])
def test_what_comes_next_says_by_when(kind: str) -> None:
    row = ended(EmployeeFactory())
    step = next_steps([row], on=TODAY)[row.employee_id]
    due = [(row, kind, TODAY, None)]
    letter = notices.reminders(due, on=TODAY, coming={row.employee_id: Coming(step=step)})[0]
    assert f"by {say(TODAY + timedelta(14))}" in letter.body
    cohort = CohortFactory(programme=step.programme, start_date=TODAY + timedelta(7))
    seat = NextStep(cohort.programme, Plan(cohort.start_date, cohort.planned_end_date, cohort))
    letter = notices.reminders(due, on=TODAY, coming={row.employee_id: Coming(step=seat)})[0]
    assert f"by {say(TODAY + timedelta(6))}" in letter.body


@pytest.mark.django_db
def test_hrs_question_says_by_when() -> None:
    row = ended(EmployeeFactory())
    letter = notices.next_asked([row], next_steps([row], on=TODAY), on=TODAY)[0]
    assert f"Say yes on the page by {say(TODAY + timedelta(14))}" in letter.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nomination_asked", "Give it before {day}"),
        ("nomination_waits", "Undecided, it expires on {day}."),
        ("wish", "Answer before {day}"),
        ("wish_waits", "before {day}"),
    ],
)
def test_who_is_asked_about_a_nomination_reads_by_when(kind: str, said: str) -> None:
    Policy.objects.filter(pk=1).update(nomination_expiry_days=7)
    about = NominationFactory(programme=programme("ai-governance"), asked_on=TODAY)
    day = expires_on(about, Policy.objects.get())
    assert day == TODAY + timedelta(9)
    assert said.format(day=say(day)) in notices.nomination(kind, [(about.employee, about)], due=TODAY)[0].body


@pytest.mark.django_db
def test_letters_about_many_nominations_ask_for_the_policy_once(django_assert_num_queries) -> None:
    people = EmployeeFactory.create_batch(3)
    for person in people:
        NominationFactory(employee=person, programme=programme("ai-governance"))
    found = Nomination.objects.select_related("employee__manager", "programme", "nominated_by__employee")
    rows = [(about.employee, about) for about in found]
    with django_assert_num_queries(2):  # the texts, the policy
        assert len(notices.nomination("nomination_asked", rows, due=TODAY)) == 3


@pytest.mark.django_db
def test_an_answer_begins_like_a_sentence() -> None:
    row = ended(EmployeeFactory())
    about = Statement(enrolment=row, said_on=TODAY, reason="No.", answer="Mended.", answered_by=UserFactory())
    body = notices.statement("record_answered", [(row.employee, about)], on=TODAY)[0].body
    assert "\n\nYou said that what is recorded about AI Leadership Literacy is not right." in body


def queued_again(person: Employee, hr: User) -> Enrolment:
    """Somebody enrolled, whose place has lost its days since."""
    wish = Wish(person, programme("ai-governance"), date(2026, 9, 7), date(2026, 10, 4))
    row = enrol([wish], by=hr, on=TODAY)[0].subject.enrolment
    assert row
    Enrolment.objects.filter(pk=row.pk).update(status=S.QUEUED, start_date=None, planned_end_date=None, version=None)
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_a_place_that_somebody_knows_of_gets_other_days_not_a_second_beginning() -> None:
    hr, knows, new = UserFactory(is_hr=True), EmployeeFactory(), EmployeeFactory()
    rows = [queued_again(person, hr) for person in (knows, new)]
    Notice.objects.filter(employee=knows).update(status=Notice.Status.SENT, sent_at="2026-06-15T09:00Z")
    Notice.objects.filter(employee=new).delete()
    wishes = [Wish(row.employee, row.programme, date(2026, 9, 14), date(2026, 10, 11), enrolment=row) for row in rows]
    assert all(outcome.is_done for outcome in plan(wishes, by=hr, on=TODAY))
    assert list(Notice.objects.filter(employee=new).values_list("kind", flat=True)) == ["enrolled"]
    second = Notice.objects.get(employee=knows, status=Notice.Status.DUE)
    assert second.kind == "moved"
    assert "it now runs from 14 September 2026 to 11 October 2026" in second.body
