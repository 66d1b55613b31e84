"""Finding people by words, by the index, and page by page in both directions."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection

from people.actions.people import save_people
from people.imports import judge, read_people
from people.models import Employee, FormerRecord
from people.queries import ROWS, exactly, found, page
from tests.factories import TODAY, DepartmentFactory, EmployeeFactory, UserFactory
from tests.people.files import organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def siobhan() -> Employee:
    """One to find, among others."""
    EmployeeFactory.create_batch(3)
    return EmployeeFactory(
        staff_number="HR-0042",
        given_names="Siobhán",
        family_name="Ó Néill",
        email="s.oneill@example.org",
        job_title="Head of 100% Change_Office",
        department=DepartmentFactory(name="Estates and Facilities"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "hr-0042",
        "siobhán",
        "NÉILL",
        "siobhan neill",
        "Síóbhàn",
        "ESTATÉS",
        "oneill@",
        "change",
        "facilities",
        "siobhán estates",
        "ill 0042 head",
        "100%",
        "e_o",
    ],
)
def test_every_word_is_looked_for_in_number_name_email_title_and_department(siobhan, text):
    assert list(found(Employee.objects.all(), text)) == [siobhan]


@pytest.mark.parametrize("text", ["siobhán finance", "nobody", "0%0", "\\", "'; drop table"])
def test_a_word_that_is_not_there_finds_nobody(siobhan, text):
    assert not found(Employee.objects.all(), text).exists()


def test_a_departments_accents_do_not_matter_either():
    person = EmployeeFactory(department=DepartmentFactory(name="Gestión"))
    assert list(found(Employee.objects.all(), "gestion")) == [person]


def test_the_number_of_a_merged_record_finds_the_one_kept(siobhan):
    names = {"given_names": "Siobhan", "family_name": "Old", "merged_on": date(2026, 6, 1)}
    by = UserFactory(is_hr=True)
    FormerRecord.objects.create(public_id=uuid4(), staff_number="OLD-7", kept=siobhan, merged_by=by, **names)
    everybody = Employee.objects.all()
    assert exactly(everybody, "old-7") == [siobhan]
    assert exactly(everybody.exclude(pk=siobhan.pk), "OLD-7") == []


def test_a_whole_number_or_email_is_found_exactly(siobhan):
    everybody = Employee.objects.all()
    assert exactly(everybody, " hr-0042 ") == exactly(everybody, "S.ONeill@example.org") == [siobhan]
    assert exactly(everybody, "0042") == exactly(everybody, " ") == []


def test_no_words_find_everybody(siobhan):
    assert found(Employee.objects.all(), "  ").count() == 4


def test_the_search_walks_the_trigram_index_among_many_people():
    entries = [row.entry for row in judge(read_people(organisation(20_000), on=TODAY)) if row.entry]
    save_people(entries, by=None, on=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('employee_search')")  # as the nightly vacuum does
        cursor.execute("ANALYZE people_employee")
    assert "employee_search" in found(Employee.objects.all(), "person.7771@").order_by("family_name").explain()
    assert "employee_search" in found(Employee.objects.all(), "117771").order_by("family_name", "id")[:51].explain()


def test_pages_follow_each_other_in_both_directions():
    for number in range(2 * ROWS + 7):
        EmployeeFactory(family_name=f"Name{number % 9}", given_names=f"Given{number % 4}")
    everybody = list(Employee.objects.order_by("family_name", "given_names", "id"))
    people = Employee.objects.all()
    first = page(people)
    second = page(people, after=first.after)
    third = page(people, after=second.after)
    assert [*first.people, *second.people, *third.people] == everybody
    assert (first.before, third.after) == (None, None)
    assert page(people, before=third.before).people == second.people
    back = page(people, before=second.before)
    assert (back.people, back.before) == (first.people, None)
    assert back.after == first.people[-1]
