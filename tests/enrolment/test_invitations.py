"""Many invited at once: who is and who is not, the brake, the job that a dead worker or mail server interrupts."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrolment.actions.batches import begin
from enrolment.actions.invitations import admit, guests_of
from enrolment.imports import apply_batch
from enrolment.imports.invitations import PART, check_invitations
from enrolment.models import Batch, BatchRow
from enrolment.rules.invitations import Door, invitation_refusal
from enrolment.tasks import resume_batches
from people import clock
from people.actions import accounts
from people.models import Employee, User
from people.roles import HrDepartment
from tests.enrolment.test_bulk_pages import text
from tests.factories import DepartmentFactory, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = "/people/invite/"


@pytest.fixture
def hr(client: Client) -> Client:
    """HR's browser."""
    client.force_login(UserFactory(email="hr@example.org", is_hr=True))
    return client


def somebody(number: str, **facts) -> Employee:
    """Somebody with an e-mail and no account."""
    return EmployeeFactory(staff_number=number, **{"email": f"{number}@example.org", **facts})


def check(people, *, by=None) -> Batch:
    """A job that would invite these people."""
    by = by or UserFactory(is_hr=True)
    return check_invitations([one.pk for one in people], name="x", by=by, on=clock.today(), at=clock.now())


def codes(batch: Batch) -> dict[str, str]:
    """By staff number, the code of who was refused; empty for whoever is invited."""
    return dict(BatchRow.objects.filter(batch=batch).values_list("staff_number", "code"))


def fails_for(monkeypatch, address: str, error: Exception) -> list[str]:
    """A mail server that takes every letter but those to one address; the addresses it took, in order."""
    taken = []

    def send(subject, body, sender, to):
        if to == [address]:
            raise error
        taken.extend(to)

    monkeypatch.setattr(accounts, "send_mail", send)
    return taken


NOW = clock.now()
CASES = {
    "new": (None, None, None),
    "never invited": (None, Door("a@x", False, False, None), None),
    "invited long ago": (None, Door("a@x", False, False, NOW - 4 * DAY), None),
    "invited": (None, Door("a@x", False, False, NOW - DAY), "already_invited"),
    "signed in": (None, Door("a@x", False, True, NOW - DAY), "has_account"),
    "closed": (None, Door("a@x", True, True, None), "account_closed"),
    "left": (clock.today() - DAY, None, "left"),
    "last day": (clock.today(), None, None),
}


@pytest.mark.parametrize(("until", "door", "code"), CASES.values(), ids=CASES)
def test_who_is_left_out_and_why(until, door, code):
    refusal = invitation_refusal("Ada", until, door, on=clock.today(), at=NOW, lasts=3 * DAY)
    assert (refusal.code if refusal else None) == code


def test_everybody_without_a_way_in_is_foreseen_then_mailed_and_the_rest_told_why(hr):
    new, lapsed, no_mail = somebody("1"), somebody("2"), somebody("3", email="")
    lapsed.user = UserFactory(email="2@example.org", invited_at=clock.now() - 30 * DAY)
    lapsed.save()
    somebody("4", employed_until=clock.today() - DAY)
    somebody("5", user=UserFactory(email="5@example.org", last_login=clock.now()))
    assert "3 people have no account yet" in text(hr.get(ADDRESS))
    assert "1 of them has no e-mail" in text(hr.get(ADDRESS))
    page = hr.post(ADDRESS, {"without": "yes"}, follow=True)
    said = text(page)
    assert "Check the invitations to 3 people" in said
    assert "2 can be invited" in said
    assert f"{no_mail.name} has no e-mail" in said
    assert not User.objects.filter(email="1@example.org").exists()
    assert not mail.outbox
    hr.post(page.wsgi_request.path)
    assert not mail.outbox, "the worker mails, no page waits for it"
    assert resume_batches() == 3
    assert sorted(letter.to[0] for letter in mail.outbox) == ["1@example.org", "2@example.org"]
    assert all("/invitation/" in letter.body for letter in mail.outbox)
    new.refresh_from_db()
    assert new.user
    assert new.user.invited_at
    done = text(hr.get(page.wsgi_request.path))
    assert "Invitations sent" in done
    assert "2 invited" in done
    assert "1 cannot be invited" in done
    file = b"".join(hr.get(f"{page.wsgi_request.path}not-invited.csv").streaming_content).decode("utf-8-sig")
    assert file.splitlines()[0] == "row,code,reason,staff_number,name"
    assert ",email_missing," in file
    assert "Nobody is left to invite" not in text(hr.get(ADDRESS)), "somebody without e-mail is still without a way in"
    assert "Invited before" in text(hr.get(ADDRESS))


def test_each_one_ticked_who_cannot_be_invited_is_told_why(hr):
    shared = [somebody("1", email="one@example.org"), somebody("2", email="one@example.org")]
    taken = somebody("3", email="hr@example.org")
    invited = somebody("4", user=UserFactory(email="4@example.org", invited_at=clock.now()))
    left, fine = somebody("5", employed_until=clock.today() - DAY), somebody("6")
    ticked = [*shared, taken, invited, left, fine]
    page = hr.post(ADDRESS, {"chosen": [str(one.public_id) for one in ticked]}, follow=True)
    assert "the link works until" in text(page).lower()
    assert codes(Batch.objects.get()) == {
        "1": "email_shared",
        "2": "email_shared",
        "3": "email_taken",
        "4": "already_invited",
        "5": "left",
        "6": "",
    }
    begin([Batch.objects.get()])
    resume_batches()
    assert [letter.to for letter in mail.outbox] == [["6@example.org"]]
    assert User.objects.filter(employee__in=[one.pk for one in (*shared, taken, left)]).count() == 0


def test_who_is_nobody_s_choice_or_not_there_is_said_in_words(hr):
    somebody("1")
    assert "Nobody was chosen" in text(hr.post(ADDRESS))
    assert "Nobody was chosen" in text(hr.post(ADDRESS, {"chosen": ["x", "00000000-0000-4000-8000-000000000000"]}))
    forged = hr.post(ADDRESS, {"without": "yes", "department": "00000000-0000-4000-8000-000000000000"})
    assert "There is no such department. Choose one of the list." in text(forged)
    assert not Batch.objects.exists()


def test_a_search_and_a_department_narrow_whom_it_is(hr):
    here = DepartmentFactory(name="Audit")
    somebody("1", family_name="Lovelace", department=here)
    somebody("2", family_name="Lovelace")
    somebody("3", family_name="Byron", department=here)
    assert "1 person has no account" in text(hr.get(ADDRESS, {"q": "lovelace", "department": here.public_id}))
    hr.post(ADDRESS, {"without": "yes", "q": "lovelace", "department": here.public_id})
    assert codes(Batch.objects.get()) == {"1": ""}


def test_more_than_fifty_are_asked_about(hr):
    for number in range(51):
        somebody(f"{number}")
    page = hr.post(ADDRESS, {"without": "yes"}, follow=True)
    assert "51 people would be mailed at once." in text(page)
    refused = hr.post(page.wsgi_request.path)
    assert "Type 51 to invite so many people." in text(refused)
    assert Batch.objects.get().status == Batch.Status.CHECKED
    hr.post(page.wsgi_request.path, {"confirmed": "51"})
    assert resume_batches() == 51
    assert len(mail.outbox) == 51


def test_hr_of_a_department_invites_its_people_and_finds_nobody_else(client):
    here, elsewhere = DepartmentFactory(name="Here"), DepartmentFactory(name="Elsewhere")
    user = UserFactory(is_hr=True, is_narrowed=True)
    HrDepartment.objects.create(user=user, department=here)
    client.force_login(user)
    ours, theirs = somebody("1", department=here), somebody("2", department=elsewhere)
    assert "1 person has no account" in text(client.get(ADDRESS))
    client.post(ADDRESS, {"chosen": [str(ours.public_id), str(theirs.public_id)]})
    assert codes(Batch.objects.get()) == {"1": ""}
    forged = client.post(ADDRESS, {"without": "yes", "department": elsewhere.public_id})
    assert "There is no such department" in text(forged)
    # Whoever moved away since is left out when it is done, by the name of nobody's new department.
    Employee.objects.filter(pk=ours.pk).update(department=elsewhere)
    begin([Batch.objects.get()])
    resume_batches()
    assert codes(Batch.objects.get()) == {"1": "not_yours"}
    assert not mail.outbox


def test_whoever_signed_in_or_left_since_it_was_foreseen_is_not_mailed():
    people = [somebody("1"), somebody("2"), somebody("3")]
    batch = check(people)
    Employee.objects.filter(pk=people[0].pk).update(employed_until=clock.today() - DAY)
    people[1].delete()
    begin([batch])
    assert apply_batch(batch.pk) == 3
    assert sorted(codes(batch).items()) == [("", "unknown_employee"), ("1", "left"), ("3", "")]
    assert [letter.to for letter in mail.outbox] == [["3@example.org"]]


def test_an_address_that_the_server_refuses_holds_up_nobody_and_can_be_tried_again(monkeypatch):
    people = [somebody("1"), somebody("2"), somebody("3")]
    taken = fails_for(monkeypatch, "2@example.org", SMTPRecipientsRefused({"x": (550, b"No such user")}))
    batch = check(people)
    begin([batch])
    assert apply_batch(batch.pk) == 3
    assert taken == ["1@example.org", "3@example.org"]
    assert codes(batch) == {"1": "", "2": "mail_refused", "3": ""}
    assert codes(check(people))["2"] == ""


def test_a_server_that_does_not_answer_stops_the_job_and_the_next_sweep_mails_only_the_rest(monkeypatch):
    people = [somebody(f"{number:02}") for number in range(PART + 2)]
    with monkeypatch.context() as broken:
        taken = fails_for(broken, "05@example.org", SMTPServerDisconnected("gone"))
        batch = check(people)
        begin([batch])
        assert apply_batch(batch.pk) == 5
        assert len(taken) == 5
    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.counts["invited"]) == (Batch.Status.APPLYING, 5, 5)
    assert resume_batches() == PART - 3
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        f"{number:02}@example.org" for number in range(5, PART + 2)
    ]
    batch.refresh_from_db()
    assert (batch.status, batch.counts["invited"]) == (Batch.Status.APPLIED, PART + 2)


def test_a_worker_that_dies_after_the_mail_does_not_mail_again(monkeypatch):
    people = [somebody("1"), somebody("2")]
    batch = check(people)
    begin([batch])
    with monkeypatch.context() as killed:
        killed.setattr("enrolment.imports.invitations.keep_invited", _die)
        with pytest.raises(KeyboardInterrupt):
            apply_batch(batch.pk)
    assert len(mail.outbox) == 2
    assert resume_batches() == 2
    assert len(mail.outbox) == 2
    assert codes(batch) == {"1": "already_invited", "2": "already_invited"}


def _die(*given, **facts):
    raise KeyboardInterrupt


def test_guests_who_are_done_are_left_alone():
    batch = check([somebody("1")])
    assert admit(guests_of(bytes(batch.content)), batch=batch, on=clock.today(), at=clock.now()) == []
    assert not User.objects.filter(email="1@example.org").exists()


def test_the_queries_of_checking_and_of_a_part_do_not_grow_with_its_people():
    counts, by = [], UserFactory(is_hr=True)
    for first, many in ((0, 2), (100, PART)):
        people = [somebody(f"{first + number}") for number in range(many)]
        with CaptureQueriesContext(connection) as captured:
            batch = check(people, by=by)
        foreseen = len(captured)
        Batch.objects.filter(pk=batch.pk).update(status=Batch.Status.APPLYING)
        with CaptureQueriesContext(connection) as captured:
            admit(guests_of(bytes(batch.content)), batch=batch, on=clock.today(), at=clock.now())
        made = sum('INSERT INTO "people_user"' in query["sql"] for query in captured)
        counts.append((foreseen, len(captured) - made))
    assert counts[0] == counts[1]


def test_after_a_file_of_people_the_way_to_invite_them_is_there(hr):
    somebody("1")
    facts = {"kind": "people", "file_name": "p.csv", "content": b"", "made_on": clock.today(), "counts": {"created": 1}}
    batch = Batch.objects.create(status=Batch.Status.APPLIED, total=1, done=1, **facts)
    page = hr.get(f"/people/import/{batch.public_id}/")
    assert "1 person cannot sign in yet." in text(page)
    assert b'href="/people/invite/"' in page.content
