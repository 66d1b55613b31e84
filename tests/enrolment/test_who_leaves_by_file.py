"""Who leaves by a file of people: missing from it or given a last day in it; and whom it is about, in plain words."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.actions.batches import begin
from enrolment.actions.people import LEAVING
from enrolment.imports import apply_batch, check_people, receive_people
from enrolment.imports.files import say_who_leaves
from enrolment.models import Batch
from people.rules import say
from tests.enrolment.test_hr_enrol import text
from tests.enrolment.test_real_files import loaded
from tests.factories import TODAY, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
HEADER = "staff_number,given_names,family_name,job_title,department,manager_staff_number,employed_from,employed_until"
SOON = TODAY + timedelta(days=21)


def checked(*rows: str) -> Batch:
    content = "\r\n".join([HEADER, *rows, ""]).encode()
    return check_people(content, file_name="people.csv", by=None, on=TODAY)


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def page(browser: Client, batch: Batch, show: str = "") -> Any:
    return browser.get(f"{reverse('enrolment:import_batch', args=[batch.public_id])}?show={show}")


def stats(response: Any) -> dict[str, int]:
    return {stat["label"]: stat["count"] for stat in response.context["stats"]}


def lines(response: Any) -> list[tuple[str, str, str]]:
    return [(line["row"].staff_number, line["label"], line["why"]) for line in response.context["rows"]]


def test_a_last_day_in_the_file_is_leaving_before_and_after_it_is_loaded(browser: Client) -> None:
    EmployeeFactory(staff_number="1", given_names="Ada", family_name="Ash", job_title="", employed_from=None)
    batch = checked(f"1,Ada,Ash,,,,,{SOON.isoformat()}")
    shown = page(browser, batch, "left")
    assert stats(shown) == {"new": 0, "changed": 0, "people leave": 1, "already as the file says": 0, "refused": 0}
    assert lines(shown) == [("1", "will leave", f"Changed: end of employment none → {say(SOON)}.")]
    assert "Row 2" in " ".join(text(shown).split())
    assert "Not in it" not in text(shown)
    assert batch.counts[LEAVING] == 1
    shown = page(browser, loaded(batch), "left")
    assert stats(shown)["people leave"] == 1
    assert [label for _, label, _ in lines(shown)] == ["left"]


def test_who_comes_back_or_stays_longer_is_changed_and_not_leaving(browser: Client) -> None:
    facts: dict[str, Any] = {"job_title": "", "employed_from": None, "employed_until": SOON}
    EmployeeFactory(staff_number="1", given_names="Ada", family_name="Ash", **facts)
    EmployeeFactory(staff_number="2", given_names="Bea", family_name="Ash", **facts)
    batch = checked("1,Ada,Ash,,,,,", f"2,Bea,Ash,,,,,{(SOON + timedelta(days=9)).isoformat()}")
    assert {k: v for k, v in stats(page(browser, batch)).items() if v} == {"changed": 2}


def test_who_joins_after_the_last_day_is_left_as_they_are_and_has_no_row(browser: Client) -> None:
    EmployeeFactory(staff_number="1", given_names="Ada", family_name="Ash", employed_from=None)
    EmployeeFactory(staff_number="8", given_names="Joi", family_name="Ner", employed_from=SOON)
    EmployeeFactory(staff_number="9", given_names="Mis", family_name="Sing", employed_from=None)
    batch = checked("1,Ada,Ash,,,,,")
    say_who_leaves(batch, leave_on=TODAY)
    batch.refresh_from_db()
    shown = page(browser, batch)
    told = {number: (label, why) for number, label, why in lines(shown)}
    assert told["8"] == ("unchanged", f"Joins on {say(SOON)}, after that day: left as they are.")
    assert told["9"][0] == "will leave"
    assert stats(shown)["refused"] == 0
    assert text(shown).count("Not in it") == 2
    assert stats(page(browser, loaded(batch)))["refused"] == 0


def test_somebody_new_is_shown_with_who_they_are_and_only_where_the_new_are(browser: Client) -> None:
    batch = checked("1,Ada,Ash,Head of Risk,Finance,,2026-05-04,", "2,Bea,Ash,,,1,,2027-01-31", "3,Cy,Ash,,,,,")
    assert lines(page(browser, batch, "created")) == [
        ("1", "will be created", "Head of Risk, Finance. Employed from 4 May 2026."),
        ("2", "will be created", "Reports to 1. Last day 31 January 2027."),
        ("3", "will be created", ""),
    ]
    assert lines(page(browser, batch)) == []


def test_no_column_is_called_optional_when_it_is_matched(browser: Client) -> None:
    batch = receive_people(b"Payroll No.;Surname;First name\r\n1;Ash;Ada\r\n", file_name="p.csv", by=None, on=TODAY)
    shown = text(browser.get(reverse("enrolment:import_columns", args=[batch.public_id])))
    assert "Payroll No." in shown
    assert "(optional)" not in shown


def test_every_new_department_can_be_read_however_many_there_are(browser: Client) -> None:
    few = text(page(browser, checked(*(f"{n},Ada,Ash,,Unit {n},,," for n in range(3)))))
    assert "3 new departments: Unit 0, Unit 1, Unit 2. Check the spelling" in " ".join(few.split())
    many = page(browser, checked(*(f"{n},Ada,Ash,,Unit {n},,," for n in range(48)))).content.decode()
    assert "<summary>The 48 new departments</summary>" in many
    assert [n for n in range(48) if f"<li>Unit {n}</li>" not in many] == []


def test_the_end_of_a_load_is_read_out_once_from_outside_what_is_replaced(browser: Client) -> None:
    batch = checked("1,Ada,Ash,,,,,", "2,Bea,Ash,,,,,")
    begin([batch])
    html = page(browser, batch).content.decode()
    news = '<p class="visually-hidden" id="batch-news" role="status">'
    assert f"{news}</p>" in html
    assert 'hx-select-oob="#batch-news:innerHTML"' in html
    apply_batch(batch.pk)
    html = page(browser, batch).content.decode()
    assert f"{news}People loaded: 2 new.</p>" in html
    assert html.index(news) < html.index('id="batch"')
