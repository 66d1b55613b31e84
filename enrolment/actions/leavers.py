"""Who has left: plans are called off, nominations close, doors are shut, letters are withdrawn; and who comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.events import move, move_nomination
from enrolment.actions.facts import lock_people
from enrolment.actions.feeds import revoke_feeds
from enrolment.actions.outcomes import Outcome
from enrolment.actions.writing import keep, store
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, NominationEvent
from enrolment.queries.leaving import holdings
from enrolment.queries.nominations import told_for
from enrolment.rules import Refusal
from people.actions.accounts import close_accounts, open_accounts
from people.actions.notices import tell, withdraw_all_of, withdraw_notices
from people.actions.people import Said, keep_history
from people.models import Employee, PersonChange, User
from people.queries import rows_of
from people.rules import has_left
from people.wake import wake

S = Enrolment.Status
GIVE_SEATS = "enrolment.tasks.give_seats"
ROLES = {"is_hr": "HR", "is_auditor": "auditor", "is_administrator": "administrator"}


def release(
    rows: Iterable[Enrolment], staff: Sequence[Employee], *, on: date, is_after_leaving: bool = False
) -> list[EnrolmentEvent]:
    """Call off what leavers had before them: their days and seats are free. What runs is HR's to close.

    ``rows`` are live records of locked people, ``staff`` those people; the rows change too. ``is_after_leaving``: only
    what would start once they have left, so that it is not started first. Returns the events.
    """
    left = {person.pk: person.employed_until for person in staff if has_left(person.employed_until, on)}
    events = []
    for record in rows:
        last = left.get(record.employee_id)
        if last is None or record.status not in (S.PLANNED, S.QUEUED, S.WAITING):
            continue
        if is_after_leaving and record.start_date and record.start_date <= last:
            continue
        rules.changes.cancel(record)
        events.append(move(record, "cancel", by=None, role=rules.CALENDAR, on=on, reason=f"Left on {rules.say(last)}."))
    if events:
        store(event.subject for event in events)
        keep(events)
        withdraw_notices(event.subject.public_id for event in events)
        wake(GIVE_SEATS)
    return events


@transaction.atomic
def expire(nominations: Sequence[Nomination], *, on: date) -> list[Outcome[Nomination]]:
    """The calendar's move on nominations of people who have left: nobody needs to answer them any more.

    Whoever nominated hears of it.
    Refused: ``still_employed`` on the day, ``move_not_allowed`` where somebody has answered.
    """
    if not nominations:
        return []
    people = {person.pk: person for person in lock_people(sorted({n.employee_id for n in nominations}))}
    related = ("employee__manager", "programme", "nominated_by__employee")
    fresh = Nomination.objects.select_related(*related).in_bulk([nomination.pk for nomination in nominations])
    outcomes, events = [], []
    for asked in nominations:
        nomination, person = fresh[asked.pk], people[asked.employee_id]
        if not has_left(person.employed_until, on):
            refusal = Refusal("still_employed", f"{person.name} works here: HR answers the nomination.")
            outcomes.append(Outcome(nomination, refusal))
            continue
        if nomination.status not in Nomination.UNANSWERED:
            outcomes.append(Outcome(nomination, Refusal("move_not_allowed", "This nomination has been answered.")))
            continue
        why = f"Left on {rules.say(person.employed_until)}." if person.employed_until else ""
        events.append(move_nomination(nomination, "expire", by=None, role=rules.CALENDAR, on=on, reason=why))
        nomination.decided_on, nomination.answer = on, why
        outcomes.append(Outcome(nomination))
    Nomination.objects.bulk_update([event.subject for event in events], ["status", "decided_on", "answer"])
    NominationEvent.objects.bulk_create(events)
    withdraw_notices(event.subject.public_id for event in events)
    closed = [event.subject for event in events]
    tell(notices.nomination("nomination_left", [(told_for(nomination), nomination) for nomination in closed], due=on))
    return outcomes


def depart(
    staff: Sequence[Employee], events: Iterable[EnrolmentEvent], closed: Iterable[Nomination], *, on: date
) -> int:
    """The end of employment itself, once for each leaver of these locked people; returns how many there were.

    Accounts are closed and calendar feeds revoked, so that sessions and whatever else opens a door end; letters that
    wait are withdrawn; history says what was called off (``events`` and nominations ``closed``), what runs on, and what
    they leave behind.
    """
    gone = [person for person in staff if person.left_on is None and has_left(person.employed_until, on)]
    if not gone:
        return 0
    pks = [person.pk for person in gone]
    accounts = {user.pk: user for user in User.objects.filter(employee__in=rows_of(pks))}
    were = {user.pk: (user.is_active, _roles(user)) for user in accounts.values()}
    close_accounts(list(accounts.values()))
    revoke_feeds(gone)
    letters = withdraw_all_of(pks)
    released = Counter(event.subject.employee_id for event in events if event.move == "cancel")
    nominations = Counter(nomination.employee_id for nomination in closed)
    left_behind = holdings(gone)
    said = []
    for person in gone:
        is_open, roles = were.get(person.user_id or 0, (False, []))
        facts = {
            "plans": released[person.pk],
            "nominations": nominations[person.pk],
            "letters": letters.get(person.pk, 0),
            "account": is_open,
            "roles": roles,
            "last_day": person.employed_until.isoformat() if person.employed_until else "",
            **left_behind[person.pk].as_facts(),
        }
        person.left_on = on
        said.append(Said(person.public_id, PersonChange.Kind.LEFT, facts=facts))
    Employee.objects.filter(pk__in=rows_of(pks)).update(left_on=on)
    keep_history(said, by=None, on=on)
    return len(gone)


def come_back(staff: Sequence[Employee], *, by: User | None, on: date) -> None:
    """Locked people who had left work here again: the account that leaving closed is open. Nothing else comes back.

    Plans and nominations stay closed and roles gone: history says which, and somebody decides anew.
    """
    lefts: dict[object, PersonChange] = {}
    rows = PersonChange.objects.filter(person__in=[p.public_id for p in staff], kind=PersonChange.Kind.LEFT)
    for change in rows.order_by("at", "id"):
        lefts[change.person] = change
    accounts = {user.pk: user for user in User.objects.filter(employee__in=rows_of([p.pk for p in staff]))}
    said, reopened = [], []
    for person in staff:
        left = lefts.get(person.public_id)
        was = left.facts if left else {}
        user = accounts.get(person.user_id or 0)
        if user and was.get("account"):
            reopened.append(user)
        facts = {name: was.get(name, blank) for name, blank in (("plans", 0), ("nominations", 0), ("roles", []))}
        facts["account"] = bool(user and was.get("account"))
        said.append(Said(person.public_id, PersonChange.Kind.RETURNED, facts=facts))
        person.left_on = None
    open_accounts(reopened)
    Employee.objects.filter(pk__in=rows_of([p.pk for p in staff])).update(left_on=None)
    keep_history(said, by=by, on=on)


def _roles(user: User) -> list[str]:
    return [label for name, label in ROLES.items() if getattr(user, name)]
