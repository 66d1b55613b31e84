"""What learners say of what is recorded: fourteen days, restarted by a change; a dispute, answered in words by HR."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from enrolment import notices
from enrolment.actions.statements import Reply, Saying, answer_disputes, say_of_record
from enrolment.actions.texts import reword
from enrolment.models import Enrolment, EnrolmentEvent, Statement, StatementEvent
from enrolment.queries.helping import next_steps
from enrolment.queries.learner import standing
from enrolment.queries.statements import open_disputes, recorded, to_check
from enrolment.rules import STATEMENT_MOVES
from enrolment.rules import statements as rules
from people.actions.people import save_people
from people.clock import today
from people.entries import COLUMNS, Entry
from people.models import Employee, Notice
from tests.enrolment.test_learner import enrolled
from tests.factories import TODAY, EmployeeFactory, UserFactory

S, T = Enrolment.Status, Statement.Status
DAY = timedelta(days=1)


@pytest.fixture
def ada(db):
    """A learner with an account."""
    return EmployeeFactory(user=UserFactory())


@pytest.fixture
def hr(db):
    """Somebody in HR with a record."""
    return EmployeeFactory(user=UserFactory(is_hr=True)).user


@pytest.fixture
def enrolment(ada):
    """An enrolment of the learner's, recorded today."""
    row = enrolled(ada, start=TODAY + 30 * DAY, status=S.PLANNED)
    return recorded_again(row, TODAY, "enrol")


def recorded_again(row, on, move="redate", **changes):
    """The row with other facts, and the event of the move that recorded them."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    dates = {"start_date": row.start_date, "planned_end_date": row.planned_end_date, "ended_on": row.ended_on}
    EnrolmentEvent.objects.create(subject=row, move=move, to_status=row.status, on=on, **dates)
    return row


def say(row, by, *, on=TODAY, is_right=True, reason="", key=""):
    """One word on one record, by the action."""
    return say_of_record([Saying(row, is_right, reason, key)], by=by, on=on)[0]


def dispute(row, by, on=TODAY, reason="I start a week later."):
    """A dispute, accepted."""
    assert say(row, by, on=on, is_right=False, reason=reason).is_done
    return Statement.objects.get(enrolment=row)


def entry(person, **facts):
    """A file's row that speaks of these facts only."""
    values = tuple(facts.get(column) for column in COLUMNS)
    return Entry(person.staff_number, values, tuple(column in facts for column in COLUMNS))


def code(outcome):
    """The refusal's code."""
    return outcome.refusal.code if outcome.refusal else ""


def state(row, on=TODAY):
    """Where the learner's word stands on a day."""
    rows = list(Enrolment.objects.filter(pk=row.pk).select_related("employee__department", "employee__manager"))
    return recorded(rows, on=on)[row.pk].standing.state


class TestRules:
    """Without a database."""

    def event(self, on, start=None, ended=None, cohort=None):
        return EnrolmentEvent(move="x", on=on, start_date=start, ended_on=ended, cohort_id=cohort)

    def test_a_move_that_changes_no_fact_records_nothing_new(self):
        start = date(2026, 9, 7)
        events = [self.event(TODAY, start), self.event(TODAY + 5 * DAY, start), self.event(TODAY + 9 * DAY, start)]
        assert rules.recorded_on(events, created_on=TODAY, person_changed_on=None) == TODAY

    @pytest.mark.parametrize("change", [{"start": date(2026, 9, 8)}, {"ended": TODAY}, {"cohort": 3}])
    def test_another_day_or_cohort_is_recorded_anew(self, change):
        events = [self.event(TODAY, date(2026, 9, 7)), self.event(TODAY + DAY, **{"start": date(2026, 9, 7), **change})]
        assert rules.recorded_on(events, created_on=TODAY, person_changed_on=None) == TODAY + DAY

    def test_what_the_employer_changed_is_recorded_anew(self):
        later = TODAY + 3 * DAY
        assert rules.recorded_on([], created_on=TODAY, person_changed_on=later) == later
        assert rules.recorded_on([], created_on=later, person_changed_on=TODAY) == later

    @pytest.mark.parametrize(("days", "expected"), [(0, "to_check"), (14, "to_check"), (15, "lapsed")])
    def test_fourteen_days(self, days, expected):
        assert rules.standing(None, [], TODAY, on=TODAY + days * DAY).state == expected

    def test_what_changed_is_named_in_order(self):
        before, after = [["Start", "1"], ["Manager", "Mary"]], [["Start", "2"], ["Cohort", "A"]]
        assert rules.changed(before, after) == ["Start", "Cohort", "Manager"]

    def test_only_the_learner_speaks_and_only_hr_answers(self):
        assert [move.name for move in STATEMENT_MOVES.available(T.DISPUTED, "hr")] == ["answer"]
        assert [move.name for move in STATEMENT_MOVES.available(T.DISPUTED, "learner")] == ["confirm"]
        assert not STATEMENT_MOVES.available(T.CONFIRMED, "hr")


def test_confirming_is_kept_with_what_it_was_said_of(ada, enrolment):
    assert say(enrolment, ada.user).is_done
    statement = Statement.objects.get()
    assert (statement.status, statement.said_on) == (T.CONFIRMED, TODAY)
    assert ["Start", "15 July 2026"] in statement.facts
    event = StatementEvent.objects.get()
    assert (event.move, event.from_status, event.start_date) == ("confirm", "", enrolment.start_date)
    assert state(enrolment) == "confirmed"
    assert say(enrolment, ada.user).is_done
    assert StatementEvent.objects.count() == 1, "the same word again changes nothing"


@pytest.mark.parametrize("days", [0, 30])
def test_a_change_of_dates_asks_again_for_fourteen_days_from_then(ada, enrolment, days):
    say(enrolment, ada.user)
    moved = TODAY + days * DAY
    recorded_again(enrolment, moved, start_date=enrolment.start_date + DAY)
    assert state(enrolment, on=moved + 14 * DAY) == "to_check"
    assert state(enrolment, on=moved + 15 * DAY) == "lapsed"
    assert say(enrolment, ada.user, on=moved + 14 * DAY).is_done
    assert [event.facts[1] for event in StatementEvent.objects.order_by("id")] == [
        ["Start", "15 July 2026"],
        ["Start", "16 July 2026"],
    ]


def test_a_change_by_the_employer_asks_again(ada, enrolment):
    say(enrolment, ada.user)
    save_people([entry(ada, job_title="Head of Audit")], by=None, on=TODAY)
    fresh = Employee.objects.get(pk=ada.pk)
    assert (fresh.job_title, fresh.facts_changed_at is None) == ("Head of Audit", False)
    Employee.objects.filter(pk=ada.pk).update(facts_changed_at=datetime(2026, 7, 20, 23, 30, tzinfo=UTC))
    assert state(enrolment, on=date(2026, 8, 4)) == "to_check"  # it was the 21st in London
    assert state(enrolment, on=date(2026, 8, 5)) == "lapsed"


def test_what_a_learner_is_not_asked_about_asks_nothing_anew(ada):
    save_people([entry(ada, email="other@example.org")], by=None, on=TODAY)
    fresh = Employee.objects.get(pk=ada.pk)
    assert (fresh.email, fresh.facts_changed_at) == ("other@example.org", None)


def test_what_is_refused(ada, hr, enrolment):
    assert code(say(enrolment, hr)) == "not_yours"
    assert code(say(enrolment, ada.user, is_right=False, reason="  ")) == "reason_missing"
    assert code(say(enrolment, ada.user, on=TODAY + 15 * DAY)) == "too_late"
    assert code(say(enrolment, ada.user, key="0123456789abcdef")) == "facts_changed"
    dispute(enrolment, ada.user)
    assert code(say(enrolment, ada.user, is_right=False, reason="And more.")) == "move_not_allowed"
    recorded_again(enrolment, TODAY, "cancel", status=S.CANCELLED)
    assert code(say(enrolment, ada.user)) == "nothing_recorded"
    assert StatementEvent.objects.count() == 1


def test_many_are_judged_one_by_one(ada, enrolment):
    other = enrolled(EmployeeFactory(), start=TODAY)
    outcomes = say_of_record([Saying(enrolment, True), Saying(other, True)], by=ada.user, on=TODAY)
    assert [code(outcome) for outcome in outcomes] == ["", "not_yours"]
    assert Statement.objects.get().enrolment == enrolment


def test_a_dispute_waits_for_hr_who_are_told_and_answer_in_words(ada, hr, enrolment):
    statement = dispute(enrolment, ada.user)
    notice = Notice.objects.get(kind="record_disputed")
    assert (notice.employee, "I start a week later." in notice.body) == (hr.employee, True)
    assert list(open_disputes()) == [statement]
    recorded_again(enrolment, TODAY + DAY, start_date=enrolment.start_date + 7 * DAY)
    assert state(enrolment, on=TODAY + 60 * DAY) == "disputed", "until it is answered"
    outcome = answer_disputes([Reply(statement, "Mended: a week later.")], by=hr, on=TODAY + DAY)[0]
    assert outcome.is_done
    statement.refresh_from_db()
    assert (statement.status, statement.answer, statement.answered_by) == (T.ANSWERED, "Mended: a week later.", hr)
    notice.refresh_from_db()
    assert notice.status == Notice.Status.WITHDRAWN
    told = Notice.objects.get(kind="record_answered")
    assert (told.employee, "Mended: a week later." in told.body) == (ada, True)
    assert not open_disputes().exists()
    assert state(enrolment, on=TODAY + DAY) == "to_check", "it has changed: the learner is asked again"
    assert answer_disputes([Reply(statement, "Mended: a week later.")], by=hr, on=TODAY + DAY)[0].is_done
    assert [event.move for event in StatementEvent.objects.order_by("id")] == ["dispute", "answer"]


def test_an_answer_that_changes_nothing_stands_until_the_learner_speaks_again(ada, hr, enrolment):
    statement = dispute(enrolment, ada.user)
    answer_disputes([Reply(statement, "It is right: see the letter.")], by=hr, on=TODAY + DAY)
    assert state(enrolment, on=TODAY + 30 * DAY) == "answered"
    dispute(enrolment, ada.user, on=TODAY + 2 * DAY, reason="There is no letter.")
    statement.refresh_from_db()
    assert (statement.answer, statement.answered_by, statement.answered_on) == ("", None, None)
    assert [event.reason for event in StatementEvent.objects.order_by("id")] == [
        "I start a week later.",
        "It is right: see the letter.",
        "There is no letter.",
    ]
    assert Notice.objects.filter(kind="record_disputed", status="due").count() == 1


def test_who_may_not_answer(ada, hr, enrolment):
    statement = dispute(enrolment, ada.user)
    nobody = UserFactory(is_administrator=True)
    assert code(answer_disputes([Reply(statement, "So.")], by=nobody, on=TODAY)[0]) == "move_not_allowed"
    assert code(answer_disputes([Reply(statement, " ")], by=hr, on=TODAY)[0]) == "answer_missing"
    ada.user.is_hr = True
    assert code(answer_disputes([Reply(statement, "So.")], by=ada.user, on=TODAY)[0]) == "own_record"
    assert open_disputes().count() == 1


def test_a_dispute_can_be_taken_back_however_late(ada, hr, enrolment):
    dispute(enrolment, ada.user)
    assert say(enrolment, ada.user, on=TODAY + 40 * DAY).is_done
    assert state(enrolment, on=TODAY + 40 * DAY) == "confirmed"
    assert Notice.objects.get().status == Notice.Status.WITHDRAWN


def test_the_database_wants_reasons_and_answers(enrolment):
    bad: list[dict[str, str]] = [
        {"status": T.DISPUTED},
        {"status": T.ANSWERED, "reason": "So."},
        {"status": T.CONFIRMED, "answer": "So."},
    ]
    codes = []
    for facts in bad:
        statement = Statement(enrolment=enrolment, facts=[["Start", "1"]], said_on=TODAY, **facts)
        with pytest.raises(ValidationError) as error:
            statement.full_clean()
        codes.append(error.value.error_dict["__all__"][0].code)
        with pytest.raises(IntegrityError), transaction.atomic():
            statement.save()
    assert codes == ["reason_missing", "answer_missing", "answer_missing"]


def test_as_many_queries_for_many_as_for_one(ada, enrolment, django_assert_num_queries):
    dispute(enrolment, ada.user)
    with django_assert_num_queries(3):
        to_check(ada, on=TODAY)
    for number in range(5):
        row = enrolled(
            ada,
            start=TODAY - (number + 2) * 40 * DAY,
            days=20,
            status=S.WITHDRAWN,
            ended_on=TODAY - (number + 2) * 40 * DAY,
        )
        recorded_again(row, TODAY)
    with django_assert_num_queries(3):
        assert len(to_check(ada, on=TODAY)) == 6


class TestPages:
    """The learner's side, and HR's."""

    @pytest.fixture
    def fresh(self, ada):
        """An enrolment recorded on the day that pages read from the clock."""
        row = enrolled(ada, start=today() + 30 * DAY, status=S.PLANNED)
        return recorded_again(row, today(), "enrol")

    def test_what_is_the_learners_to_check_is_said_to_each_reader(self, ada, hr, fresh, client):
        address = reverse("enrolment:enrolment", args=[fresh.public_id])
        for reader, words, others in ((ada.user, "Yours to check", "Theirs"), (hr, "Theirs to check", "Yours")):
            client.force_login(reader)
            page = client.get(address).content.decode()
            assert words in page
            assert f"{others} to check" not in page

    def test_a_learner_disputes_and_hr_answers(self, ada, hr, fresh, client):
        client.force_login(ada.user)
        address = reverse("enrolment:check_record", args=[fresh.public_id])
        page = client.get(address)
        text = page.content.decode()
        assert "say by" in text
        assert "Job title" in text
        key = page.context["form"].initial["key"]
        refused = client.post(address, {"is_right": "no", "reason": "", "key": key}).content.decode()
        assert "Say what is wrong" in refused
        client.post(address, {"is_right": "no", "reason": "I start later.", "key": key})
        assert "It is right after all" in client.get(address).content.decode()
        assert "Disputed" in client.get(reverse("enrolment:my_programme")).content.decode()

        client.force_login(hr)
        assert "I start later." in client.get(reverse("enrolment:today")).content.decode()
        answer = reverse("enrolment:answer_dispute", args=[fresh.public_id])
        assert answer in client.get(reverse("enrolment:enrolment", args=[fresh.public_id])).content.decode()
        assert "Mend it first" in client.get(answer).content.decode()
        done = client.post(answer, {"answer": "It is as agreed."}, follow=True).content.decode()
        assert "reads your answer" in done
        assert "Nothing is disputed now." in client.get(answer).content.decode()
        assert "I start later." not in client.get(reverse("enrolment:today")).content.decode()

        client.force_login(ada.user)
        assert "It is as agreed." in client.get(address).content.decode()

    def test_what_changed_meanwhile_is_shown_before_it_is_confirmed(self, ada, fresh, client):
        client.force_login(ada.user)
        address = reverse("enrolment:check_record", args=[fresh.public_id])
        key = client.get(address).context["form"].initial["key"]
        recorded_again(fresh, today(), start_date=fresh.start_date + DAY)
        refused = client.post(address, {"is_right": "yes", "key": key})
        assert "has changed since you opened the page" in refused.content.decode()
        assert not Statement.objects.exists()
        again = refused.context["form"]["key"].value()
        client.post(address, {"is_right": "yes", "key": again})
        assert Statement.objects.get().status == T.CONFIRMED

    def test_nobody_else_sees_it(self, hr, fresh, client):
        client.force_login(hr)
        assert client.get(reverse("enrolment:check_record", args=[fresh.public_id])).status_code == 404


def test_the_letters_that_tell_what_is_recorded_name_the_last_day_to_confirm_it(enrolment):
    page = notices.settings.SITE_URL + reverse("enrolment:my_programme")
    for letters in (notices.enrolled([enrolment], on=TODAY), notices.moved([enrolment], on=TODAY)):
        (letter,) = letters
        until = recorded([enrolment], on=TODAY)[enrolment.pk].standing.until
        assert until == TODAY + 14 * DAY
        assert "Is this right? Confirm or dispute what is recorded, on your page, by 29 June 2026." in letter.body
        assert page in letter.body


def test_a_letter_in_new_words_keeps_the_day_of_what_is_recorded_and_asks_nothing_that_is_over(enrolment):
    letter = notices.enrolled([enrolment], on=TODAY)[0]
    letter.save()
    written = letter.body
    Notice.objects.update(due_on=TODAY + 3 * DAY)  # held back, and let go three days later
    for on, says in ((TODAY + 3 * DAY, True), (TODAY + 15 * DAY, False)):
        Notice.objects.update(body="Old words.")
        assert reword([letter.pk], kind="enrolled", on=on)
        body = Notice.objects.get().body
        assert ("Confirm or dispute" in body) is says
        assert (body == written) is says


def test_what_comes_next_asks_for_the_word_by_its_day(client, ada, enrolment):
    client.force_login(ada.user)
    day = today()
    recorded_again(enrolment, day, start_date=day + 10 * DAY, planned_end_date=day + 40 * DAY)
    page = client.get(reverse("enrolment:my_programme"))
    first, second = page.context["steps"][:2]
    assert first.words.startswith("It starts on ")
    assert second.words == (
        f"Say by {rules.say(day + 14 * DAY)} whether what is recorded about {enrolment.programme.name} is right."
    )
    address = reverse("enrolment:check_record", args=[enrolment.public_id])
    assert second.url == address
    assert b"confirm or dispute it by its day" in page.content
    before = Statement.objects.count()
    client.get(address)  # opening it says nothing
    assert Statement.objects.count() == before
    assert say(enrolment, ada.user, on=day).is_done
    after = client.get(reverse("enrolment:my_programme"))
    assert not any("what is recorded" in step.words for step in after.context["steps"])
    assert b"confirm or dispute it by its day" not in after.content


def test_many_records_of_one_day_are_one_line(ada, enrolment):
    recorded_again(enrolled(ada, "ai-transformation", start=TODAY + 90 * DAY, status=S.PLANNED), TODAY, "enrol")
    records = to_check(ada, on=TODAY)
    steps = next_steps(standing(ada, TODAY), nominations=[], records=records, on=TODAY)
    asked = [step for step in steps if "what is recorded" in step.words]
    assert [(step.words, step.url) for step in asked] == [
        ("Say by 29 June 2026 whether what is recorded about 2 programmes is right.", "#recorded")
    ]
    assert steps[0] == asked[0]
    over = next_steps(standing(ada, TODAY), nominations=[], records=to_check(ada, on=TODAY + 15 * DAY), on=TODAY)
    assert not any("what is recorded" in step.words for step in over)
