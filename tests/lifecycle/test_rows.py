"""New rows in memory are what a model makes."""

from datetime import date
from typing import Any

import pytest
from django.db.models import Model

from enrolment.models import Enrolment, EnrolmentEvent
from lifecycle.rows import fresh
from people.models import Employee, Notice
from programmes.models import Programme

DAY = date(2026, 6, 15)
ADA = Employee(pk=7, given_names="Ada")
UNIT = Programme(pk=3, name="The unit")
ROW = Enrolment(pk=9)


@pytest.mark.parametrize(
    ("model", "related", "values"),
    [
        (Enrolment, {"employee": ADA, "programme": UNIT}, {"status": "planned", "start_date": DAY}),
        (EnrolmentEvent, {"subject": ROW}, {"move": "enrol", "to_status": "planned", "on": DAY}),
        (Notice, {"employee": ADA}, {"kind": "enrolled", "about_on": DAY, "due_on": DAY}),
        (Notice, {}, {}),
    ],
)
def test_the_same_as_by_its_constructor(model: type[Model], related: dict[str, Model], values: dict[str, Any]) -> None:
    ours, theirs = fresh(model, related, **values), model(**related, **values)
    assert ours._state.adding
    assert ours._state.db is None
    assert ours._state.fields_cache == theirs._state.fields_cache
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        if name not in ("_state", "public_id") and type(value).__name__ != "DatabaseDefault":
            assert getattr(ours, name) == value, name


def test_each_has_an_id_of_its_own() -> None:
    first, second = (fresh(Enrolment, {"employee": ADA}) for _ in range(2))
    assert first.public_id != second.public_id
    first.status = "planned"
    assert second.status == ""
