"""What people are told after a change, an undo, a way back: once, as it stands, and never what is no longer so."""

from datetime import date, timedelta
from typing import Any

import pytest

from enrolment.actions import changes, nominations
from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import close_cohort, move_cohort, promote
from enrolment.actions.directory import leave
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.actions.merging import Merge, merge
from enrolment.actions.people import give_access
from enrolment.actions.second_looks import Asking, Naming, ask_second_look, name_reviewer
from enrolment.models import Enrolment, Nomination
from enrolment.queries.calendar import people_due
from enrolment.queries.lapsed import lapsed
from enrolment.rules.cohorts import CANCEL, Way
from people.actions.mailing import send_due
from people.clock import now
from people.models import Employee, Notice, User
from programmes.models import Cohort
from tests.factories import TODAY, CohortFactory, EmployeeFactory, PlacementFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(1)
S, Q = Enrolment.Status, Notice.Status
UNIT, FIRST = "ai-governance", "ai-leadership-literacy"
START, END = TODAY + 30 * DAY, TODAY + 57 * DAY


@pytest.fixture
def hr() -> User:
    """HR of the whole organisation."""
    return UserFactory(is_hr=True)


def made(person: Employee, code: str = UNIT, on: date = TODAY, **facts: Any) -> Enrolment:
    """Somebody, enrolled."""
    (outcome,) = enrol([Wish(person, programme(code), **facts)], by=None, on=on)
    assert outcome.subject.enrolment, outcome.refusal
    return outcome.subject.enrolment


def planned(person: Employee | None = None) -> Enrolment:
    """Somebody with a plan a month ahead."""
    return made(person or EmployeeFactory(), start_date=START, planned_end_date=END)


def hear() -> None:
    """Everything due is mailed, but for what the calendar says ahead."""
    ahead = ("starts_soon", "started", "progression", "can_start")
    Notice.objects.filter(status=Q.DUE).exclude(kind__in=ahead).update(status=Q.SENT, sent_at=now())


def due(enrolment: Enrolment, kind: str = "") -> list[str]:
    """Which kinds are to be told of it, oldest first; or of one kind what they say."""
    ahead = ("starts_soon", "started", "progression", "can_start")
    rows = Notice.objects.filter(subject=enrolment.public_id, status=Q.DUE).exclude(kind__in=ahead).order_by("id")
    return list(rows.filter(kind=kind).values_list("body", flat=True) if kind else rows.values_list("kind", flat=True))


def said(day: date) -> str:
    """A day as letters say it."""
    return f"{day.day} {day:%B %Y}"


class TestDates:
    """Other dates are told each time, by the one letter that is needed."""

    def test_each_other_end_is_told(self, hr: User) -> None:
        enrolment = planned()
        hear()
        for days in (40, 60):
            end = START + days * DAY
            changes.redate([enrolment], start_date=START, planned_end_date=end, by=hr, on=TODAY)
            (body,) = due(enrolment, "moved")
            assert said(end) in body
            hear()

    def test_back_on_the_days_it_had_before_it_lost_them(self, hr: User) -> None:
        person = EmployeeFactory()
        ahead = made(person, FIRST, start_date=TODAY - 20 * DAY, planned_end_date=TODAY + 2 * DAY)
        plan_ = planned(person)
        changes.redate([plan_], start_date=START + DAY, planned_end_date=END, by=hr, on=TODAY)
        hear()
        on = TODAY + 3 * DAY
        enforce([person.pk], on=on)
        assert due(plan_) == ["queued"], "what runs before it is overdue"
        hear()
        changes.complete([ahead], ended_on=on, by=hr, on=on)
        plan_.refresh_from_db()
        assert plan_.status == S.PLANNED
        (body,) = due(plan_, "moved")
        assert plan_.start_date
        assert said(plan_.start_date) in body

    def test_a_first_letter_that_has_not_left_says_the_days_as_they_are(self, hr: User) -> None:
        person = EmployeeFactory(manager=EmployeeFactory())
        enrolment = planned(person)
        changes.redate([enrolment], start_date=START, planned_end_date=END + 9 * DAY, by=hr, on=TODAY)
        assert due(enrolment) == ["enrolled", "team_enrolled"], "and no letter about days they never heard of"
        assert said(END + 9 * DAY) in due(enrolment, "enrolled")[0]
        assert said(END + 9 * DAY) in due(enrolment, "team_enrolled")[0]

    def test_a_seat_that_was_not_told_of_and_is_given_up_for_own_days(self, hr: User) -> None:
        cohort = CohortFactory(programme=programme(UNIT), seats=1)
        has, waits = (made(EmployeeFactory(), cohort=cohort, may_wait=True) for _ in range(2))
        changes.cancel([has], by=hr, on=TODAY, reason="Not now.")
        promote([cohort], by=None, on=TODAY)
        assert due(waits) == ["promoted"]
        changes.redate([waits], start_date=START + DAY, planned_end_date=END, by=hr, on=TODAY)
        assert due(waits) == ["moved"]
        assert said(START + DAY) in due(waits, "moved")[0]

    def test_so_it_does_of_what_began_and_is_extended_meanwhile(self, hr: User) -> None:
        enrolment = made(
            EmployeeFactory(manager=EmployeeFactory()), start_date=TODAY, planned_end_date=TODAY + 27 * DAY
        )
        later = TODAY + 60 * DAY
        changes.extend([enrolment], planned_end_date=later, by=hr, on=TODAY)
        assert due(enrolment) == ["enrolled", "team_enrolled"]
        assert [said(later) in due(enrolment, kind)[0] for kind in ("enrolled", "team_enrolled")] == [True, True]
        hear()
        changes.shorten([enrolment], planned_end_date=TODAY + 50 * DAY, by=hr, on=TODAY)
        assert due(enrolment) == ["recorded"]

    def test_a_break_that_is_over_before_anything_was_told(self, hr: User) -> None:
        end = TODAY + 400 * DAY
        enrolment = made(EmployeeFactory(), "ai-practitioner", start_date=TODAY, planned_end_date=end)
        changes.begin_break([enrolment], return_on=None, planned_end_date=None, by=hr, on=TODAY, reason="Ill.")
        changes.end_break([enrolment], planned_end_date=end, by=hr, on=TODAY)
        assert due(enrolment) == ["enrolled"]

    def test_another_manager_does_not_hear_late_of_what_runs(self, hr: User) -> None:
        before, after = EmployeeFactory.create_batch(2)
        enrolment = made(EmployeeFactory(manager=before), start_date=TODAY, planned_end_date=TODAY + 27 * DAY)
        copy = Notice.objects.filter(kind="team_enrolled")
        copy.update(status=Q.WITHDRAWN)
        Employee.objects.filter(pk=enrolment.employee_id).update(manager=after)
        changes.extend([enrolment], planned_end_date=TODAY + 60 * DAY, by=hr, on=TODAY)
        assert [row.status for row in copy] == [Q.WITHDRAWN]

    def test_who_has_no_address_is_told_in_person_of_the_last_dates(self, hr: User) -> None:
        enrolment = planned(EmployeeFactory(email=""))
        for days in (0, 10, 20):
            if days:
                start, end = START + days * DAY, END + days * DAY
                changes.redate([enrolment], start_date=start, planned_end_date=end, by=hr, on=TODAY)
            send_due(on=TODAY, now=now(), lapsed=lapsed)
        untold = Notice.objects.unheard(TODAY)
        assert [(row.kind, row.about_on) for row in untold] == [("enrolled", START + 20 * DAY)]
        changes.cancel([enrolment], by=hr, on=TODAY, reason="Not now.")
        send_due(on=TODAY, now=now(), lapsed=lapsed)
        assert [row.kind for row in untold.all()] == ["called_off"]

    def test_who_finishes_again_hears_of_it_again(self, hr: User) -> None:
        enrolment = made(EmployeeFactory(), start_date=TODAY - 20 * DAY, planned_end_date=TODAY + 7 * DAY)
        changes.complete([enrolment], ended_on=TODAY, by=hr, on=TODAY)
        hear()
        changes.reopen([enrolment], planned_end_date=TODAY + 20 * DAY, by=hr, on=TODAY + DAY, reason="Too soon.")
        hear()
        on = TODAY + 15 * DAY
        changes.complete([enrolment], ended_on=on, by=hr, on=on)
        rows = Notice.objects.filter(kind="finished").order_by("round")
        assert [row.about_on for row in rows] == [TODAY, on]
        hear()
        enforce([enrolment.employee_id], on=on + DAY)
        assert rows.count() == 2

    def test_nobody_is_told_long_after_that_something_will_end(self) -> None:
        for days, told in ((13, False), (6, True)):
            start = TODAY - 40 * DAY
            enrolment = made(EmployeeFactory(), start_date=start, planned_end_date=TODAY - days * DAY)
            enforce([enrolment.employee_id], on=TODAY)
            assert Notice.objects.filter(kind="progression", subject=enrolment.public_id).exists() is told


class TestUndone:
    """An undo tells again what the closing took back, and nobody anything else."""

    def test_a_place_that_was_never_told_of_is_told_of(self, hr: User) -> None:
        enrolment = planned(EmployeeFactory(manager=EmployeeFactory()))
        changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        assert changes.undo([enrolment], by=hr, on=TODAY, at=now())[0].is_done
        assert due(enrolment) == ["enrolled", "team_enrolled"]

    def test_the_managers_copy_too_where_the_learner_had_heard(self, hr: User) -> None:
        person = EmployeeFactory(manager=EmployeeFactory())
        enrolment = planned(person)
        Notice.objects.filter(employee=person).update(status=Q.SENT, sent_at=now())
        changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        changes.undo([enrolment], by=hr, on=TODAY, at=now())
        assert due(enrolment) == ["team_enrolled"]

    def test_another_last_day_that_was_never_told(self, hr: User) -> None:
        enrolment = made(EmployeeFactory(), start_date=TODAY - 5 * DAY, planned_end_date=TODAY + 27 * DAY)
        hear()
        later = TODAY + 60 * DAY
        changes.extend([enrolment], planned_end_date=later, by=hr, on=TODAY)
        changes.withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason="A slip.")
        changes.undo([enrolment], by=hr, on=TODAY, at=now())
        (body,) = due(enrolment, "recorded")
        assert said(later) in body

    def test_nobody_hears_of_what_was_undone_before_they_heard(self, hr: User) -> None:
        enrolment = planned(EmployeeFactory(manager=EmployeeFactory()))
        hear()
        changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        changes.undo([enrolment], by=hr, on=TODAY, at=now())
        assert due(enrolment) == []

    def test_nor_what_a_person_called_off_nor_a_history_that_is_no_news(self, hr: User) -> None:
        enrolment = planned()
        Notice.objects.filter(kind="enrolled").update(status=Q.WITHDRAWN, settled_by=hr)
        changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        changes.undo([enrolment], by=hr, on=TODAY, at=now())
        assert due(enrolment) == []
        runs = made(EmployeeFactory(), start_date=TODAY - 9 * DAY, planned_end_date=TODAY + 9 * DAY)
        Notice.objects.filter(subject=runs.public_id).delete()  # as history from a file, which is told to nobody
        changes.withdraw([runs], ended_on=TODAY, by=hr, on=TODAY, reason="A slip.")
        changes.undo([runs], by=hr, on=TODAY, at=now())
        assert due(runs) == []

    def test_the_reminder_of_the_week_before_comes_all_the_same(self, hr: User) -> None:
        enrolment = made(EmployeeFactory(), start_date=TODAY + 5 * DAY, planned_end_date=TODAY + 32 * DAY)
        Notice.objects.update(status=Q.WITHDRAWN)
        enforce([enrolment.employee_id], on=TODAY)
        assert Notice.objects.filter(kind="starts_soon", status=Q.DUE).exists()


class TestCohort:
    """Nobody comes back into a cohort that is closed or has other dates, nor agrees to dates it has no more."""

    @pytest.fixture
    def cohort(self) -> Cohort:
        """One seat."""
        return CohortFactory(programme=programme(UNIT), seats=1)

    def test_one_that_was_closed(self, cohort: Cohort, hr: User) -> None:
        has, waits = (made(EmployeeFactory(), cohort=cohort, may_wait=True) for _ in range(2))
        ways = {each.pk: Way(CANCEL) for each in (has, waits)}
        close_cohort(cohort, ways=ways, by=hr, on=TODAY, at=now(), reason="Too few.")
        for each in (has, waits):
            (outcome,) = changes.undo([each], by=hr, on=TODAY, at=now())
            assert outcome.refusal
            assert outcome.refusal.code == "cohort_closed"

    def test_one_that_was_moved(self, cohort: Cohort, hr: User) -> None:
        enrolment = made(EmployeeFactory(), cohort=cohort)
        changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        self.move(cohort, 90, hr)
        (outcome,) = changes.undo([enrolment], by=hr, on=TODAY, at=now())
        assert outcome.refusal
        assert outcome.refusal.code == "cohort_moved"

    def test_dates_are_agreed_to_as_they_were_shown(self, hr: User) -> None:
        person = EmployeeFactory()
        ahead = made(person, FIRST, start_date=TODAY + 10 * DAY, planned_end_date=TODAY + 37 * DAY)
        early, late = (
            CohortFactory(programme=programme(UNIT), start_date=first, planned_end_date=first + 27 * DAY)
            for first in (TODAY + 45 * DAY, TODAY + 100 * DAY)
        )
        follower = made(person, behind=ahead, in_cohort=True)
        assert follower.cohort == early
        start, end = TODAY + 40 * DAY, TODAY + 67 * DAY
        changes.redate([ahead], start_date=start, planned_end_date=end, by=hr, on=TODAY, push=True)
        follower.refresh_from_db()
        assert (follower.status, follower.cohort) == (S.QUEUED, late)
        assert person.pk not in people_due(TODAY)
        self.move(late, 90, hr)
        assert person.pk in people_due(TODAY)
        (outcome,) = plan([Wish(person, follower.programme, enrolment=follower)], by=hr, on=TODAY)
        assert outcome.refusal
        assert outcome.refusal.code == "dates_moved"
        assert outcome.refusal.message.startswith(late.name)
        follower.refresh_from_db()
        late.refresh_from_db()
        assert follower.proposed_start_date == late.start_date, "the new ones are there to look at"
        assert plan([Wish(person, follower.programme, enrolment=follower)], by=hr, on=TODAY)[0].is_done

    @staticmethod
    def move(cohort: Cohort, days: int, hr: User) -> None:
        """All of it, so many days later."""
        start, end = cohort.start_date + days * DAY, cohort.planned_end_date + days * DAY
        move_cohort(cohort, start_date=start, planned_end_date=end, leave_behind={}, by=hr, on=TODAY, at=now())


class TestWhoLeft:
    """Who leaves, comes back, or has left while something about them goes on."""

    @pytest.mark.parametrize("until", [10, -1])
    def test_a_cancelling_is_not_undone_for_whoever_leaves_before_the_start(self, hr: User, until: int) -> None:
        enrolment = planned()
        changes.cancel([enrolment], by=hr, on=TODAY, reason="They leave.")
        leave([(enrolment.employee, TODAY + until * DAY)], by=hr, on=TODAY)
        (outcome,) = changes.undo([enrolment], by=hr, on=TODAY, at=now())
        assert outcome.refusal
        assert outcome.refusal.code == "not_employed"

    def test_a_leaver_is_given_no_account(self, hr: User) -> None:
        person = EmployeeFactory()
        leave([(person, TODAY - DAY)], by=hr, on=TODAY)
        (outcome,) = give_access([person], by=hr, on=TODAY)
        assert outcome.refusal
        assert outcome.refusal.code == "left"
        assert not User.objects.filter(employee=person).exists()

    def test_whoever_is_back_signs_in_with_the_account_of_the_record_that_left(self, hr: User) -> None:
        old = EmployeeFactory(user=UserFactory())
        leave([(old, TODAY - 10 * DAY)], by=hr, on=TODAY)
        kept, gone = EmployeeFactory(employed_from=TODAY), EmployeeFactory()
        assert merge([Merge(kept, old)], by=hr, on=TODAY)[0].is_done
        kept.refresh_from_db()
        assert kept.user
        assert kept.user.is_active
        leave([(gone, TODAY - DAY)], by=hr, on=TODAY)
        theirs = EmployeeFactory(user=UserFactory())
        leave([(theirs, TODAY - DAY)], by=hr, on=TODAY)
        assert merge([Merge(gone, theirs)], by=hr, on=TODAY)[0].is_done
        gone.refresh_from_db()
        assert gone.user
        assert not gone.user.is_active, "neither record works here"

    def test_the_manager_of_today_hears_where_the_nominator_has_left(self, hr: User) -> None:
        before, after = (EmployeeFactory(user=UserFactory()) for _ in range(2))
        person = EmployeeFactory(manager=before)
        wish = nominations.NominationWish(person, programme(UNIT), "They lead it.")
        assert before.user
        nomination = nominations.nominate([wish], by=before.user, on=TODAY)[0].subject.nomination
        assert nomination
        leave([(before, TODAY - DAY)], by=hr, on=TODAY)
        Employee.objects.filter(pk=person.pk).update(manager=after)
        nominations.decline([nomination], by=hr, on=TODAY, reason="No budget.")
        assert Notice.objects.get(kind="nomination_declined").employee == after


class TestGone:
    """Whose record was merged into another while somebody had their page open."""

    @pytest.mark.parametrize("what", ["cancel", "undo", "plan", "nominate"])
    def test_is_an_answer_and_no_error(self, hr: User, what: str) -> None:
        kept, other = EmployeeFactory(), EmployeeFactory()
        enrolment, unit = planned(other), programme(FIRST)
        stale = Enrolment.objects.get(pk=enrolment.pk)
        if what == "undo":
            changes.cancel([enrolment], by=hr, on=TODAY, reason="A slip.")
        assert merge([Merge(kept, other)], by=hr, on=TODAY)[0].is_done
        outcomes: dict[str, Any] = {
            "cancel": lambda: changes.cancel([stale], by=hr, on=TODAY, reason="Not now."),
            "undo": lambda: changes.undo([stale], by=hr, on=TODAY, at=now()),
            "plan": lambda: plan([Wish(other, stale.programme, enrolment=stale)], by=hr, on=TODAY),
            "nominate": lambda: nominations.nominate(
                [nominations.NominationWish(other, unit, "They lead it.")], by=hr, on=TODAY
            ),
        }
        (outcome,) = outcomes[what]()
        assert outcome.refusal
        assert outcome.refusal.code == "gone"


class TestSaidAgain:
    """What comes back to somebody is told to them again."""

    def test_a_second_declining_with_its_reason(self, hr: User) -> None:
        manager = EmployeeFactory(user=UserFactory())
        wish = nominations.NominationWish(EmployeeFactory(manager=manager), programme(UNIT), "They lead it.")
        assert manager.user
        nomination = nominations.nominate([wish], by=manager.user, on=TODAY)[0].subject.nomination
        assert nomination
        for reason in ("No budget.", "No time."):
            nominations.decline([Nomination.objects.get()], by=hr, on=TODAY, reason=reason)
            assert reason in Notice.objects.get(kind="nomination_declined", status=Q.DUE).body
            hear()
            nominations.undo_declining([Nomination.objects.get()], by=hr, on=TODAY, at=now())
            rows = Notice.objects.filter(kind="nomination_reopened", status=Q.DUE)
            assert {row.employee for row in rows} == {manager, nomination.employee}
            hear()

    def test_a_second_look_that_comes_back(self, hr: User) -> None:
        accounts: list[User] = [hr, *(UserFactory(is_hr=True) for _ in range(2))]
        for account in accounts:
            EmployeeFactory(user=account)
        person = EmployeeFactory(user=UserFactory())
        PlacementFactory(employee=person, programme=programme(UNIT), decided_by=hr)
        assert person.user
        look = ask_second_look([Asking(person, "Why?")], by=person.user, on=TODAY)[0].subject.look
        assert look
        first = look.reviewer
        other = next(each for each in accounts[1:] if each != first)
        assert first
        reviewers: list[User] = [other, first]
        for reviewer in reviewers:
            hear()
            name_reviewer([Naming(look, reviewer)], by=hr, on=TODAY)
            assert Notice.objects.get(subject=look.public_id, status=Q.DUE).employee.user == reviewer
