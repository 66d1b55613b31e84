"""Sending the questionnaire out: who is asked, who is left out, reminders once a day, whose a response is."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from assessment import actions as answering
from assessment import queries as assessment
from assessment.actions import recording
from assessment.models import Asked, Placement, Response, Sending
from assessment.queries import asked as asked_of
from enrolment.actions import sendings as actions
from enrolment.queries import sendings as queries
from people.actions.mailing import send_due
from people.clock import now
from people.models import Employee, Notice
from tests.factories import TODAY, DepartmentFactory, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = TODAY + 10 * DAY
ANSWERS = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


def send(people, hr, *, on=TODAY, due_on=DUE, key=None):
    return actions.send([p.pk for p in people], to="department Sales", due_on=due_on, by=hr, on=on, key=key)


def sent(people, hr, **how):
    """The sending that asked all of these."""
    outcomes = send(people, hr, **how)
    assert all(outcome.is_done for outcome in outcomes)
    return Sending.objects.get(pk=outcomes[0].subject.sending_id)


def begin(person, *, on=TODAY):
    return answering.begin([person], by=None, on=on)[0]


def answer(person, *, on=TODAY):
    """Begin, answer everything, send."""
    response = begin(person, on=on)
    answering.answer([answering.Answered(response, ANSWERS)], by=None)
    return answering.submit([response], by=None, on=on)[0]


def code_of(outcome):
    """Why it was refused; empty where it was not."""
    return outcome.refusal.code if outcome.refusal else ""


def kinds(person):
    return list(Notice.objects.filter(employee=person).order_by("id").values_list("kind", flat=True))


def test_everybody_asked_has_a_row_and_a_letter(hr):
    ada, ben = EmployeeFactory(given_names="Ada"), EmployeeFactory(given_names="Ben", email="")
    sending = sent([ada, ben], hr)
    assert (sending.to, sending.due_on, sending.sent_by, sending.sent_on) == ("department Sales", DUE, hr, TODAY)
    assert set(sending.asked.values_list("employee", flat=True)) == {ada.pk, ben.pk}
    letter = Notice.objects.get(employee=ada)
    assert (letter.kind, letter.subject, letter.about_on) == ("questionnaire", sending.public_id, DUE)
    assert letter.body.startswith("Hello Ada,")
    assert letter.body.count("http") == 1
    assert letter.body.rstrip().endswith("/questionnaire/")
    send_due(on=TODAY, now=now())
    assert Notice.objects.get(employee=ben).status == Notice.Status.NO_ADDRESS


@pytest.mark.parametrize("given_names", ["{{ site }}", "<b>Ada</b> & 'Co'", r"\1 %s {0}"])
def test_a_letter_has_the_name_verbatim(hr, given_names):
    person = EmployeeFactory(given_names=given_names)
    sent([person], hr)
    assert Notice.objects.get(employee=person).body.startswith(f"Hello {given_names},")


def leave(person, hr):
    Employee.objects.filter(pk=person.pk).update(employed_until=TODAY - DAY)


def join_later(person, hr):
    Employee.objects.filter(pk=person.pk).update(employed_from=TODAY + DAY)


LEFT_OUT = {
    "left": leave,
    "not_yet_employed": join_later,
    "answering": lambda person, hr: begin(person),
    "answered": lambda person, hr: answer(person, on=TODAY - 100 * DAY),
    "already_asked": lambda person, hr: sent([person], hr, due_on=TODAY),
}


@pytest.mark.parametrize("code", LEFT_OUT)
def test_who_is_left_out_and_why(hr, code):
    person, other = EmployeeFactory(), EmployeeFactory()
    LEFT_OUT[code](person, hr)
    told = len(kinds(person))
    foreseen = queries.foreseen(Employee.objects.filter(pk__in=[person.pk, other.pk]), on=TODAY)
    assert (foreseen.asked, foreseen.people, foreseen.left_out_count) == (1, [other], 1)
    assert [found for found, _ in foreseen.left_out] == [person]
    outcomes = {outcome.subject.employee_id: outcome for outcome in send([person, other], hr)}
    assert outcomes[other.pk].is_done
    assert outcomes[person.pk].refusal.code == code
    assert len(kinds(person)) == told
    assert not Asked.objects.filter(employee=person, sending=outcomes[other.pk].subject.sending).exists()


def test_an_old_answer_an_old_asking_and_an_ended_one_do_not_leave_anybody_out(hr):
    old, overdue, ended = EmployeeFactory(), EmployeeFactory(), EmployeeFactory()
    answer(old, on=TODAY - 200 * DAY)
    sent([overdue], hr, on=TODAY - 20 * DAY, due_on=TODAY - DAY)
    actions.end([sent([ended], hr)], by=hr, on=TODAY)
    assert all(outcome.is_done for outcome in send([old, overdue, ended], hr))


def test_where_nobody_is_asked_there_is_no_sending(hr):
    person = EmployeeFactory(employed_until=TODAY - DAY)
    assert [outcome.refusal.code for outcome in send([person], hr)] == ["left"]
    assert [outcome.refusal.code for outcome in send([EmployeeFactory()], hr, due_on=TODAY - DAY)] == ["in_past"]
    assert not Sending.objects.exists()
    assert not Notice.objects.exists()


def test_the_same_form_twice_is_one_sending(hr):
    people, key = [EmployeeFactory(), EmployeeFactory()], uuid.uuid4()
    first, again = send(people, hr, key=key), send(people, hr, key=key)
    assert [o.subject.sending for o in again] == [o.subject.sending for o in first]
    assert all(outcome.is_done for outcome in again)
    assert Sending.objects.count() == 1
    assert Notice.objects.count() == 2


def test_very_many_are_asked_in_parts(hr, monkeypatch):
    monkeypatch.setattr(actions, "PART", 2)
    people = [EmployeeFactory() for _ in range(5)]
    sending = sent(people, hr)
    assert sending.asked.count() == 5
    assert Notice.objects.filter(subject=sending.public_id).count() == 5
    assert Sending.objects.count() == 1


def test_a_response_belongs_to_the_sending_that_asked(hr):
    person = EmployeeFactory()
    assert asked_of(person) is None
    earlier = begin(person)
    assert earlier.sending is None
    answering.answer([answering.Answered(earlier, ANSWERS)], by=None)
    answering.submit([earlier], by=None, on=TODAY)
    sending = sent([person], hr, on=TODAY + 200 * DAY, due_on=TODAY + 210 * DAY)
    assert asked_of(person) == sending
    response = begin(person, on=TODAY + 201 * DAY)
    assert response.sending == sending
    assert asked_of(person) == sending
    answering.answer([answering.Answered(response, ANSWERS)], by=None)
    answering.submit([response], by=None, on=TODAY + 201 * DAY)
    assert asked_of(person) is None
    assert begin(person, on=TODAY + 202 * DAY).sending is None  # this sending has its answer


def test_one_response_for_a_sending_and_person(hr):
    person = EmployeeFactory()
    sending = sent([person], hr)
    answer(person)
    response = Response.objects.get(employee=person)
    assert response.sending == sending
    other = begin(person)
    with pytest.raises(IntegrityError, match="one_response_per_sending_and_person"), transaction.atomic():
        Response.objects.filter(pk=other.pk).update(sending=sending)


def test_the_funnel_counts_each_step(hr):
    people = [EmployeeFactory() for _ in range(4)]
    sending, other = sent(people, hr), sent([EmployeeFactory()], hr)
    begin(people[0])
    answer(people[1])
    made = answer(people[2])
    answering.place([answering.Decision(made.employee, made.programme, made)], by=hr, on=TODAY)
    assert Placement.objects.count() == 1
    funnels = queries.funnels([sending, other])
    assert funnels[sending.pk] == queries.Funnel(asked=4, opened=3, answered=2, decided=1)
    assert funnels[other.pk] == queries.Funnel(asked=1)
    assert [step["percent"] for step in funnels[sending.pk].steps] == [100, 75, 50, 25]
    expected = {"": people, "not_opened": people[3:], "under_way": people[:1], "answered": people[1:3]}
    for show, some in expected.items():
        assert set(queries.sent_to(sending, show=show)) == set(some)
        found = list(queries.exported(sending, show=show))
        assert [row[0] for row in found] == [p.staff_number for p in sorted(some, key=lambda p: p.family_name)]
    states = {row[0]: (row[5], row[7], row[8]) for row in queries.exported(sending, show="")}
    assert states[people[0].staff_number] == ("under_way", None, False)
    assert states[people[1].staff_number] == ("answered", TODAY, False)
    assert states[people[2].staff_number] == ("answered", TODAY, True)
    assert states[people[3].staff_number] == ("not_opened", None, False)


def test_answering_withdraws_the_letters_that_have_not_gone_out(hr):
    person, other = EmployeeFactory(), EmployeeFactory()
    sending = sent([person, other], hr)
    answer(person)
    letters = dict(Notice.objects.filter(subject=sending.public_id).values_list("employee", "status"))
    assert letters == {person.pk: Notice.Status.WITHDRAWN, other.pk: Notice.Status.DUE}


def test_the_rest_is_reminded_and_nobody_twice_a_day(hr):
    waits, begun, done, gone = (EmployeeFactory() for _ in range(4))
    sending = sent([waits, begun, done, gone], hr)
    assert code_of(actions.remind([sending], by=hr, on=TODAY)[0]) == "nobody_to_remind"  # asked that very day
    begin(begun)
    answer(done)
    Employee.objects.filter(pk=gone.pk).update(employed_until=TODAY)
    tomorrow = TODAY + DAY
    for expected in ("", "nobody_to_remind"):
        outcome = actions.remind([sending], by=hr, on=tomorrow)[0]
        assert code_of(outcome) == expected
    assert [kinds(p).count("questionnaire_reminder") for p in (waits, begun, done, gone)] == [1, 1, 0, 0]
    assert set(sending.asked.filter(reminded_on=tomorrow).values_list("employee", flat=True)) == {waits.pk, begun.pk}
    send_due(on=tomorrow, now=now())
    assert actions.remind([sending], by=hr, on=tomorrow + DAY)[0].subject.people == 2
    assert kinds(waits).count("questionnaire_reminder") == 2


def test_who_was_reminded_by_another_sending_hears_nothing_more_that_day(hr):
    person = EmployeeFactory()
    first = sent([person], hr, on=TODAY - 20 * DAY, due_on=TODAY - 10 * DAY)
    second = sent([person], hr, on=TODAY - 5 * DAY)
    assert actions.remind([first], by=hr, on=TODAY)[0].is_done
    assert code_of(actions.remind([second], by=hr, on=TODAY)[0]) == "nobody_to_remind"


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        (-3, None),
        (-2, "questionnaire_due_soon"),
        (0, "questionnaire_due_soon"),
        (1, "questionnaire_overdue"),
        (14, "questionnaire_overdue"),
        (15, None),
    ],
)
def test_the_calendar_reminds_once(hr, days, kind):
    person = EmployeeFactory()
    sent([person], hr)
    for _ in range(2):
        actions.remind_all(on=DUE + days * DAY)
    assert kinds(person)[1:] == ([kind] if kind else [])


def test_the_calendar_reminds_once_each_over_all_days(hr):
    waits, done = EmployeeFactory(), EmployeeFactory()
    sent([waits, done], hr)
    answer(done)
    reminded = [actions.remind_all(on=TODAY + number * DAY) for number in range(40)]
    assert sum(reminded) == 2
    assert kinds(waits) == ["questionnaire", "questionnaire_due_soon", "questionnaire_overdue"]
    assert kinds(done) == ["questionnaire"]


def test_a_letter_two_days_before_the_day_is_no_reason_to_remind_at_once(hr):
    person = EmployeeFactory()
    sent([person], hr, due_on=TODAY + 2 * DAY)
    assert [actions.remind_all(on=TODAY + number * DAY) for number in range(4)] == [0, 0, 0, 1]
    assert kinds(person) == ["questionnaire", "questionnaire_overdue"]


def test_an_ended_sending_asks_nobody_and_can_be_taken_up_again(hr):
    person = EmployeeFactory()
    sending = sent([person], hr)
    for _ in range(2):
        ended = actions.end([sending], by=hr, on=TODAY)[0].subject
    assert ended.ended_on == TODAY
    assert Notice.objects.get(employee=person).status == Notice.Status.WITHDRAWN
    assert asked_of(person) is None
    assert code_of(actions.remind([sending], by=hr, on=TODAY + DAY)[0]) == "ended"
    assert actions.remind_all(on=DUE) == 0
    begun = begin(person)
    assert begun.sending is None
    for _ in range(2):
        actions.resume([sending], by=hr, on=TODAY)
    assert asked_of(person) == sending
    letter = Notice.objects.get(employee=person)
    assert (letter.kind, letter.status) == ("questionnaire", Notice.Status.DUE), "it goes out after all"
    assert actions.remind([sending], by=hr, on=TODAY + DAY)[0].subject.people == 1
    answering.answer([answering.Answered(begun, ANSWERS)], by=None)
    answering.submit([begun], by=None, on=TODAY + DAY)
    assert queries.funnels([sending])[sending.pk].answered == 1, "begun while it was ended, counted all the same"


def test_a_reminder_that_an_ending_withdrew_goes_when_the_ending_is_undone(hr):
    person = EmployeeFactory()
    sending = sent([person], hr)
    on = DUE - 2 * DAY
    assert actions.remind_all(on=on) == 1
    actions.end([sending], by=hr, on=on)
    actions.resume([sending], by=hr, on=on)
    assert actions.remind_all(on=on + DAY) == 1
    due = Notice.objects.filter(employee=person, status=Notice.Status.DUE).values_list("kind", flat=True)
    assert set(due) == {"questionnaire", "questionnaire_due_soon"}


def by_another_sending(person, hr):
    sent([person], hr, on=DUE + DAY, due_on=DUE + 9 * DAY)
    answer(person, on=DUE + DAY)


def by_a_file(person, hr):
    version = assessment.published()
    assert recording.record([recording.Given(person, ANSWERS)], version=version, by=hr, on=DUE + DAY)


def begun_while_it_was_ended(person, hr):
    sendings = list(Sending.objects.all())
    actions.end(sendings, by=hr, on=TODAY)
    response = begin(person)
    actions.resume(sendings, by=hr, on=TODAY)
    answering.answer([answering.Answered(response, ANSWERS)], by=None)
    answering.submit([response], by=None, on=DUE + DAY)


@pytest.mark.parametrize("answered", [by_another_sending, by_a_file, begun_while_it_was_ended])
def test_whoever_has_answered_on_any_way_is_asked_by_nothing_any_more(hr, answered):
    person, other = EmployeeFactory(), EmployeeFactory()
    sending = sent([person, other], hr)
    answered(person, hr)
    assert asked_of(person) is None
    assert not Notice.objects.filter(employee=person, status=Notice.Status.DUE).exists()
    assert actions.remind([sending], by=hr, on=DUE + 2 * DAY)[0].subject.people == 1
    actions.remind_all(on=DUE + 3 * DAY)
    told = Notice.objects.filter(kind__in=["questionnaire_reminder", "questionnaire_overdue"])
    assert {notice.employee_id for notice in told} == {other.pk}


def test_whom_the_words_and_departments_mean():
    sales, finance = DepartmentFactory(name="Sales"), DepartmentFactory(name="Finance")
    ada = EmployeeFactory(department=sales, job_title="Head of Bids")
    ben, eve = EmployeeFactory(department=sales), EmployeeFactory(department=finance, job_title="Bids")
    people = Employee.objects.all()
    chosen = queries.by_search(people, "", [sales])
    assert (set(chosen.people), chosen.words) == ({ada, ben}, "Sales")
    chosen = queries.by_search(people, "bids", [sales])
    assert (set(chosen.people), chosen.words) == ({ada}, "whoever matches “bids” in Sales")
    chosen = queries.by_search(people, "bids", [])
    assert set(chosen.people) == {ada, eve}
    assert queries.by_search(people, "", []).words == "everybody"
    assert set(queries.by_number(people, [ben.staff_number]).people) == {ben}
