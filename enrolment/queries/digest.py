"""What managers and HR are told in a summary: who gets one on a day, and what happened since the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from enrolment.models import EnrolmentEvent, Nomination
from enrolment.queries.messages import number_to_tell
from enrolment.queries.waits_for_hr import Sections, waits_for_hr
from enrolment.rules.digest import MOST_LINES, WAITING, Digest, subject_of
from enrolment.rules.kinds import DAILY, DIGEST_HR, DIGEST_TEAM, KINDS, OFF, WEEKLY
from enrolment.rules.working_days import first_working_day, is_working_day
from people.ledger import NoticeChoice
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.reach import remember
from people.rules import say

MOST_TURNS = 10_000  # managers that are counted
# Managers by a walk over the index: a look for each, where a count would read everybody's record.
MANAGERS = """
WITH RECURSIVE managers (id) AS (
    (SELECT manager_id FROM people_employee WHERE manager_id IS NOT NULL ORDER BY manager_id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.manager_id FROM people_employee p WHERE p.manager_id > m.id ORDER BY p.manager_id LIMIT 1)
    FROM managers m
    WHERE m.id IS NOT NULL
)
SELECT id FROM managers WHERE id IS NOT NULL LIMIT %s
"""
LONGEST = 9  # days from one week's summary to the next, which can wait for a Wednesday: Christmas of 2027
# What happened to somebody, by the move that did it.
TOLD = {
    "enrol": "Placed",
    "enrol_behind": "Placed",
    "join_waiting_list": "Placed",
    "promote": "Placed",
    "plan": "Moved",
    "shift": "Moved",
    "redate": "Moved",
    "change_cohort": "Moved",
    "queue": "Moved",
    "start": "Started",
    "mark_overdue": "Past the planned end",
    "extend": "Another last day",
    "shorten": "Another last day",
    "begin_break": "On a break",
    "end_break": "Back from a break",
    "complete": "Finished",
    "withdraw": "Ended early",
    "cancel": "Called off",
}
UNTIL = ("Another last day", "Finished", "Ended early")  # their line says the last day, not the first
DUE = {"training_plan": "Training plan due", "review": "Progress review due"}


def readers(kind: str, on: date) -> list[int]:
    """Whose turn it is on a day (row ids): who chose every day; on a week's first working day all. Nobody twice."""
    if not _choices(on):
        return []
    written = Notice.objects.filter(employee=OuterRef("pk"), kind=kind, subject=subject_of(kind, on))
    people = _having_turn(kind, _choices(on), on).exclude(Exists(written))
    return list(people.order_by("id").values_list("pk", flat=True))


def turns(kind: str, days: Sequence[date], *, among: QuerySet[Employee] | None, on: date) -> dict[date, int]:
    """By day how many people have their turn then, by what they choose on ``on``: two queries for any days.

    ``among``: of these; None: of everybody. Of everybody's managers one more than `MOST_TURNS` stands for more.
    """
    counts = {choices: _count(kind, choices, among, on) for choices in {_choices(day) for day in days} if choices}
    return {day: counts.get(_choices(day), 0) for day in days}


def _count(kind: str, choices: Sequence[str], among: QuerySet[Employee] | None, on: date) -> int:
    people = _having_turn(kind, choices, on)
    if among is not None:
        return people.filter(pk__in=among.order_by().values("pk")).count()
    if kind == DIGEST_TEAM.code and KINDS[kind].usual in choices:  # else whoever chose it is few
        with connection.cursor() as cursor:
            cursor.execute(MANAGERS, [MOST_TURNS + 1])
            managers = [pk for (pk,) in cursor.fetchall()]
        return people.filter(pk__in=rows_of(managers)).count() if len(managers) <= MOST_TURNS else MOST_TURNS + 1
    return people.count()


def _choices(day: date) -> tuple[str, ...]:
    """Who gets a summary on a day: whoever chose one of these. On working days only, weekly on the week's first."""
    if not is_working_day(day):
        return ()
    is_first = first_working_day(day - timedelta(days=day.weekday())) == day
    return (DAILY, WEEKLY) if is_first else (DAILY,)


def _having_turn(kind: str, choices: Sequence[str], on: date) -> QuerySet[Employee]:
    """Who may get a kind, and chose, or left it at, one of these."""
    people: QuerySet[Employee] = Employee.objects.employed(on)
    if kind == DIGEST_TEAM.code:
        people = people.filter(Exists(Employee.objects.employed(on).filter(manager=OuterRef("pk")).order_by()))
    else:
        people = people.filter(user__is_hr=True, user__is_active=True)
    chosen = NoticeChoice.objects.filter(employee=OuterRef("pk"), kind=kind)
    is_turn = Q(Exists(chosen.filter(choice__in=choices)))
    if KINDS[kind].usual in choices:
        is_turn |= Q(~Exists(chosen))
    return people.filter(is_turn).exclude(Exists(chosen.filter(choice=OFF)))


def digests(kind: str, people: Sequence[Employee], on: date) -> list[Digest]:
    """What each of them is to be told of the days before ``on``, since their last summary.

    As many queries for all managers as for one, and for all HR of the whole organisation; those of Today for each in
    HR of named departments.
    """
    latest: dict[int, date] = {}
    told = Notice.objects.filter(employee__in=rows_of([person.pk for person in people]), kind=kind, about_on__lt=on)
    for row in told.order_by("about_on").only("employee_id", "about_on"):
        if row.about_on:
            latest[row.employee_id] = row.about_on
    first = on - timedelta(days=LONGEST)
    found = {person.pk: Digest(kind, person, max(latest.get(person.pk, first), first)) for person in people}
    if kind == DIGEST_TEAM.code:
        _of_teams(found, on)
    else:
        _of_hr(found, on)
    return [digest for digest in found.values() if digest.lines]


def _of_teams(found: Mapping[int, Digest], on: date) -> None:
    reports = Employee.objects.filter(manager__in=rows_of(found)).order_by()
    first = min((digest.since for digest in found.values()), default=on)
    events = EnrolmentEvent.objects.filter(
        move__in=list(TOLD), on__gte=first, on__lt=on, subject__employee__in=reports
    ).select_related("subject__employee", "subject__programme")
    for event in events.order_by("on", "id"):
        record = event.subject
        digest = _digest_of(found, record.employee)
        if digest and event.on >= digest.since:
            heading, last = TOLD[event.move], event.ended_on or event.planned_end_date
            days = f", from {say(event.start_date)}" if event.start_date else ""
            if heading in UNTIL and last:
                days = f", last day {say(last)}"
            digest.lines[heading].append(f"{record.employee.name}: {record.programme.name}{days}")
    due = Notice.objects.filter(kind__in=list(DUE), due_on__gte=first, due_on__lt=on, employee__in=reports)
    due = due.exclude(status=Notice.Status.WITHDRAWN).select_related("employee")
    for notice in due.order_by("due_on", "id"):
        digest = _digest_of(found, notice.employee)
        if digest and notice.due_on >= digest.since and notice.about_on:
            digest.lines[DUE[notice.kind]].append(f"{notice.employee.name}: by {say(notice.about_on)}")
    waiting = Nomination.objects.unanswered().filter(employee__in=reports).select_related("employee", "programme")
    for nomination in waiting.order_by("nominated_on", "id"):
        digest = _digest_of(found, nomination.employee)
        if digest:
            since = say(nomination.nominated_on)
            what = f"{'asks for ' if nomination.is_only_asked else ''}{nomination.programme.name}"
            digest.lines[WAITING].append(f"{nomination.employee.name}: {what}, since {since}")


def _of_hr(found: Mapping[int, Digest], on: date) -> None:
    """What waits, whom to tell in person, who left since the last one: of those for whom each acts as HR.

    HR of the whole organisation is many accounts and one answer; HR of named departments has each their own.
    """
    remember(digest.to.user for digest in found.values() if digest.to.user)
    first = min((digest.since for digest in found.values()), default=on)
    whole: tuple[Sections, list[Employee]] | None = None
    for digest in found.values():
        if digest.to.user is None:
            continue
        if digest.to.user.is_narrowed:
            waits, left = _for_hr(digest.to.user, first, on)
        else:
            waits, left = whole = whole or _for_hr(digest.to.user, first, on)
        digest.lines.update(waits)
        if count := number_to_tell(digest.to.user, on):
            digest.lines["To tell in person"].append(f"{count} message{'' if count == 1 else 's'} to tell in person")
        for person in left:
            if person.employed_until and person.employed_until >= digest.since - timedelta(days=1):
                digest.lines["Left"].append(f"{person.name}, last day {say(person.employed_until)}")


def _for_hr(user: User, first: date, on: date) -> tuple[Sections, list[Employee]]:
    gone = Employee.objects.handled_by(user).filter(employed_until__gte=first - timedelta(days=1))
    left = gone.filter(employed_until__lt=on).order_by("employed_until", "id")[: MOST_LINES * 5]
    return waits_for_hr(user, on=on), list(left)


def _digest_of(found: Mapping[int, Digest], employee: Employee) -> Digest | None:
    return found.get(employee.manager_id) if employee.manager_id else None


def kinds() -> Iterable[str]:
    """The kinds of summaries."""
    return DIGEST_TEAM.code, DIGEST_HR.code
