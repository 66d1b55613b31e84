"""Notices: written as rows with the change that causes them, withdrawn with the one that ends it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from people.ledger import HeldKind, NoticeChoice, NoticeEvent
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.rules import STEPS, Step, repeats
from people.wake import wake

COPY = """
COPY people_notice (
    public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body
) FROM STDIN
"""
_columns = attrgetter(
    *("public_id", "employee_id", "kind", "subject", "round", "about_on", "due_on", "status", "headline", "body")
)

MOVED = (
    *("due_on", "about_on", "headline", "body"),
    *("status", "why", "settled_by", "try_after", "leased_until", "created_at"),
)

type Again = Callable[[date | None, date | None], bool]


def tell(notices: Sequence[Notice], *, is_first: bool = False, again: Again = repeats) -> int:
    """Put notices in the queue, inside the calling action, which has locked the people; returns how many were written.

    One row a person, kind, subject and round: an unsent one moves with the day it is about, one that was heard (sent,
    being sent, told in person) is repeated as the next round if ``again`` says so of the day told and the day now (a
    reminder: moved by more than 28 days; dates of an enrolment: changed at all). ``is_first``: about subjects that are
    new.
    """
    latest: dict[tuple[int, str, UUID], Notice] = {}
    if notices and not is_first:
        told = Notice.objects.filter(subject__in={n.subject for n in notices}, kind__in={n.kind for n in notices})
        told = told.filter(employee__in=rows_of({n.employee_id for n in notices}))  # many may share a subject
        told = told.select_for_update(no_key=True).order_by("round", "id")  # what is leaving now keeps its words
        latest = {(row.employee_id, row.kind, row.subject): row for row in told}
    new, moved = [], []
    for notice in notices:
        key = (notice.employee_id, notice.kind, notice.subject)
        before = latest.get(key)
        if before is not None and _is_hurried(before, notice):
            notice.due_on = before.due_on
        if before is None:
            new.append(notice)
        elif before.status in Notice.HEARD:
            if not again(before.about_on, notice.about_on):
                continue
            notice.round = before.round + 1
            new.append(notice)
        elif _differs(before, notice):
            if before.status != Notice.Status.HELD and not _is_same(before, notice):
                before.settled_by = None  # what somebody said of it was about another day
            if before.status != Notice.Status.DUE or before.due_on != notice.due_on:
                before.created_at = Now()  # due anew: from when it may go counts from here
            before.due_on, before.about_on = notice.due_on, notice.about_on
            before.headline, before.body = notice.headline, notice.body
            before.leased_until = None  # whoever has taken it with its old words leaves it
            if before.status != Notice.Status.HELD:
                before.status, before.why, before.try_after = Notice.Status.DUE, "", None
            moved.append(before)
            continue
        latest[key] = notice
    _write(new)
    if moved:
        Notice.objects.bulk_update(moved, MOVED)
    if new or moved:
        wake("enrolment.tasks.send_due_notices")
    return len(new) + len(moved)


def withdraw_notices(
    subjects: Iterable[UUID],
    *,
    of: Iterable[int] | None = None,
    kinds: Iterable[str] | None = None,
    why: str = "What it was about has changed.",
) -> int:
    """What is not needed any more is not sent: unsent notices about these subjects are withdrawn. Returns how many.

    ``of``: only of these people (row ids), where a subject is everybody's; ``kinds``: only these. What is leaving at
    this moment has left.
    """
    about = list(subjects)
    unsent = Notice.objects.filter(subject__in=about, status__in=[Notice.Status.DUE, Notice.Status.HELD])
    if kinds is not None:
        unsent = unsent.filter(kind__in=kinds)
    if of is not None:
        unsent = unsent.filter(employee__in=rows_of(of))
    gone = {"status": Notice.Status.WITHDRAWN, "why": why, "leased_until": None, "settled_by": None}
    return unsent.update(**gone) if about else 0


@dataclass(frozen=True)
class Settled:
    """What came of a step: the notice as it is afterwards, and why it was not done (``code`` empty: it was)."""

    notice: Notice
    code: str = ""
    message: str = ""


@transaction.atomic
def hold(notices: Iterable[int], *, by: User, on: date, reason: str) -> list[Settled]:
    """Keep notices (row ids) that are to be sent from leaving until somebody lets them go."""
    return _settle(notices, STEPS["hold"], by=by, on=on, reason=reason, values={"why": reason[:300]})


@transaction.atomic
def release(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Settled]:
    """Let held notices go on their day, also those of a kind that is held."""
    return _settle(notices, STEPS["release"], by=by, on=on, reason=reason, values={"why": "", "created_at": Now()})


@transaction.atomic
def hurry(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Settled]:
    """Send notices now instead of on their day: they leave as soon as mail leaves."""
    values = {"why": "", "due_on": on, "try_after": None, "created_at": Now()}
    return _settle(notices, STEPS["hurry"], by=by, on=on, reason=reason, values=values)


@transaction.atomic
def call_off(notices: Iterable[int], *, by: User, on: date, reason: str) -> list[Settled]:
    """Notices that nobody needs to get: what a person called off is not written again for the day it speaks of."""
    return _settle(notices, STEPS["call_off"], by=by, on=on, reason=reason, values={"why": reason[:300]})


@transaction.atomic
def retry(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Settled]:
    """Try once more what could not be delivered, with all tries anew; refused where there is still no address."""
    values = {"why": "", "due_on": on, "try_after": None, "attempts": 0, "created_at": Now()}
    return _settle(notices, STEPS["retry"], by=by, on=on, reason=reason, values=values)


@transaction.atomic
def tell_in_person(
    notices: Iterable[int], *, by: User, on: date, at: datetime, step: str = "tell_in_person"
) -> list[Settled]:
    """What no mail could carry was told by ``by``, or (step ``read``) read by its person after signing in."""
    return _settle(notices, STEPS[step], by=by, on=on, reason="", values={"sent_at": at})


@transaction.atomic
def hold_kinds(kinds: Iterable[str], *, by: User, on: date, reason: str) -> int:
    """Hold back all notices of these kinds, also what is written later; returns how many were not held before.

    Nothing is done to the notices: each stays where it is until its day, and then waits.
    """
    before = set(HeldKind.objects.filter(released_at=None).values_list("kind", flat=True))
    rows = [HeldKind(kind=kind, by=by, reason=reason) for kind in dict.fromkeys(kinds) if kind not in before]
    HeldKind.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def release_kinds(kinds: Iterable[str], *, by: User, at: datetime, reason: str = "") -> int:
    """Let these kinds go, with those of them that waited; what was held by itself stays so. How many may go now."""
    wanted = list(kinds)
    held = HeldKind.objects.filter(kind__in=wanted, released_at=None)
    held.update(released_at=at, released_by=by, released_because=reason)
    waited = Notice.objects.filter(kind__in=wanted, status=Notice.Status.HELD, settled_by=None)
    count = waited.update(status=Notice.Status.DUE, why="", created_at=Now())
    wake("enrolment.tasks.send_due_notices")
    return count


def _settle(
    notices: Iterable[int], step: Step, *, by: User, on: date, reason: str, values: dict[str, Any]
) -> list[Settled]:
    """One step on notices (row ids), set-wise, with one line of history each; what cannot make it comes back so.

    Their people are locked first, as whoever writes notices does.
    """
    wanted = list(notices)
    rows = Notice.objects.filter(pk__in=rows_of(wanted))
    list(Employee.objects.filter(pk__in=rows.values("employee").order_by()).locked().values_list("pk", flat=True))
    found = {row.pk: row for row in rows.order_by("id").select_for_update(no_key=True)}
    addresses = _addresses(found.values()) if step.name == "retry" else {}
    settled, done = [], []
    for notice in (found[pk] for pk in wanted if pk in found):
        if notice.status not in step.sources:
            message = f"It is {notice.get_status_display()}."
            settled.append(Settled(notice, "move_not_allowed", message))
        elif step.name == "retry" and not addresses[notice.employee_id]:
            settled.append(Settled(notice, "no_address", "There is still no e-mail address."))
        else:
            done.append(notice.pk)
            settled.append(Settled(notice))
            notice.status, notice.settled_by = step.to, by
    Notice.objects.filter(pk__in=rows_of(done)).update(status=step.to, settled_by=by, leased_until=None, **values)
    NoticeEvent.objects.bulk_create(
        NoticeEvent(notice_id=pk, step=step.name, by=by, on=on, reason=reason) for pk in dict.fromkeys(done)
    )
    if done and step.to == Notice.Status.DUE:
        wake("enrolment.tasks.send_due_notices")
    return settled


def _addresses(notices: Iterable[Notice]) -> dict[int, str]:
    people = Employee.objects.filter(pk__in=rows_of({notice.employee_id for notice in notices}))
    return dict(people.order_by().values_list("pk", "email"))


def withdraw_all_of(people: Iterable[int]) -> dict[int, int]:
    """Nothing more is mailed to these people (row ids), who have left: what was not sent is withdrawn.

    Returns how many, by person. What is leaving at this moment has left.
    """
    unsent = Notice.objects.filter(employee__in=rows_of(people), status__in=[Notice.Status.DUE, Notice.Status.HELD])
    found = Counter(unsent.order_by().values_list("employee_id", flat=True))
    unsent.update(status=Notice.Status.WITHDRAWN, why="The person has left.", leased_until=None)
    return found


def _write(notices: Sequence[Notice]) -> None:
    """New rows, by COPY: a batch of enrolments has very many."""
    if notices:
        # Only Django's own errors are known to callers; COPY raises psycopg's.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for notice in notices:
                copy.write_row(_columns(notice))


def _differs(before: Notice, after: Notice) -> bool:
    """Whether an unsent notice is to say something else, or may go now although it could not before."""
    if before.status in (Notice.Status.DUE, Notice.Status.HELD):
        return _says(before) != _says(after)
    if before.status == Notice.Status.NO_ADDRESS and not after.employee.email:
        return False
    has_same_address = before.status == Notice.Status.FAILED and before.sent_to == after.employee.email
    return not has_same_address or _says(before) != _says(after)


def _is_hurried(before: Notice, after: Notice) -> bool:
    """Whether somebody wants this sent before its day, which other words do not change."""
    return _is_same(before, after) and before.settled_by_id is not None and before.due_on < after.due_on


def _is_same(before: Notice, after: Notice) -> bool:
    return before.status == Notice.Status.DUE and before.about_on == after.about_on


def _says(notice: Notice) -> tuple[date, date | None, str, str]:
    return notice.due_on, notice.about_on, notice.headline, notice.body


@transaction.atomic
def choose(choices: Iterable[tuple[Employee, str, str]], *, by: User, on: date) -> int:
    """What people chose of kinds (person, kind, choice), in place of what they chose before. How many that are.

    Whether a kind may be chosen about is for the caller to know (`enrolment.rules.kinds`).
    """
    rows = [
        NoticeChoice(employee=employee, kind=kind, choice=choice, by=by, on=on) for employee, kind, choice in choices
    ]
    NoticeChoice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["employee", "kind"], update_fields=["choice", "by", "on"]
    )
    return len(rows)
