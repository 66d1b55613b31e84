"""Sending what is due: each notice by one sender at a time, and only while what it says is true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from people.ledger import HeldKind, NoticeChoice
from people.letters import as_html
from people.models import Notice
from people.queries import rows_of
from people.rules import MOST_TRIES, has_left, pause_after, say
from people.wake import wake

log = logging.getLogger(__name__)

PART = 20  # notices that a sender takes at once
LEASE = timedelta(minutes=5)  # longer than a part can take: the mail server is given ten seconds for each
PERMANENT = 500  # SMTP replies from here on are final (RFC 5321, 4.2.1)

TAKEN_OVER = "Notice %s took longer than its lease: somebody else has it."
# One is leaving, the one before it has gone: each only while its sender holds it.
STEP = """
UPDATE people_notice SET
    status = CASE WHEN id = %(next)s THEN 'sending' ELSE 'sent' END,
    sent_to = CASE WHEN id = %(next)s THEN %(to)s ELSE sent_to END,
    attempts = CASE WHEN id = %(next)s THEN attempts + 1 ELSE attempts END,
    sent_at = CASE WHEN id = %(next)s THEN sent_at ELSE %(at)s::timestamptz END,
    why = CASE WHEN id = %(next)s THEN why ELSE '' END,
    leased_until = CASE WHEN id = %(next)s THEN leased_until END
WHERE id IN (%(next)s, %(gone)s::bigint) AND (
    (id = %(next)s AND leased_until = %(lease)s AND status = ANY(%(unsent)s))
    OR (id = %(gone)s::bigint AND leased_until = %(gone_lease)s::timestamptz AND status = 'sending'))
RETURNING id
"""

type Lapsed = Callable[[Sequence[Notice], date], dict[int, str]]


class ServerFailed(Exception):
    """The mail server answers nobody now: what is left of a part goes back and waits for the next sweep."""


@dataclass
class Round:
    """One sweep: its day and clock, and who is no longer told what (``lapsed``: by notice row id, why not)."""

    on: date
    began: datetime
    lapsed: Lapsed | None = None
    zero: float = field(default_factory=monotonic)

    def now(self) -> datetime:
        """The present moment, counted from the one that the sweep was given."""
        return self.began + timedelta(seconds=monotonic() - self.zero)


def send_due(*, on: date, now: datetime, lapsed: Lapsed | None = None, most: int = 1000) -> int:
    """Send the notices whose day has come; returns how many went out.

    Each is taken under a lease and marked before it leaves and after: a killed sender loses the lease, not the notice,
    and whoever sends it again uses the same Message-ID. Leavers get nothing; what ``lapsed`` says is over is withdrawn.
    One that the server refuses does not hold up the others; a server that does not answer ends the sweep. Where more
    is due than one part another sweep is asked for, which goes on beside or after this one.
    """
    sweep, sent, has_asked = Round(on, now, lapsed), 0, False
    mailer = mailers.default
    try:
        while sent < most and (part := _take(sweep)):
            sent += _send_part(part, mailer, sweep)
            if (
                len(part) == PART and not has_asked
            ):  # each asks once: as many wait as there are idle workers to take them
                has_asked = True
                wake("enrolment.tasks.send_due_notices")
    except ServerFailed as failure:
        log.warning("The mail server does not take mail now; the next sweep tries again: %s", failure)
    finally:
        with suppress(OSError):
            mailer.close()
    return sent


def send_trial(to: str, headline: str, body: str) -> str:
    """Send somebody's own trial of a letter, at once and outside the ledger: nobody was told anything by it.

    Returns why it could not be sent; empty: it was.
    """
    mail = EmailMultiAlternatives(subject=f"Trial: {headline}", body=body, to=[to])
    mail.attach_alternative(as_html(headline, body), "text/html")
    mailer = mailers.default
    try:
        mailer.send_messages([mail])
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        log.warning("A trial of a letter could not be sent: %s", error)
        return "The mail server does not take mail now. Nothing was sent; try again later."
    finally:
        with suppress(OSError):
            mailer.close()
    return ""


@transaction.atomic
def _take(sweep: Round) -> list[Notice]:
    """The next part, under a lease; those of them that nobody needs to be told any more are settled at once."""
    at = sweep.now()
    rows = Notice.objects.to_send(sweep.on, at).select_related("employee").order_by("due_on", "id")
    part = list(rows.select_for_update(skip_locked=True, of=("self",))[:PART])
    over = sweep.lapsed(part, sweep.on) if sweep.lapsed and part else {}
    held, refused = _held(part), _refused_by(part)
    settled = [
        notice
        for notice in part
        if _settle(notice, over.get(notice.pk, ""), on=sweep.on)
        or _hold_back(notice, held)
        or _leave_out(notice, refused)
    ]
    for notice in part:
        notice.leased_until = None if notice in settled else at + LEASE
    Notice.objects.bulk_update(settled, ["status", "why", "leased_until", "settled_by"])
    left = [notice for notice in part if notice not in settled]
    Notice.objects.filter(pk__in=[notice.pk for notice in left]).update(leased_until=at + LEASE)
    return part


def _settle(notice: Notice, over: str, *, on: date) -> bool:
    """Whether a notice needs no mail: its person has left, or what it says is over, or there is no address."""
    person = notice.employee
    if has_left(person.employed_until, on):
        notice.status = Notice.Status.WITHDRAWN
        notice.why = f"{person.name} left on {say(person.employed_until)}." if person.employed_until else ""
    elif over:
        notice.status, notice.why = Notice.Status.WITHDRAWN, over
    elif not person.email:
        notice.status, notice.why = Notice.Status.NO_ADDRESS, "There is no e-mail address: tell them in person."
    else:
        return False
    notice.settled_by = None
    return True


def _held(part: Sequence[Notice]) -> dict[str, str]:
    """By kind that is held back, why."""
    kinds = {notice.kind for notice in part}
    return (
        dict(HeldKind.objects.filter(kind__in=kinds, released_at=None).values_list("kind", "reason")) if kinds else {}
    )


def _hold_back(notice: Notice, held: Mapping[str, str]) -> bool:
    """Whether a notice waits because its kind is held; one that somebody let go, or that may have left, does not."""
    if notice.kind not in held or notice.settled_by_id or notice.status != Notice.Status.DUE:
        return False
    notice.status, notice.why = Notice.Status.HELD, f"All of this kind are held: {held[notice.kind]}"[:300]
    return True


def _refused_by(part: Sequence[Notice]) -> dict[tuple[int, str], int]:
    """By person and kind that they switched off: whose account it was (row ids)."""
    people = rows_of({notice.employee_id for notice in part})
    choices = NoticeChoice.objects.filter(employee__in=people, choice="off") if part else NoticeChoice.objects.none()
    return {(employee, kind): by for employee, kind, by in choices.values_list("employee", "kind", "by")}


def _leave_out(notice: Notice, refused: Mapping[tuple[int, str], int]) -> bool:
    """Whether the person chose not to get this; as with whatever a person cancels, the day is not told again."""
    by = refused.get((notice.employee_id, notice.kind))
    if by is None or notice.status != Notice.Status.DUE:
        return False
    notice.status, notice.why, notice.settled_by_id = Notice.Status.WITHDRAWN, Notice.NOT_WANTED, by
    return True


def _send_part(part: Sequence[Notice], mailer: BaseEmailBackend, sweep: Round) -> int:
    """Send one after the other; that one has gone is written with the next one’s beginning, in one statement."""
    sent, gone = 0, None
    try:
        for place, notice in enumerate(part):
            try:
                mailer.open()
            except OSError as error:
                raise _give_back(part[place:], error) from error
            if notice.leased_until is None:
                continue
            has_begun, gone = _begin(notice, gone), None
            if has_begun and _leaves(notice, mailer, sweep, behind=part[place + 1 :]):
                sent, gone, notice.sent_at = sent + 1, notice, sweep.now()
    finally:
        if gone:
            _end(gone, status=Notice.Status.SENT, sent_at=gone.sent_at, why="")
    return sent


def _leaves(notice: Notice, mailer: BaseEmailBackend, sweep: Round, *, behind: Sequence[Notice]) -> bool:
    """Whether the mail server takes a notice; if not, what became of it is written."""
    try:
        mailer.send_messages([_mail(notice)])
    except ValueError as error:  # an address, or a subject line, of which no message can be built
        log.warning("Notice %s cannot be written as a mail: %s", notice.public_id, error)
        _end(notice, status=Notice.Status.FAILED, why="No mail can be written to this address.")
    except SMTPRecipientsRefused as refusal:
        _refused(notice, *next(iter(refusal.recipients.values())), sweep=sweep)
    except SMTPDataError as refusal:
        _refused(notice, refusal.smtp_code, refusal.smtp_error, sweep=sweep)
    except OSError as error:  # smtplib's errors are OSErrors
        _put_back(notice, _no_answer(error), sweep)
        raise _give_back(behind, error) from error
    else:
        return True
    return False


def _begin(notice: Notice, gone: Notice | None = None) -> bool:
    """Mark that a notice is leaving, if its sender still holds it and nobody has withdrawn it since.

    ``gone``: the one before it, which the mail server has taken, is marked as sent by the same statement.
    """
    facts = {"next": notice.pk, "lease": notice.leased_until, "to": notice.employee.email, "unsent": [*Notice.UNSENT]}
    facts |= {"gone": None, "gone_lease": None, "at": None}
    if gone:
        facts |= {"gone": gone.pk, "gone_lease": gone.leased_until, "at": gone.sent_at}
    with connection.cursor() as cursor:
        cursor.execute(STEP, facts)
        marked = {pk for (pk,) in cursor.fetchall()}
    if gone and gone.pk not in marked:
        log.warning(TAKEN_OVER, gone.public_id)
    return notice.pk in marked


def _end(notice: Notice, **values: object) -> None:
    """What became of a notice; it has no sender any more."""
    mine = Notice.objects.filter(pk=notice.pk, leased_until=notice.leased_until, status=Notice.Status.SENDING)
    if not mine.update(leased_until=None, **values):
        log.warning(TAKEN_OVER, notice.public_id)


def _refused(notice: Notice, code: int, said: bytes | str, *, sweep: Round) -> None:
    """The server refused this one: for good, or for now (RFC 5321); after many tries for now is for good."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    why = f"The mail server refused it: {code} {' '.join(words.split())}"[:300]
    log.warning("Notice %s: %s", notice.public_id, why)
    if code >= PERMANENT or notice.attempts + 1 >= MOST_TRIES:
        _end(notice, status=Notice.Status.FAILED, why=why)
    else:
        _put_back(notice, why, sweep)


def _put_back(notice: Notice, why: str, sweep: Round) -> None:
    later = sweep.now() + pause_after(notice.attempts + 1)
    _end(notice, status=Notice.Status.DUE, why=why[:300], try_after=later)


def _give_back(part: Sequence[Notice], error: OSError) -> ServerFailed:
    """Nobody holds these any more; what ends the sweep."""
    waiting = Notice.objects.filter(pk__in=[notice.pk for notice in part], status=Notice.Status.DUE)
    waiting.update(leased_until=None, why=_no_answer(error))
    return ServerFailed(error)


def _no_answer(error: OSError) -> str:
    return f"The mail server does not answer: {' '.join(str(error).split()) or type(error).__name__}"[:300]


def _mail(notice: Notice) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=notice.headline,
        body=notice.body,
        to=[notice.employee.email],
        headers={"Message-ID": f"<{notice.public_id}.{notice.round}@{settings.MAIL_DOMAIN}>"},
    )
    mail.attach_alternative(as_html(notice.headline, notice.body), "text/html")
    return mail
