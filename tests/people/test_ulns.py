"""Unique learner numbers: which text is one, and how HR records them."""

import pytest
from django.core.exceptions import PermissionDenied

from people.actions.ulns import record_uln
from people.models import Employee
from people.rules import say_month, uln_problem
from tests.factories import TODAY, EmployeeFactory, UserFactory

ONE, TWO, THREE = "1000000019", "1000000027", "1000000035"


@pytest.mark.parametrize("text", ["1000000000", ONE, TWO, "1000000043", "1000000108", "1000000124"])
def test_the_last_digit_fits_the_others(text):
    assert uln_problem(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "1000000018",  # another last digit
        "1000000190",  # two digits changed places
        *(f"100000006{last}" for last in range(10)),  # r = 0: whatever comes last
        *(f"100000023{last}" for last in range(10)),
        "0000000019",
        "100000001",
        "10000000190",
        "1000000019 ",
        "100000001X",
        "١٠٠٠٠٠٠٠١٩",  # digits, not these
        "",
    ],
)
def test_anything_else_is_no_unique_learner_number(text):
    assert uln_problem(text)


def test_exactly_one_last_digit_fits_where_r_is_not_nought():
    for first_nine in range(100_000_000, 100_000_300):
        fitting = [last for last in range(10) if not uln_problem(f"{first_nine}{last}")]
        rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(first_nine), strict=True)) % 11
        assert fitting == ([10 - rest] if rest else [])


def test_a_month_is_said():
    assert say_month(TODAY) == "June 2026"


@pytest.mark.django_db
class TestRecording:
    def stored(self, *people: Employee) -> list[str]:
        """What the database has."""
        return [Employee.objects.get(pk=person.pk).uln for person in people]

    def test_several_at_once_and_the_refused_come_back(self):
        one, two, three = EmployeeFactory.create_batch(3)
        hr = UserFactory(is_hr=True)
        results = record_uln([(three, THREE), (one, "1000000018"), (two, TWO)], by=hr, on=TODAY)
        assert [(result.subject, result.code) for result in results] == [(three, ""), (one, "bad_uln"), (two, "")]
        assert results[1].message == uln_problem("1000000018")
        assert self.stored(one, two, three) == ["", TWO, THREE]

    def test_a_number_is_one_persons(self):
        holder, other = EmployeeFactory(uln=ONE), EmployeeFactory()
        result = record_uln([(other, ONE)], by=None, on=TODAY)[0]
        assert result.code == "uln_taken"
        assert holder.staff_number in result.message
        assert self.stored(holder, other) == [ONE, ""]

    def test_two_in_one_call_do_not_get_the_same(self):
        first, second = EmployeeFactory.create_batch(2)
        results = record_uln([(second, ONE), (first, ONE)], by=None, on=TODAY)
        assert [result.code for result in results] == ["", "uln_taken"]
        assert self.stored(first, second) == ["", ONE]

    def test_a_wrong_one_is_taken_away_and_free_for_whom_it_belongs_to(self):
        wrong, right = EmployeeFactory(uln=ONE), EmployeeFactory()
        results = record_uln([(wrong, ""), (right, ONE)], by=None, on=TODAY)
        assert [result.code for result in results] == ["", ""]
        assert self.stored(wrong, right) == ["", ONE]

    def test_ones_own_again_is_no_refusal(self):
        person = EmployeeFactory(uln=ONE)
        assert record_uln([(person, ONE)], by=None, on=TODAY)[0].code == ""

    @pytest.mark.parametrize("rights", [{}, {"is_administrator": True}])
    def test_only_hr_records(self, rights):
        person = EmployeeFactory()
        with pytest.raises(PermissionDenied):
            record_uln([(person, ONE)], by=UserFactory(**rights), on=TODAY)
        assert self.stored(person) == [""]
