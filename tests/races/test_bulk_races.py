"""Jobs over many people at once, and an edit that meets the calendar: nothing is lost, doubled or left waiting."""

from datetime import date, timedelta
from functools import partial

import pytest

from enrolment import rules
from enrolment.actions import changes, outcomes
from enrolment.actions.calendar import enforce
from enrolment.actions.enrolments import Wish, enrol
from enrolment.entries import HEADER
from enrolment.imports.enrolments import load_enrolments
from enrolment.models import Enrolment
from people.models import Employee
from tests.conftest import Scale
from tests.factories import TODAY, EmployeeFactory, programme
from tests.races.test_races import JULY, overlaps, together

pytestmark = pytest.mark.django_db(transaction=True)
S = Enrolment.Status
DAY = timedelta(1)


def bulk(people: list[Employee], code: str) -> str:
    """One job: everybody on one programme in July; how many it placed."""
    wishes = [Wish(person, programme(code), *JULY) for person in people]
    done = [o for found in outcomes.in_chunks(enrol, wishes, by=None, on=TODAY) for o in found if o.is_done]
    return f"won {len(done)}"


def test_two_jobs_over_the_same_people_in_opposite_order(scale: Scale) -> None:
    """Each person gets one of the two programmes; neither job waits for the other for ever."""
    for _ in range(scale.pick(3, 30)):
        people = EmployeeFactory.create_batch(scale.pick(20, 60))
        answers = together([partial(bulk, people, "ai-governance"), partial(bulk, people[::-1], "ai-transformation")])
        assert sum(int(answer.removeprefix("won ")) for answer in answers.elements()) == len(people), answers
    assert overlaps() == 0


def lengthen(record: Enrolment, until: date, *, push: bool) -> str:
    """HR extends what runs."""
    (outcome,) = outcomes.run(
        changes.extend, [record], planned_end_date=until, by=None, on=TODAY, reason="More to do.", push=push
    )
    return "done" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def next_morning(person: Employee) -> str:
    """The calendar, the day after."""
    outcomes.run(enforce, [person.pk], on=TODAY + DAY)
    return "done"


@pytest.mark.parametrize("push", [True, False])
def test_extending_into_a_neighbour_while_it_starts(scale: Scale, *, push: bool) -> None:
    """Whichever comes first, nobody is on both: the neighbour moved, waits without dates, or refused the extension."""
    for _ in range(scale.pick(4, 100)):
        person = EmployeeFactory()
        first = Wish(person, programme("ai-governance"), TODAY - 20 * DAY, TODAY)
        then = Wish(person, programme("ai-transformation"), TODAY + DAY, TODAY + 28 * DAY)
        (running, planned) = [o.subject.enrolment for o in enrol([first, then], by=None, on=TODAY)]
        assert running
        assert planned
        answers = together([partial(lengthen, running, TODAY + 6 * DAY, push=push), partial(next_morning, person)])
        assert set(answers) <= {"done", "clash"}, answers
        for record in (running, planned):
            record.refresh_from_db()
        assert planned.status in (S.PLANNED, S.QUEUED, S.ACTIVE)
        days, others = rules.held(running), rules.held(planned)
        assert days is not None
        assert others is None or days.shared(others) is None
    assert overlaps() == 0


def load(people: list[Employee], code: str) -> str:
    """One file: everybody on one programme in July; how many rows it created."""
    rows = [f"{person.staff_number},{code},{JULY[0]},{JULY[1]},,," for person in people]
    content = "\n".join([",".join(HEADER), *rows]).encode()
    done = load_enrolments(content, file_name="race.csv", by=None, on=TODAY)
    return f"won {sum(1 for row in done if row.outcome == 'created')}"


def test_two_files_and_a_job_over_the_same_people(scale: Scale) -> None:
    """Each person gets one of the three programmes, whichever way it came; what was refused was told `clash`."""
    for _ in range(scale.pick(2, 20)):
        people = EmployeeFactory.create_batch(scale.pick(20, 60))
        answers = together(
            [
                partial(load, people, "ai-governance"),
                partial(load, people[::-1], "ai-transformation"),
                partial(bulk, people, "ai-leadership-literacy"),
            ]
        )
        assert sum(int(answer.removeprefix("won ")) for answer in answers.elements()) == len(people), answers
    assert overlaps() == 0
