"""A second look: who gets it, that it waits visibly, that it closes only in writing, and who is told."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from assessment.actions import Decision, place
from assessment.models import SecondLook
from enrolment.actions.second_looks import Asking, Closing, Naming, ask_second_look, close_second_look, name_reviewer
from enrolment.rules.reviews import complaint_due, reviewer_for, second_look_due
from enrolment.rules.working_days import working_days_after
from people import clock
from people.models import Notice
from tests.enrolment.test_hr_enrol import recommended, text
from tests.factories import TODAY, EmployeeFactory, PlacementFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
WORDS = "I lead nobody, and the rule read it so."


def code_of(outcome):
    """Why it was refused."""
    assert outcome.refusal
    return outcome.refusal.code


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def learner():
    manager = EmployeeFactory(user=UserFactory())
    return EmployeeFactory(user=UserFactory(), manager=manager)


@pytest.fixture
def first():
    """Who decided first."""
    return UserFactory(is_hr=True)


@pytest.fixture
def placed(learner, first):
    return PlacementFactory(employee=learner, programme=programme("ai-governance"), decided_by=first)


def ask(employee, *, by=None, words=WORDS, key=None, on=TODAY):
    return ask_second_look([Asking(employee, words, key=key)], by=by or employee.user, on=on)[0]


class TestRules:
    @pytest.mark.parametrize(
        ("day", "count", "due"),
        [
            (date(2026, 6, 15), 10, date(2026, 6, 29)),
            (date(2026, 6, 19), 1, date(2026, 6, 22)),
            (date(2026, 6, 20), 1, date(2026, 6, 22)),
            (date(2026, 6, 21), 5, date(2026, 6, 26)),
            (date(2026, 5, 20), 10, date(2026, 6, 4)),
            (date(2026, 12, 24), 1, date(2026, 12, 29)),
        ],
    )
    def test_working_days_skip_weekends_and_bank_holidays(self, day, count, due):
        assert working_days_after(day, count) == due

    def test_due_days(self):
        assert second_look_due(TODAY) == TODAY + timedelta(days=14)
        assert complaint_due(TODAY) == TODAY + timedelta(days=30)

    @pytest.mark.parametrize(
        ("open_reviews", "barred", "chosen"),
        [({1: 2, 2: 0, 3: 1}, {None}, 2), ({1: 2, 2: 0, 3: 1}, {2}, 3), ({4: 1, 3: 1}, (), 3), ({1: 0}, {1}, None)],
    )
    def test_the_fewest_open_of_those_not_barred(self, open_reviews, barred, chosen):
        assert reviewer_for(open_reviews, barred) == chosen


class TestAsking:
    def test_it_goes_to_the_one_with_the_fewest_open_and_they_are_told(self, learner, placed):
        busy = UserFactory(is_hr=True)
        other = EmployeeFactory(user=UserFactory())
        PlacementFactory(employee=other, programme=None, decided_by=placed.decided_by)
        free = EmployeeFactory(user=UserFactory(is_hr=True)).user
        assert ask(other).subject.look.reviewer == busy
        look = SecondLook.objects.get(pk=ask(learner).subject.look.pk)
        assert (look.reviewer, look.placement, look.words) == (free, placed, WORDS)
        assert (look.asked_by, look.asked_on, look.due_on) == (learner.user, TODAY, second_look_due(TODAY))
        assert look.reference.startswith("SL-")
        told = Notice.objects.get(kind="second_look_asked")
        assert told.employee == free.employee
        assert look.reference in told.headline

    def test_never_the_first_decider_the_asker_or_the_person(self, placed, first):
        hr_learner = EmployeeFactory(user=UserFactory(is_hr=True))
        PlacementFactory(employee=hr_learner, programme=None, decided_by=first)
        assert ask(hr_learner).subject.look.reviewer is None
        on_behalf = UserFactory(is_hr=True)
        look = ask(placed.employee, by=on_behalf).subject.look
        assert look.reviewer == hr_learner.user

    def test_nobody_who_left_or_cannot_sign_in(self, learner, placed):
        UserFactory(is_hr=True, is_active=False)
        EmployeeFactory(user=UserFactory(is_hr=True), employed_until=TODAY - timedelta(days=1))
        assert ask(learner).subject.look.reviewer is None

    def test_one_open_per_person_and_one_form_once(self, learner, placed):
        key = uuid4()
        made = ask(learner, key=key).subject.look
        assert ask(learner, key=key).subject.look == made
        assert code_of(ask(learner)) == "already_open"
        assert code_of(ask(learner, by=learner.manager.user)) == "already_open"
        assert SecondLook.objects.count() == 1

    @pytest.mark.parametrize(("words", "code"), [("  ", "words_missing"), (WORDS, "nothing_to_look_at")])
    def test_refusals_leave_nothing_behind(self, learner, words, code):
        assert code_of(ask(learner, words=words)) == code
        assert not SecondLook.objects.exists()

    def test_only_the_person_their_manager_or_hr(self, learner, placed):
        assert code_of(ask(learner, by=UserFactory())) == "not_yours"
        assert code_of(ask(learner, by=UserFactory(is_administrator=True))) == "not_yours"
        assert ask(learner, by=learner.manager.user).is_done


class TestNamingAndClosing:
    def test_it_waits_until_somebody_is_named(self, learner, placed, first):
        look = ask(learner).subject.look
        assert look.reviewer is None
        administrator, new = UserFactory(is_administrator=True), EmployeeFactory(user=UserFactory(is_hr=True)).user
        for nobody in (first, learner.user, administrator):
            refused = name_reviewer([Naming(look, nobody)], by=administrator, on=TODAY)[0]
            assert code_of(refused) == "cannot_review"
        assert name_reviewer([Naming(look, new)], by=new, on=TODAY)[0].is_done
        assert SecondLook.objects.get().reviewer == new
        assert Notice.objects.get(kind="second_look_asked").employee == new.employee
        refused = name_reviewer([Naming(look, new)], by=learner.user, on=TODAY)[0]
        assert code_of(refused) == "move_not_allowed"

    def test_given_to_somebody_else_the_first_is_not_told_any_more(self, learner, placed):
        one, other = (EmployeeFactory(user=UserFactory(is_hr=True)).user for _ in range(2))
        look = ask(learner).subject.look
        name_reviewer([Naming(look, other)], by=one, on=TODAY)
        assert {(n.employee.user, n.status) for n in Notice.objects.all()} == {(one, "withdrawn"), (other, "due")}

    def test_only_the_reviewer_closes_in_writing_and_the_asker_is_told(self, learner, placed, first):
        reviewer = EmployeeFactory(user=UserFactory(is_hr=True)).user
        look = ask(learner).subject.look
        refused = close_second_look([Closing(look, "It is right.", is_changed=False)], by=first, on=TODAY)[0]
        assert code_of(refused) == "not_the_reviewer"
        refused = close_second_look([Closing(look, " ", is_changed=False)], by=reviewer, on=TODAY)[0]
        assert code_of(refused) == "outcome_missing"
        for _ in range(2):
            assert close_second_look([Closing(look, "It is right.", is_changed=False)], by=reviewer, on=TODAY)[
                0
            ].is_done
        kept = SecondLook.objects.get()
        assert (kept.outcome, kept.is_changed, kept.closed_by, kept.closed_on) == (
            "It is right.",
            False,
            reviewer,
            TODAY,
        )
        told = Notice.objects.get(kind="second_look_closed")
        assert told.employee == learner
        assert "It is right." in told.body
        assert Notice.objects.get(kind="second_look_asked").status == "withdrawn"
        again = close_second_look([Closing(look, "Otherwise.", is_changed=True)], by=reviewer, on=TODAY)[0]
        assert code_of(again) == "already_closed"
        assert ask(learner).is_done

    def test_the_database_refuses_an_end_without_words(self, learner, placed):
        look = ask(learner).subject.look
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondLook.objects.filter(pk=look.pk).update(closed_on=TODAY, closed_by=learner.user, is_changed=False)


class TestPages:
    def test_from_the_result_to_the_outcome_and_another_decision(self, learner):
        waiting = recommended(person=learner)
        hr = UserFactory(is_hr=True)
        mine, theirs = signed_in(learner.user), signed_in(hr)
        result = mine.get(reverse("assessment:result", args=[waiting.response.public_id]))
        url = reverse("enrolment:ask_second_look", args=[learner.public_id])
        assert url in result.content.decode()
        assert "Say what looks wrong" in text(mine.post(url, {"words": ""}))
        page = mine.post(url, {"words": WORDS, "key": uuid4()}, follow=True)
        look = SecondLook.objects.get()
        assert WORDS in text(page)
        assert "looks again, and answers in writing by" in text(page)
        assert look.reference in text(mine.get(reverse("enrolment:my_programme")))
        assert look.reference in text(mine.get(reverse("assessment:result", args=[waiting.response.public_id])))
        assert "A second look is open already" in text(mine.get(url))

        assert learner.name in text(theirs.get(reverse("enrolment:today")))
        assert learner.name in text(theirs.get(reverse("enrolment:second_looks"), {"show": "mine"}))
        close = reverse("enrolment:close_second_look", args=[look.public_id])
        assert "Say whether the decision changes." in text(theirs.post(close, {"outcome": "Read again."}))
        answer = theirs.post(close, {"outcome": "You lead a team of one.", "is_changed": "yes"})
        assert answer["Location"] == reverse("enrolment:decide", args=[learner.public_id])
        said = text(mine.get(reverse("enrolment:second_look", args=[look.public_id])))
        assert "You lead a team of one." in said
        assert "It leads to another decision." in said
        assert "No second look is open" in text(theirs.get(reverse("enrolment:second_looks")))
        assert learner.name in text(theirs.get(reverse("enrolment:second_looks"), {"show": "closed"}))

    def test_it_waits_visibly_where_nobody_else_may_decide(self, learner, placed, first):
        manager = signed_in(learner.manager.user)
        person = manager.get(reverse("enrolment:person", args=[learner.public_id]))
        url = reverse("enrolment:ask_second_look", args=[learner.public_id])
        assert url in person.content.decode()
        page = manager.post(url, {"words": WORDS}, follow=True)
        assert "It waits: nobody else in HR may decide." in text(page)
        look = SecondLook.objects.get()
        assert "HR or the administrator names somebody" in text(signed_in(learner.user).get(look_url(look)))
        assert "nobody yet" in text(signed_in(first).get(reverse("enrolment:today")))
        administrator = signed_in(UserFactory(is_administrator=True))
        name = reverse("enrolment:name_reviewer", args=[look.public_id])
        assert "Nobody else in HR may decide." in text(administrator.get(name))
        new = UserFactory(is_hr=True)
        assert first.email not in administrator.get(name).content.decode()
        administrator.post(name, {"reviewer": new.email})
        assert SecondLook.objects.get().reviewer == new
        assert "only they close it" in text(
            signed_in(first).get(reverse("enrolment:close_second_look", args=[look.public_id]))
        )

    def test_overdue_ones_stand_first(self, first):
        hr = signed_in(UserFactory(is_hr=True))
        on = clock.today()
        people = [EmployeeFactory(user=UserFactory()) for _ in range(2)]
        for employee, day in zip(people, (on, on - timedelta(days=60)), strict=True):
            PlacementFactory(employee=employee, programme=None, decided_by=first)
            ask(employee, on=day)
        rows = hr.get(reverse("enrolment:second_looks")).context["rows"]
        assert [row.employee for row in rows] == people[::-1]
        rows = hr.get(reverse("enrolment:second_looks"), {"show": "overdue"}).context["rows"]
        assert [row.employee for row in rows] == [people[1]]


def look_url(look):
    return reverse("enrolment:second_look", args=[look.public_id])


class TestDecidingMeanwhile:
    def test_the_page_says_that_it_is_open_and_has_nothing_to_decide_with(self, learner, placed, first):
        look = ask(learner).subject.look
        page = signed_in(first).get(reverse("enrolment:decide", args=[learner.public_id]))
        assert "A second look is open." in text(page)
        assert reverse("enrolment:second_look", args=[look.public_id]) in page.content.decode()
        assert 'name="programme"' not in page.content.decode()

    def test_nobody_settles_it_by_deciding_again(self, learner, placed, first):
        other = UserFactory(is_hr=True)
        ask(learner)
        url = reverse("enrolment:decide", args=[learner.public_id])
        for user in (first, other):
            answer = signed_in(user).post(f"{url}?recommendation=none", {"programme": "none", "reason": "Enough."})
            assert "A second look is open." in text(answer)
            result = place([Decision(learner, None, reason="Enough.")], by=user, on=TODAY)[0]
            assert getattr(result, "code", None) == "second_look_open"
        placed.refresh_from_db()
        assert placed.is_current
        assert learner.placements.count() == 1

    def test_once_it_is_closed_the_decision_may_change(self, learner, placed):
        reviewer = UserFactory(is_hr=True)
        look = ask(learner).subject.look
        assert close_second_look([Closing(look, "Read again.", True)], by=reviewer, on=TODAY)[0].is_done
        result = place([Decision(learner, None, reason="Read again.")], by=reviewer, on=TODAY)[0]
        assert learner.placements.get(is_current=True) == result

    def test_the_same_decision_again_is_still_the_same(self, learner, first):
        made = recommended(person=learner)
        decision = Decision(learner, made.programme, made)
        result = place([decision], by=first, on=TODAY)[0]
        ask(learner)
        assert place([decision], by=first, on=TODAY) == [result]
