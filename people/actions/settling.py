"""What people do to notices: each step with its history, kinds held back whole, and what each person chose to get."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from people.actions.results import Result
from people.ledger import HeldKind, NoticeChoice, NoticeEvent
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.rules import STEPS, Step
from people.wake import wake


@transaction.atomic
def hold(notices: Iterable[int], *, by: User, on: date, reason: str) -> list[Result[Notice]]:
    """Keep notices (row ids) that are to be sent from leaving until somebody lets them go."""
    return _settle(notices, STEPS["hold"], by=by, on=on, reason=reason, values={"why": reason[:300]})


@transaction.atomic
def release(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Result[Notice]]:
    """Let held notices go on their day, also those of a kind that is held."""
    return _settle(notices, STEPS["release"], by=by, on=on, reason=reason, values={"why": "", "created_at": Now()})


@transaction.atomic
def hurry(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Result[Notice]]:
    """Send notices now instead of on their day: they leave as soon as mail leaves."""
    values = {"why": "", "due_on": on, "try_after": None, "created_at": Now()}
    return _settle(notices, STEPS["hurry"], by=by, on=on, reason=reason, values=values)


@transaction.atomic
def call_off(notices: Iterable[int], *, by: User, on: date, reason: str) -> list[Result[Notice]]:
    """Notices that nobody needs to get: what a person called off is not written again for the day it speaks of."""
    return _settle(notices, STEPS["call_off"], by=by, on=on, reason=reason, values={"why": reason[:300]})


@transaction.atomic
def retry(notices: Iterable[int], *, by: User, on: date, reason: str = "") -> list[Result[Notice]]:
    """Try once more what could not be delivered, with all tries anew; refused where there is still no address."""
    values = {"why": "", "due_on": on, "try_after": None, "attempts": 0, "created_at": Now()}
    return _settle(notices, STEPS["retry"], by=by, on=on, reason=reason, values=values)


@transaction.atomic
def tell_in_person(
    notices: Iterable[int], *, by: User, on: date, at: datetime, step: str = "tell_in_person"
) -> list[Result[Notice]]:
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


def _settle(
    notices: Iterable[int], step: Step, *, by: User, on: date, reason: str, values: dict[str, Any]
) -> list[Result[Notice]]:
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
            settled.append(Result(notice, "move_not_allowed", message))
        elif step.name == "retry" and not addresses[notice.employee_id]:
            settled.append(Result(notice, "no_address", "There is still no e-mail address."))
        else:
            done.append(notice.pk)
            settled.append(Result(notice))
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
