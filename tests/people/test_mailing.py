"""The ledger: a notice is taken by one sender at a time, leaves while it is true, and says what became of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends import locmem

from people.actions import mailing
from people.actions.mailing import send_due
from people.actions.notices import tell, withdraw_notices
from people.models import Employee, Notice
from people.rules import LONGEST_PAUSE, MOST_TRIES, may_leave, pause_after
from tests.factories import TODAY, EmployeeFactory, NoticeFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
Q = Notice.Status


def notice(person: Employee | None = None, **values: object) -> Notice:
    """One that is due today."""
    row: Notice = NoticeFactory(**({"employee": person} if person else {}), **values)
    return row


def send(after: timedelta = timedelta(0), **more: object) -> int:
    """A sweep so long after the first."""
    return send_due(on=TODAY, now=AT + after, **more)  # type: ignore[arg-type]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A mail server that answers some addresses with an error: ``server({address: error})``."""
    deliver = locmem.EmailBackend.send_messages
    errors: dict[str, Exception] = {}

    def answer(mailer: locmem.EmailBackend, messages: Sequence[mail.EmailMessage]) -> int:
        if error := errors.get(messages[0].to[0]):
            raise error
        return deliver(mailer, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", answer)

    def set_up(these: dict[str, Exception]) -> None:
        errors.clear()
        errors.update(these)

    return set_up


def test_what_went_out_says_where_and_when() -> None:
    row = notice()
    assert send() == 1
    row.refresh_from_db()
    assert (row.status, row.sent_to, row.attempts, row.leased_until) == (Q.SENT, row.employee.email, 1, None)
    assert row.sent_at
    assert row.sent_at - AT < timedelta(minutes=1)
    assert send() == 0


def test_text_and_html_say_the_same() -> None:
    """Links can be pressed; nothing in the words becomes markup."""
    notice(headline="<b>You</b> & yours", body="Read it: https://waypoint.example/a?b=1&c=2\n\nThen <i>rest</i>.\n")
    send()
    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert "&lt;b&gt;You&lt;/b&gt; &amp; yours" in html
    assert '<a href="https://waypoint.example/a?b=1&amp;c=2"' in html
    assert "<i>" not in html
    assert "Then &lt;i&gt;rest&lt;/i&gt;." in html
    assert "<i>rest</i>" in message.body


@pytest.mark.parametrize(
    "error", [SMTPRecipientsRefused({"x": (550, b"No such user")}), SMTPDataError(554, b"No such user")]
)
def test_what_the_server_refuses_for_good_has_failed(server: Callable[..., None], error: Exception) -> None:
    """The others go; the reason is kept in the server's words; nobody asks again for the same address."""
    bad, good = notice(), notice()
    server({bad.employee.email: error})
    assert send() == 1
    bad.refresh_from_db()
    assert (bad.status, bad.sent_at) == (Q.FAILED, None)
    assert "No such user" in bad.why
    assert send(timedelta(days=2)) == 0
    good.refresh_from_db()
    assert good.status == Q.SENT


def test_a_failed_one_is_due_again_with_another_address(server: Callable[..., None]) -> None:
    bad = notice()
    server({bad.employee.email: SMTPRecipientsRefused({"x": (550, b"No such user")})})
    send()
    same = Notice(employee=bad.employee, kind=bad.kind, subject=bad.subject, due_on=TODAY, headline="A place")
    same.body = "Hello.\n"
    assert tell([same]) == 0
    same.employee.email = "another@example.com"
    same.employee.save()
    assert tell([same]) == 1
    assert send(timedelta(minutes=5)) == 1
    assert mail.outbox[0].to == ["another@example.com"]


def test_what_the_server_refuses_for_now_rests_longer_each_time(server: Callable[..., None]) -> None:
    """And is given up in the end, not asked for ever."""
    row = notice()
    server({row.employee.email: SMTPRecipientsRefused({"x": (451, b"Greylisted")})})
    passed = timedelta(0)
    for tries in range(1, MOST_TRIES):
        assert send(passed) == 0
        row.refresh_from_db()
        assert (row.status, row.attempts) == (Q.DUE, tries)
        assert row.try_after
        assert row.try_after >= AT + passed + pause_after(tries)
        assert send(passed + pause_after(tries) / 2) == 0
        row.refresh_from_db()
        assert row.attempts == tries, "it was asked again before its pause was over"
        passed += pause_after(tries) + timedelta(minutes=1)
    send(passed)
    row.refresh_from_db()
    assert row.status == Q.FAILED
    assert "451 Greylisted" in row.why


def test_a_server_that_is_down_costs_no_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine days without it, and everything goes at the first sweep after."""
    rows = [notice(), notice()]

    def refuse(mailer: locmem.EmailBackend) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(locmem.EmailBackend, "open", refuse)
    for day in range(9):
        assert send(timedelta(days=day)) == 0
    first = Notice.objects.order_by("id")[0]
    assert (first.status, first.attempts, first.leased_until) == (Q.DUE, 0, None)
    assert first.why == "The mail server does not answer: Connection refused"
    monkeypatch.undo()
    assert send(timedelta(days=9)) == len(rows)
    assert Notice.objects.values_list("why", flat=True).distinct().get() == ""


def test_one_that_breaks_the_line_lets_the_others_go_first(server: Callable[..., None]) -> None:
    """Whether it arrived nobody knows: it goes again, with the same Message-ID."""
    bad, good = notice(), notice()
    server({bad.employee.email: SMTPServerDisconnected("Connection unexpectedly closed")})
    assert send() == 0
    assert send(timedelta(seconds=30)) == 1
    server({})
    assert send(timedelta(minutes=2)) == 1
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert ids == [f"<{row.public_id}.1@{settings.MAIL_DOMAIN}>" for row in (good, bad)]


def test_a_sender_that_was_lost_loses_nothing() -> None:
    """Its lease ends; then another sends it, with the same Message-ID."""
    row = notice(status=Q.SENDING, leased_until=AT + mailing.LEASE, attempts=1)
    other = notice(leased_until=AT + mailing.LEASE)
    assert send() == 0
    assert send(mailing.LEASE + timedelta(seconds=1)) == 2
    assert Notice.objects.get(pk=row.pk).attempts == 2
    assert Notice.objects.get(pk=other.pk).attempts == 1


@pytest.mark.parametrize("has_begun", [True, False])
def test_what_another_sender_took_over_is_left_to_it(monkeypatch: pytest.MonkeyPatch, *, has_begun: bool) -> None:
    """A sender that slept through its lease neither sends nor marks."""
    row = notice()
    taken_over = AT + timedelta(hours=1)
    begin = mailing._begin

    def sleep(one: Notice, gone: Notice | None) -> bool:
        begun = begin(one, gone) if has_begun else None
        Notice.objects.filter(pk=one.pk).update(leased_until=taken_over)
        return begin(one, gone) if begun is None else begun

    monkeypatch.setattr(mailing, "_begin", sleep)
    send()
    row.refresh_from_db()
    assert len(mail.outbox) == has_begun
    assert row.leased_until == taken_over
    assert row.status == (Q.SENDING if has_begun else Q.DUE)


def test_what_is_withdrawn_or_said_otherwise_meanwhile_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the taking of a part and the sending of each."""
    gone, other = notice(), notice()
    take = mailing._take

    def interrupt(sweep: mailing.Round) -> list[Notice]:
        part = take(sweep)
        monkeypatch.setattr(mailing, "_take", take)
        withdraw_notices([gone.subject], why="They answered.")
        now = {"employee": other.employee, "kind": other.kind, "subject": other.subject, "due_on": TODAY}
        tell([Notice(**now, headline="Another place", body="Hello again.\n")])
        return part

    monkeypatch.setattr(mailing, "_take", interrupt)
    assert send() == 1
    assert [message.subject for message in mail.outbox] == ["Another place"]
    gone.refresh_from_db()
    assert (gone.status, gone.why) == (Q.WITHDRAWN, "They answered.")


def test_what_is_leaving_has_been_said() -> None:
    """Other words about the same are a round of their own, or nothing."""
    row = notice(status=Q.SENDING, leased_until=AT + mailing.LEASE, attempts=1, about_on=TODAY)
    said = {"employee": row.employee, "kind": row.kind, "subject": row.subject, "due_on": TODAY}
    again = Notice(**said, about_on=TODAY + timedelta(9), headline="Other days", body="Hello.\n")
    assert tell([again], again=lambda told, now: told != now) == 1
    assert withdraw_notices([row.subject]) == 1
    assert sorted(Notice.objects.values_list("round", "status")) == [(1, Q.SENDING), (2, Q.WITHDRAWN)]


def test_what_is_over_is_withdrawn_with_its_reason() -> None:
    over, so = notice(), notice()
    assert send(lapsed=lambda rows, on: {over.pk: "It is over."}) == 1
    over.refresh_from_db()
    assert (over.status, over.why, over.leased_until) == (Q.WITHDRAWN, "It is over.", None)
    assert Notice.objects.get(pk=so.pk).status == Q.SENT


def test_leavers_and_people_without_an_address_get_no_mail() -> None:
    left = notice(EmployeeFactory(employed_until=TODAY - timedelta(1)))
    last_day = notice(EmployeeFactory(employed_until=TODAY))
    silent = notice(EmployeeFactory(email=""))
    assert send() == 1
    assert mail.outbox[0].to == [last_day.employee.email]
    found = {row.pk: (row.status, row.why) for row in Notice.objects.all()}
    assert found[left.pk][0] == Q.WITHDRAWN
    assert "left on" in found[left.pk][1]
    assert found[silent.pk] == (Q.NO_ADDRESS, "There is no e-mail address: tell them in person.")


def test_what_is_held_stays_and_changes_with_what_it_says() -> None:
    held = notice(status=Q.HELD)
    assert send() == 0
    said = {"employee": held.employee, "kind": held.kind, "subject": held.subject, "due_on": TODAY}
    assert tell([Notice(**said, headline="Other days", body="Hello.\n")]) == 1
    held.refresh_from_db()
    assert (held.status, held.headline) == (Q.HELD, "Other days")


def test_tomorrows_wait() -> None:
    notice(due_on=TODAY + timedelta(1))
    assert send() == 0


def test_mail_keeps_to_its_hours() -> None:
    assert [hour for hour in range(24) if may_leave(time(hour, 59), (8, 20))] == list(range(8, 20))


def test_pauses_grow_to_hours() -> None:
    pauses = [pause_after(tries) for tries in range(1, MOST_TRIES)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), LONGEST_PAUSE)
    assert timedelta(days=1) < sum(pauses, timedelta(0)) < timedelta(days=3)
