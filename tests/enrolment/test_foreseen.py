"""What is foreseen is what then comes: nominations that wait, answers that are due, summaries; and to whom nothing."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrolment.actions.calendar import enforce
from enrolment.actions.digests import write_digests
from enrolment.actions.sendings import remind_all, send
from enrolment.models import Nomination
from enrolment.queries import digest
from enrolment.queries import foreseen as queries
from enrolment.queries.calendar import people_due
from enrolment.queries.messages import Narrowed
from enrolment.rules.nominations import cutoffs, steps_due, to_come
from enrolment.rules.working_days import is_working_day
from people.clock import today
from people.ledger import HeldKind, NoticeChoice
from people.models import Employee, Notice, Policy
from people.roles import HrDepartment
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    NominationFactory,
    NoticeFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONTH = [TODAY + number * DAY for number in range(31)]
AHEAD = "enrolment:messages_ahead"
STEPS = {"remind": "reminded_on", "escalate": "escalated_on", "warn": "warned_on"}


@pytest.fixture
def hr():
    """Somebody in HR, with a record that letters go to."""
    return EmployeeFactory(user=UserFactory(is_hr=True)).user


def nominated(on: date = TODAY, code: str = "ai-governance", **more) -> Nomination:
    """A nomination by the manager of who is nominated, both with accounts."""
    manager = EmployeeFactory(user=UserFactory())
    ada = EmployeeFactory(manager=manager, user=UserFactory(), **more)
    return NominationFactory(employee=ada, nominated_by=manager.user, nominated_on=on, programme=programme(code))


def foreseen(user, on: date = TODAY, **narrowed):
    """By kind and day, how many, and to whom."""
    found = queries.foreseen(user, Narrowed(**narrowed), on=on)
    return {(line.kind, line.day, each.employee.pk) for line in found.lines for each in line.to}


def written() -> set[tuple[str, date, int]]:
    """What was written, however it ended."""
    return set(Notice.objects.values_list("kind", "due_on", "employee_id"))


@pytest.mark.parametrize("days", [(3, 5, 14), (5, 5, 6), (9, 4, 10), (3, 5, 3)])
@pytest.mark.parametrize("gone", [0, 3, 9, 20, 60])
def test_the_steps_foreseen_are_those_that_each_day_makes(days, gone):
    reminder, escalation, expiry = days
    policy = Policy(
        nomination_reminder_days=reminder, nomination_escalation_days=escalation, nomination_expiry_days=expiry
    )
    waits = NominationFactory.build(nominated_on=TODAY - gone * DAY, programme=programme("ai-governance"))
    expected = to_come(waits, policy, TODAY)
    made = []
    for on in (TODAY + number * DAY for number in range(60)):
        for step in steps_due(waits, cutoffs(policy, on)):
            made.append((on, step))
            if step == "expire":
                waits.status = Nomination.Status.EXPIRED
            else:
                setattr(waits, STEPS[step], on)
    assert sorted(made) == expected
    assert made[-1][1] == "expire"
    assert to_come(waits, policy, TODAY) == []


def test_whoever_is_foreseen_is_told_on_that_day(hr):
    EmployeeFactory(user=UserFactory(is_administrator=True))
    nominated()
    asked = nominated(TODAY - 4 * DAY, "ai-transformation")
    Nomination.objects.filter(pk=asked.pk).update(
        status="asked", nominated_by=asked.employee.user, asked_on=asked.nominated_on, reason=""
    )
    expected = foreseen(hr)
    for on in MONTH:
        enforce(people_due(on), on=on)
    assert {kind for kind, _, _ in expected} == {
        *("nomination_waits", "nomination_escalated", "nomination_expires", "nomination_expired"),
        *("wish_waits", "wish_expires", "wish_expired"),
    }
    assert expected == written()


def test_who_has_not_answered_is_reminded_as_foreseen(hr):
    people = [EmployeeFactory() for _ in range(3)]
    off = EmployeeFactory()
    NoticeChoice.objects.create(employee=off, kind="questionnaire_due_soon", choice="off", by=hr, on=TODAY)
    send([each.pk for each in (*people, off)], to="everybody", due_on=TODAY + 10 * DAY, by=hr, on=TODAY)
    Notice.objects.all().delete()
    expected = foreseen(hr)
    assert expected == {
        *(("questionnaire_due_soon", TODAY + 8 * DAY, each.pk) for each in people),
        *(("questionnaire_overdue", TODAY + 11 * DAY, each.pk) for each in (*people, off)),
    }
    for on in MONTH:
        remind_all(on=on)
        if on == TODAY + 9 * DAY:  # the first is written now, and foreseen no more
            assert {kind for kind, _, _ in foreseen(hr, on)} == {"questionnaire_overdue"}
    told_by_mail = written() - {("questionnaire_due_soon", TODAY + 8 * DAY, off.pk)}  # withdrawn when it would leave
    assert told_by_mail == expected
    assert foreseen(hr, MONTH[-1]) == set()


def test_an_ended_sending_and_one_beyond_the_month_foresee_nothing(hr):
    person = EmployeeFactory()
    (asked,) = send([person.pk], to="everybody", due_on=TODAY + 40 * DAY, by=hr, on=TODAY)
    assert foreseen(hr) == set()
    assert foreseen(hr, TODAY + 8 * DAY) == {("questionnaire_due_soon", TODAY + 38 * DAY, person.pk)}
    asked.subject.sending.ended_on = TODAY
    asked.subject.sending.save()
    assert foreseen(hr, TODAY + 8 * DAY) == set()


def test_summaries_are_one_line_a_day_with_how_many_have_their_turn(hr):
    waits = nominated()
    for choice in ("daily", "off"):
        manager = nominated().employee.manager
        assert manager
        NoticeChoice.objects.create(employee=manager, kind="digest_team", choice=choice, by=hr, on=TODAY)
    found = queries.foreseen(hr, Narrowed(), on=TODAY).summaries
    assert [day for day, _, _ in found] == [day for day in MONTH[1:] if is_working_day(day)]
    assert {(team, in_hr) for day, team, in_hr in found if day.weekday()} == {(1, 1)}
    assert {(team, in_hr) for day, team, in_hr in found if not day.weekday()} == {(2, 1)}
    for on in MONTH[1:]:  # everybody's people have something that waits: all whose turn it is get one
        write_digests(on=on)
        team = Notice.objects.filter(kind="digest_team", due_on=on).count()
        assert team == {day: count for day, count, _ in found}.get(on, 0)
    only = queries.foreseen(hr, Narrowed(kind="digest_hr"), on=TODAY).summaries
    assert {(team, in_hr) for _, team, in_hr in only} == {(0, 1)}
    person = Narrowed(person=waits.employee.manager)
    assert [day.weekday() for day, _, _ in queries.foreseen(hr, person, on=TODAY).summaries] == [0, 0, 0, 0]


def test_managers_are_counted_by_a_walk_over_the_index_that_ends(hr, monkeypatch):
    for _ in range(3):
        nominated()
    NominationFactory(employee=EmployeeFactory(), programme=programme("ai-governance"))
    gone = EmployeeFactory(manager=EmployeeFactory(), employed_until=TODAY - DAY)
    first = MONTH[7]
    everybody, people = None, Employee.objects.employed(TODAY)
    for among in (everybody, people):
        assert digest.turns("digest_team", [first], among=among, on=TODAY) == {first: 3}, gone
    monkeypatch.setattr(digest, "MOST_TURNS", 2)
    assert digest.turns("digest_team", [first], among=everybody, on=TODAY) == {first: 3}  # more than two
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {digest.MANAGERS}", [3])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "people_employee_manager_id" in plan


def test_hr_of_a_department_and_a_narrowed_list_foresee_theirs(client):
    department = DepartmentFactory()
    user = UserFactory(is_hr=True, is_narrowed=True)
    HrDepartment.objects.create(user=user, department=department)
    mine, theirs = nominated(today(), department=department), nominated(today())
    everybody = UserFactory(is_hr=True)
    send([mine.employee_id, theirs.employee_id], to="all", due_on=today() + 9 * DAY, by=everybody, on=today())
    assert {person for _, _, person in foreseen(user, today())} == {mine.employee_id}
    of = {"person": theirs.employee}
    assert {person for _, _, person in foreseen(everybody, today(), **of)} == {theirs.employee_id}
    kinds = {kind for kind, _, _ in foreseen(everybody, today(), kind="nomination_expired")}
    assert kinds == {"nomination_expired"}
    client.force_login(user)
    text = client.get(reverse(AHEAD)).content.decode()
    assert mine.employee.name in text
    assert theirs.employee.name not in text


def test_the_page_counts_what_is_foreseen_and_not_what_is_switched_off(client, hr):
    client.force_login(hr)
    nominated(today())
    NoticeFactory(due_on=today() + DAY)
    off = NoticeFactory(due_on=today() + DAY, kind="starts_soon")
    NoticeChoice.objects.create(employee=off.employee, kind="starts_soon", choice="off", by=hr, on=today())
    HeldKind.objects.create(kind="nomination_expires", by=hr, reason="Wrong words.")
    page = client.get(reverse(AHEAD))
    assert (page.context["total"], page.context["off"]) == (1, 1)
    total = page.context["foreseen_total"]
    assert total == sum(line.count for line, _, _ in page.context["foreseen_lines"]) > 0
    text = page.content.decode()
    assert f'<span class="number">{total}</span> more are foreseen and not written yet' in text
    assert "1</span> more will not go" in text
    assert [kind for line, kind, is_held in page.context["foreseen_lines"] if is_held] == [
        "a nomination is about to expire"
    ]
    assert sum(expected for _, _, expected in page.context["counts"]) == total
    assert sum(count for _, count, _ in page.context["counts"]) == 1


def test_only_a_few_are_named_and_the_rest_is_a_number(client, hr):
    client.force_login(hr)
    people = [EmployeeFactory() for _ in range(8)]
    send([each.pk for each in people], to="all", due_on=today() + 9 * DAY, by=hr, on=today())
    lines = {line.kind: line for line, _, _ in client.get(reverse(AHEAD)).context["foreseen_lines"]}
    soon = lines["questionnaire_due_soon"]
    assert (soon.count, len(soon.to), soon.more) == (8, 5, 3)
    (all_of_it,) = client.get(f"{reverse(AHEAD)}?kind=questionnaire_due_soon").context["foreseen_lines"]
    assert (len(all_of_it[0].to), all_of_it[0].more) == (8, 0)


def test_much_takes_as_many_queries_as_little(hr):
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queried:
            queries.foreseen(hr, Narrowed(), on=TODAY)
        return len(queried)

    def more(number: int) -> None:
        for _ in range(number):
            asked = nominated()
            Nomination.objects.filter(pk=asked.pk).update(status="asked", asked_on=TODAY, reason="")
            nominated(code="ai-transformation")
            person = EmployeeFactory()
            send([person.pk], to="one", due_on=TODAY + 9 * DAY, by=hr, on=TODAY)

    more(1)
    little = cost()
    more(12)
    assert cost() == little
