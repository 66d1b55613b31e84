"""Letters: one text for all to whom it says the same, and in each what is a person's own, verbatim."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import pytest
from django.template.loader import render_to_string

from enrolment import notices
from enrolment.models import Enrolment
from enrolment.rules.reminders import REMINDERS
from enrolment.rules.working_days import working_days_after
from people.models import Employee, Notice
from programmes.models import Cohort, Programme

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 15)
S = Enrolment.Status
HOSTILE = (
    "Ada",
    "<b>Ada</b> & 'Co'",
    "{{ enrolment.reference }}",
    "{% now 'Y' %}",
    "WP-ABCDEFGHJ",
    r"\1 \g<0> %s {0} $1",
    "Zoë  de  la\tCruz",
    "أدا לאה 阿达",
    "",
)


def remind(kind: str, rows: Sequence[Enrolment]) -> list[Notice]:
    """A reminder of each enrolment's start."""
    said = [(row, kind, row.start_date or ON, None) for row in rows]
    return notices.reminders(said, on=ON, coming={}, until=until(rows))


def until(rows: Sequence[Enrolment]) -> dict[int, date]:
    """By row id, the last day to say that it is not right."""
    return {each.pk: ON + timedelta(14) for each in rows}


KINDS: dict[str, Callable[[Sequence[Enrolment]], list[Notice]]] = {
    "enrolled": lambda rows: notices.enrolled(rows, on=ON),
    "moved": lambda rows: notices.moved(rows, on=ON),
    "waiting": lambda rows: notices.waiting(rows, on=ON),
    "called_off": lambda rows: notices.called_off(rows, on=ON),
    "recorded": lambda rows: notices.recorded(rows, due=ON, until=until(rows)),
    "promoted": lambda rows: notices.promoted(rows, on=ON),
    "queued": lambda rows: notices.queued(rows, on=ON),
    **{kind: partial(remind, kind) for kind in REMINDERS},
}


def row(number: int, given_names: str, *, programme: str = "The {{ unit }}", days: int = 0) -> Enrolment:
    """An enrolment in memory, in a cohort and behind another programme."""
    other = Enrolment(programme=Programme(name="The <other>"), status=S.OVERDUE)
    return Enrolment(
        pk=number,
        employee=Employee(pk=number, given_names=given_names, family_name="Person"),
        programme=Programme(name=programme),
        cohort=Cohort(name="June & July", start_date=ON),
        status=S.PLANNED,
        reference=f"WP-{number:09}",
        start_date=ON + timedelta(days),
        planned_end_date=ON + timedelta(days + 27),
        follows=other,
    )


def alone(kind: str, about: Enrolment) -> str:
    """The body as Django renders it for one person by herself."""
    context = {"enrolment": about, "person": about.employee, "site": notices.settings.SITE_URL}
    more = {"blocker": about.follows, "day": about.start_date, "next_plan": None, "next_idea": None}
    day = about.start_date or ON
    more |= {"confirm_by": ON + timedelta(14), "close_by": working_days_after(max(ON, day + timedelta(1)), 3)}
    text = render_to_string(f"enrolment/email/{kind}.body.txt", {**context, **more, "is_without_cohort": False})
    return text.strip() + "\n"


@pytest.mark.parametrize("kind", KINDS)
def test_each_letter_is_what_it_would_be_alone(kind: str) -> None:
    """Whatever people are called: nothing is escaped, run as a template, taken for a token or for another's words."""
    hostile = [*HOSTILE, f"x{notices.REFERENCE}x", notices.GIVEN_NAMES]
    rows = [row(number, name) for number, name in enumerate(hostile, 1)]
    for about, letter in zip(rows, KINDS[kind](rows), strict=True):
        assert letter.body == alone(kind, about)
        assert letter.employee is about.employee
        assert letter.subject == about.public_id
        assert about.employee.given_names in letter.body
        assert "\n" not in letter.headline


@pytest.mark.parametrize("kind", KINDS)
def test_what_differs_is_said(kind: str) -> None:
    """Other days and another programme make another letter, also where the row has the same number."""
    first, second = row(1, "Ada"), row(1, "Ada", programme="Another", days=9)
    letters = [KINDS[kind]([about])[0] for about in (first, second)]
    assert [letter.body for letter in letters] == [alone(kind, first), alone(kind, second)]
    assert "Another" in letters[1].headline + letters[1].body


def test_a_letter_speaks_of_known_things_only() -> None:
    """What is compared by its row number could be said as it was before: refused."""
    with pytest.raises(TypeError, match="cannot speak of"):
        notices._said(Employee(pk=1))
