"""Letters that many read alike are made in the database: word for word what each would read if it were made alone."""

from datetime import date, timedelta

import pytest

from enrolment.actions import calendar
from enrolment.actions.texts import TextWish, write_texts
from enrolment.rules.letters import LETTERS
from enrolment.rules.reminders import SAYS_NEXT, TO_LEARNERS
from people.clock import now
from people.models import Employee, Notice
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NAMES = ("Zoë", "Seán  Óg", "O’Neil\\1 %s", "{{ day }}", "Ann\tLee", "李", "$1 'quoted'", "%(reference)s")
WRITTEN = ("employee", "kind", "subject", "round", "about_on", "due_on", "status", "headline", "body")


@pytest.fixture
def people() -> list[int]:
    """Learners whose calendar has every kind of reminder in the next days, with names of all sorts."""
    cohort = CohortFactory(programme=programme("ai-governance"), start_date=TODAY + 20 * DAY)
    for number, name in enumerate(NAMES):
        person = EmployeeFactory(given_names=name)
        starts = TODAY + (number % 3) * 9 * DAY
        row(person, "ai-practitioner", TODAY - 80 * DAY, 500, "active")
        row(EmployeeFactory(given_names=name), "ai-governance", starts, 28, "planned")
        ahead = {"cohort": cohort, "start_date": cohort.start_date, "planned_end_date": cohort.planned_end_date}
        EnrolmentFactory(
            employee=EmployeeFactory(given_names=name), programme=programme("ai-governance"), status="planned", **ahead
        )
        row(EmployeeFactory(given_names=name), "ai-practitioner", TODAY - 20 * DAY, 500, "active")
        row(EmployeeFactory(given_names=name), "ai-governance", TODAY - 10 * DAY, 28, "active")
    return list(Employee.objects.order_by("pk").values_list("pk", flat=True))


def row(person: Employee, code: str, start: date, days: int, status: str) -> None:
    """One enrolment."""
    dates = {"start_date": start, "planned_end_date": start + days * DAY}
    EnrolmentFactory(employee=person, programme=programme(code), status=status, **dates)


def written() -> list[tuple[object, ...]]:
    """All that stands in the ledger, but for what is new each time."""
    return sorted(Notice.objects.values_list(*WRITTEN), key=str)


@pytest.mark.parametrize("is_ours", [True, False])
def test_they_read_as_if_each_were_made_alone(people, is_ours, monkeypatch):
    if not is_ours:
        text = "{{ person.given_names }}: {{ enrolment.reference }}, {{ day }}. {{ site }}/my-programme/"
        wish = TextWish("started", "{{ person.given_names }} {{ enrolment.reference }}", text)
        assert write_texts([wish], by=UserFactory(is_hr=True), on=TODAY, reason="Shorter.")[0].is_done
    untold = calendar.untold
    assert calendar.remind(people, on=TODAY) == Notice.objects.count()
    together = written()
    Notice.objects.all().delete()
    monkeypatch.setattr(
        calendar, "untold", lambda *args, **how: [due._replace(is_new=False) for due in untold(*args, **how)]
    )
    calendar.remind(people, on=TODAY)
    assert written() == together
    assert {kind for _, kind, *_ in together} >= {"starts_soon", "started", "training_plan", "review"}


def test_again_writes_nothing(people):
    calendar.remind(people, on=TODAY)
    assert calendar.remind(people, on=TODAY) == 0


@pytest.mark.parametrize(
    ("stands", "writes"),
    [
        ({}, 0),
        ({"status": "held"}, 0),
        ({"due_on": TODAY - DAY}, 0),  # late: it does not become due anew
        ({"status": "held", "due_on": TODAY - DAY}, 1),
        ({"due_on": TODAY + 30 * DAY}, 1),
        ({"about_on": TODAY + 2 * DAY}, 1),
        ({"headline": "Other words"}, 1),
        ({"body": "Other words"}, 1),
        ({"status": "sent", "sent_at": now()}, 0),
        ({"status": "sent", "sent_at": now(), "about_on": TODAY - 40 * DAY}, 1),
        ({"status": "withdrawn"}, 1),
    ],
)
def test_one_that_stands_is_written_again_only_where_it_would_say_or_do_something_else(stands, writes):
    person = EmployeeFactory()
    row(person, "ai-governance", TODAY, 28, "active")
    calendar.remind([person.pk], on=TODAY)
    letters = Notice.objects.filter(kind="started")
    was = letters.values(*WRITTEN).get()
    letters.update(**stands)
    assert calendar.remind([person.pk], on=TODAY) == writes
    last = letters.order_by("-round").values(*WRITTEN).first()
    assert last is not None
    if writes:
        assert last == {**was, "status": "held" if stands.get("status") == "held" else "due", "round": last["round"]}
    else:
        assert last == {**was, **{k: v for k, v in stands.items() if k in WRITTEN}}


def test_what_is_made_so_says_nothing_else_of_its_reader():
    """Else it would have to be made alone: see `enrolment.notices.alike`."""
    kinds = [each.kind for each in TO_LEARNERS if each.kind not in SAYS_NEXT]
    assert kinds
    for kind in kinds:
        names = set(LETTERS[kind].variables)
        assert not {name for name in names if name.startswith("enrolment.employee") or name == "enrolment.public_id"}
