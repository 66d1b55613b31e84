"""Complaints about data use: a reference and thirty days, an answer in writing, read by the person alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from assessment.models import Complaint
from enrolment.actions.complaints import Answering, Complaining, answer_complaint, complain
from people.models import Notice
from tests.enrolment.test_hr_enrol import text
from tests.factories import TODAY, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
WORDS = "My date of birth is on a list that it should not be on."


def code_of(outcome):
    """Why it was refused."""
    assert outcome.refusal
    return outcome.refusal.code


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def made_by(user, **more):
    return complain([Complaining(WORDS, **more)], by=user, on=TODAY)[0].subject.complaint


class TestActions:
    def test_a_complaint_has_a_reference_and_thirty_days_and_is_made_once(self):
        user, key = UserFactory(), uuid4()
        made = made_by(user, key=key)
        assert made_by(user, key=key) == made
        kept = Complaint.objects.get()
        assert (kept.made_by, kept.words, kept.due_on) == (user, WORDS, TODAY + timedelta(days=30))
        assert kept.reference.startswith("DC-")

    def test_without_words_there_is_none(self):
        assert code_of(complain([Complaining(" ")], by=UserFactory(), on=TODAY)[0]) == "words_missing"
        assert not Complaint.objects.exists()

    def test_it_is_answered_in_writing_and_the_person_is_told(self):
        person, hr = EmployeeFactory(user=UserFactory()), UserFactory(is_hr=True)
        made = made_by(person.user)
        assert code_of(answer_complaint([Answering(made, " ")], by=hr, on=TODAY)[0]) == "answer_missing"
        for _ in range(2):
            assert answer_complaint([Answering(made, "It is off the list.")], by=hr, on=TODAY)[0].is_done
        kept = Complaint.objects.get()
        assert (kept.answer, kept.answered_by, kept.answered_on) == ("It is off the list.", hr, TODAY)
        told = Notice.objects.get()
        assert (told.employee, told.kind) == (person, "complaint_answered")
        assert "It is off the list." in told.body
        again = answer_complaint([Answering(made, "Otherwise.")], by=hr, on=TODAY)[0]
        assert code_of(again) == "already_answered"

    def test_who_may_answer(self):
        hr, administrator = UserFactory(is_hr=True), UserFactory(is_administrator=True)
        made = made_by(hr)
        assert code_of(answer_complaint([Answering(made, "No.")], by=hr, on=TODAY)[0]) == "own_complaint"
        refused = answer_complaint([Answering(made, "No.")], by=UserFactory(), on=TODAY)[0]
        assert code_of(refused) == "move_not_allowed"
        assert answer_complaint([Answering(made, "Yes.")], by=administrator, on=TODAY)[0].is_done

    def test_the_database_refuses_an_answer_without_words(self):
        made = made_by(UserFactory())
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=made.pk).update(answered_on=TODAY, answered_by=made.made_by)


class TestPages:
    def test_complaining_answering_and_reading_the_answer(self):
        user, hr = EmployeeFactory(user=UserFactory()).user, UserFactory(is_hr=True)
        mine, theirs = signed_in(user), signed_in(hr)
        url = reverse("enrolment:complain")
        assert "Say what is wrong" in text(mine.post(url, {"words": ""}))
        page = mine.post(url, {"words": WORDS}, follow=True)
        made = Complaint.objects.get()
        assert made.reference in text(page)
        assert made.reference in text(mine.get(url))
        for listed in ("enrolment:today", "enrolment:complaints"):
            assert made.reference in text(theirs.get(reverse(listed)))
        answer = reverse("enrolment:answer_complaint", args=[made.public_id])
        assert "Write the answer" in text(theirs.post(answer, {"answer": ""}))
        assert "is answered" in text(theirs.post(answer, {"answer": "It is off the list."}, follow=True))
        assert "No complaint is open" in text(theirs.get(reverse("enrolment:complaints")))
        assert made.reference in text(theirs.get(reverse("enrolment:complaints"), {"show": "answered"}))
        assert "It is off the list." in text(mine.get(reverse("enrolment:complaint", args=[made.public_id])))

    def test_nobody_else_sees_it(self):
        made = made_by(UserFactory())
        url = reverse("enrolment:complaint", args=[made.public_id])
        assert signed_in(UserFactory()).get(url).status_code == 404
