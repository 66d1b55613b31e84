"""Notices: written as rows with the change that causes them, sent afterwards, each once."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models.functions import Now

from people.models import Notice
from people.queries import rows_of
from people.rules import repeats
from people.wake import wake

log = logging.getLogger(__name__)

COPY = """
COPY people_notice (
    public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body
) FROM STDIN
"""
_columns = attrgetter(
    *("public_id", "employee_id", "kind", "subject", "round", "about_on", "due_on", "status", "headline", "body")
)

type Again = Callable[[date | None, date | None], bool]


def tell(notices: Sequence[Notice], *, is_first: bool = False, again: Again = repeats) -> int:
    """Put notices in the queue, inside the calling action, which has locked the people; returns how many were written.

    One row a person, kind, subject and round: an unsent one moves with the day it is about, a sent one is repeated as
    the next round if ``again`` says so of the day told and the day now (a reminder: moved by more than 28 days; dates
    of an enrolment: changed at all). ``is_first``: about subjects that are new.
    """
    latest: dict[tuple[int, str, UUID], Notice] = {}
    if notices and not is_first:
        told = Notice.objects.filter(subject__in={n.subject for n in notices}, kind__in={n.kind for n in notices})
        told = told.filter(employee__in=rows_of({n.employee_id for n in notices}))  # many may share a subject
        latest = {(row.employee_id, row.kind, row.subject): row for row in told.order_by("round")}
    new, moved = [], []
    for notice in notices:
        key = (notice.employee_id, notice.kind, notice.subject)
        before = latest.get(key)
        if before is None:
            new.append(notice)
        elif before.status == Notice.Status.SENT:
            if not again(before.about_on, notice.about_on):
                continue
            notice.round = before.round + 1
            new.append(notice)
        elif _differs(before, notice):
            if before.status != Notice.Status.DUE or before.due_on != notice.due_on:
                before.created_at = Now()  # due anew: from when it may go counts from here
            before.due_on, before.about_on = notice.due_on, notice.about_on
            before.headline, before.body = notice.headline, notice.body
            before.status = Notice.Status.DUE
            moved.append(before)
            continue
        latest[key] = notice
    _write(new)
    if moved:
        Notice.objects.bulk_update(moved, ["due_on", "about_on", "headline", "body", "status", "created_at"])
    if new or moved:
        wake("enrolment.tasks.send_due_notices")
    return len(new) + len(moved)


def withdraw_notices(subjects: Iterable[UUID], *, of: Iterable[int] | None = None) -> int:
    """What is not needed any more is not sent: unsent notices about these subjects are withdrawn. Returns how many.

    ``of``: only of these people (row ids), where a subject is everybody's.
    """
    about = list(subjects)
    unsent = Notice.objects.filter(subject__in=about, status=Notice.Status.DUE)
    if of is not None:
        unsent = unsent.filter(employee__in=rows_of(of))
    return unsent.update(status=Notice.Status.WITHDRAWN) if about else 0


def withdraw_all_of(people: Iterable[int]) -> dict[int, int]:
    """Nothing more is mailed to these people (row ids): what was not sent is withdrawn. How many, by person."""
    unsent = Notice.objects.filter(employee__in=rows_of(people), status=Notice.Status.DUE)
    found = Counter(unsent.order_by().values_list("employee_id", flat=True))
    unsent.update(status=Notice.Status.WITHDRAWN)
    return found


def send_due(*, on: date, now: datetime, most: int = 1000) -> int:
    """Send the notices whose day has come, each in a transaction of its own; returns how many went out.

    The row lock is the claim: a killed worker loses the lock, not the notice. One that fails is left for the next
    sweep and does not hold up the others.
    """
    failed: list[int] = []
    sent = 0
    for _ in range(most):
        outcome = _send_next(on=on, now=now, leave_out=failed)
        if outcome is None:
            break
        sent += outcome
    return sent


@transaction.atomic
def _send_next(*, on: date, now: datetime, leave_out: list[int]) -> int | None:
    """1 when one went out, 0 when one was settled or failed, None when nothing is due."""
    with connection.cursor() as cursor:  # a slow mail server must not end the session after the mail left
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    due = Notice.objects.due(on).exclude(id__in=leave_out).select_related("employee")
    notice = due.order_by("due_on", "id").select_for_update(skip_locked=True, of=("self",)).first()
    if notice is None:
        return None
    person = notice.employee
    if person.employed_until and person.employed_until < on:
        notice.status = Notice.Status.WITHDRAWN
    elif not person.email:
        notice.status = Notice.Status.NO_ADDRESS
    else:
        try:
            _mail(notice)
        except ValueError:  # an address, or a subject line, of which no message can be built
            log.exception("Notice %s cannot be written as a mail to its address.", notice.public_id)
            notice.status = Notice.Status.NO_ADDRESS
        except OSError:
            log.exception("Notice %s could not be sent; the next sweep tries again.", notice.public_id)
            leave_out.append(notice.pk)
            return 0
        else:
            notice.status, notice.sent_at = Notice.Status.SENT, now
    notice.save(update_fields=["status", "sent_at"])
    return int(notice.status == Notice.Status.SENT)


def _write(notices: Sequence[Notice]) -> None:
    """New rows, by COPY: a batch of enrolments has very many."""
    if notices:
        # Only Django's own errors are known to callers; COPY raises psycopg's.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for notice in notices:
                copy.write_row(_columns(notice))


def _mail(notice: Notice) -> None:
    host = settings.MAIL_DOMAIN
    EmailMessage(
        subject=notice.headline,
        body=notice.body,
        to=[notice.employee.email],
        headers={"Message-ID": f"<{notice.public_id}.{notice.round}@{host}>"},
    ).send()


def _differs(before: Notice, after: Notice) -> bool:
    if before.status == Notice.Status.NO_ADDRESS and not after.employee.email:
        return False
    return before.status != Notice.Status.DUE or (before.due_on, before.about_on, before.headline, before.body) != (
        after.due_on,
        after.about_on,
        after.headline,
        after.body,
    )
