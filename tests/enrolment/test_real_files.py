"""Files of people as HR systems export them, through the pages: matched once, remembered, stopped, resumed, undone."""

import csv
import io
import random
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from enrolment.actions import outcomes, undo
from enrolment.actions.batches import begin
from enrolment.actions.changed import forget_changes
from enrolment.actions.files import begin_people
from enrolment.actions.undo import keep_undo
from enrolment.imports import apply_batch, check_people, receive_people
from enrolment.imports.files import match_people, questions_of, say_who_leaves
from enrolment.models import Batch, BatchChange, Source
from enrolment.queries.files import matching_of
from people.clock import now
from people.guesses import guess
from people.imports import read_people
from people.models import Employee
from people.reading import reading_of
from people.tables import table_of
from tests.factories import TODAY, EmployeeFactory, UserFactory
from tests.people.files import people_file

HEADERS = (
    "Payroll No.", "Employee Name", "Position", "Business Unit", "Line Manager", "Line Manager No",
    "D.O.B.", "Start Date", "Work E-mail", "Grade",
)  # fmt: skip


def surname(number: int) -> str:
    """One of their own for each, with a letter that the encoding lost."""
    return f"Szyma?ski{chr(97 + number // 26)}{chr(97 + number % 26)}"


def export(people: int = 30, *, numbered: bool = True, separator: str = ";", encoding: str = "cp1252") -> bytes:
    """The shape of a real export: semicolons, Windows-1252, dd/mm/yyyy, “Surname, Forename”, e-mails in capitals."""
    dice = random.Random(5)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(HEADERS)
    for number in range(people):
        born = date(1960, 1, 20) + timedelta(days=dice.randrange(14_000))
        manager = (number - 1) // 8
        writer.writerow(
            [
                100_000 + number, f"{surname(number)}, François", "Director, Finance", f"Unit {number % 4}",
                f"{surname(manager)}, François" if number else "",
                100_000 + manager if number and numbered else "",
                born.strftime("%d/%m/%Y"), "26/08/2024", f"P.{number}@EXAMPLE.ORG", "SCS1",
            ]
        )  # fmt: skip
    return text.getvalue().encode(encoding)


def matched(content: bytes, **said: str) -> Batch:
    """A file taken in and matched as guessed."""
    batch = receive_people(content, file_name="export.csv", by=None, on=TODAY)
    if batch.status == Batch.Status.MATCHING:
        matching = matching_of(batch)
        reading, questions = questions_of(matching, matching.facts, said)
        assert not questions
        match_people(batch, reading, name="Payroll", by=None, on=TODAY)
    batch.refresh_from_db()
    return batch


def loaded(batch: Batch) -> Batch:
    """A checked file, applied."""
    begin([batch])
    apply_batch(batch.pk)
    return Batch.objects.get(pk=batch.pk)


@pytest.mark.django_db
class TestAFileOfAnotherSystem:
    def test_it_is_matched_once_and_loads_whole(self, client):
        client.force_login(UserFactory(is_hr=True))
        answer = client.post("/people/import/", {"file": SimpleUploadedFile("payroll.csv", export())}, follow=True)
        assert "Match the columns of payroll.csv" in answer.text
        assert "Read as Windows-1252 with semicolons." in answer.text
        form = answer.context["form"]
        chosen = {name: form[name].value() for name in form.fields}
        assert chosen["column-1"] == "full_name"
        assert chosen["column-9"] == ""
        answer = client.post(answer.request["PATH_INFO"], chosen | {"source": "Payroll"}, follow=True)
        assert "Left out: Grade." in answer.text
        batch = Batch.objects.get()
        assert batch.counts["created"] == 30
        client.post(f"/people/import/{batch.public_id}/")
        assert apply_batch(batch.pk) == 30
        one = Employee.objects.select_related("manager", "department").get(staff_number="100009")
        assert (one.given_names, one.family_name, one.email) == ("François", surname(9), "p.9@example.org")
        assert one.manager is not None
        assert (one.manager.staff_number, one.employed_from) == ("100001", date(2024, 8, 26))

    def test_the_next_file_with_the_same_columns_goes_straight_to_the_preview(self, client):
        loaded(matched(export()))
        client.force_login(UserFactory(is_hr=True))
        answer = client.post("/people/import/", {"file": SimpleUploadedFile("next.csv", export())}, follow=True)
        assert answer.context["title"] == "Check next.csv"
        assert "Read as “Payroll” says." in answer.text
        assert Batch.objects.get(file_name="next.csv").counts["unchanged"] == 30
        assert Source.objects.count() == 1

    def test_another_file_may_not_take_the_name_of_a_source(self):
        matched(export())
        other = receive_people(b"Staff No;Surname;Forename\n1;Byron;Ada\n", file_name="o.csv", by=None, on=TODAY)
        matching = matching_of(other)
        reading, _ = questions_of(matching, matching.facts, {})
        with pytest.raises(Exception, match="is a source already") as refused:
            match_people(other, reading, name="payroll", by=None, on=TODAY)
        assert refused.value.code == "source_exists"  # type: ignore[attr-defined]

    def test_lost_letters_are_warned_of_and_take_no_corrected_name_back(self, client):
        batch = matched(export(12))
        client.force_login(UserFactory(is_hr=True))
        page = f"/people/import/{batch.public_id}/"
        assert "12 names hold “?” in place of a letter" in " ".join(client.get(page).text.split())
        shown = client.get(page, {"show": "lost"})
        assert len(shown.context["rows"]) == 12
        assert "Names with lost letters" in shown.text
        loaded(batch)
        Employee.objects.filter(staff_number="100003").update(family_name=surname(3).replace("?", "ń"))
        Employee.objects.filter(staff_number="100004").update(family_name="Bell")
        again = matched(export(12))
        assert (again.counts["unchanged"], again.counts["updated"]) == (11, 1)
        loaded(again)
        names = Employee.objects.filter(staff_number__in=["100003", "100004"]).order_by("staff_number")
        assert list(names.values_list("family_name", flat=True)) == [surname(3).replace("?", "ń"), surname(4)]
        row = again.rows.get(staff_number="100003")
        assert row.message.endswith(": the stored name is kept.")

    def test_whole_names_are_warned_of_by_nothing(self, client):
        batch = matched(export(3).replace(b"?", b"n"))
        client.force_login(UserFactory(is_hr=True))
        assert "in place of a letter" not in client.get(f"/people/import/{batch.public_id}/").text

    def test_refused_rows_come_back_as_they_were_and_are_read_in_the_same_way(self, client):
        text = export().decode("cp1252").replace(f"100004;{surname(4)}, François", f"100004;{surname(4)}")
        batch = loaded(matched(text.encode("cp1252")))
        assert batch.counts["refused"] == 1
        client.force_login(UserFactory(is_hr=True))
        answer = client.get(f"/people/import/{batch.public_id}/refused.csv")
        back = b"".join(answer.streaming_content)
        assert "names_missing" in back.decode("utf-8-sig")
        corrected = back.decode().replace(f",{surname(4)},", f',"{surname(4)}, Ada",')
        again = receive_people(corrected.encode(), file_name="refused.csv", by=None, on=TODAY)
        again.refresh_from_db()
        assert (again.status, again.counts["created"]) == ("checked", 1)

    def test_managers_are_found_by_name_and_two_of_one_name_are_listed(self):
        batch = loaded(matched(export(numbered=False)))
        assert Employee.objects.get(staff_number="100009").manager == Employee.objects.get(staff_number="100001")
        assert batch.counts["remarked"] == 0
        EmployeeFactory(staff_number="7", given_names="François", family_name=surname(1))
        again = matched(export(numbered=False))
        assert again.counts["ambiguous_names"] == [f"{surname(1)}, François"]
        assert set(again.rows.values_list("code", flat=True)) == {"ambiguous_manager"}
        assert again.counts["updated"] == 0


@pytest.mark.django_db
class TestDays:
    TEXT = "Staff No,Surname,Forename,Start Date\n1,Byron,Ada,03/04/2024\n2,Hopper,Grace,05/06/2024\n"

    def test_days_that_can_be_read_two_ways_are_asked_once(self, client):
        client.force_login(UserFactory(is_hr=True))
        file = SimpleUploadedFile("staff.csv", self.TEXT.encode())
        answer = client.post("/people/import/", {"file": file}, follow=True)
        assert "How are the days in “Start Date” written, such as 03/04/2024?" in answer.text
        path = answer.request["PATH_INFO"]
        form = answer.context["form"]
        chosen = {name: form[name].value() or "" for name in form.fields}
        assert "the file does not show it" in client.post(path, chosen).text
        client.post(path, chosen | {"order": "month_first"})
        assert Batch.objects.get().status == "checked"
        again = receive_people(self.TEXT.encode(), file_name="next.csv", by=None, on=TODAY)
        again.refresh_from_db()
        assert again.status == "checked"
        loaded(again)
        assert Employee.objects.get(staff_number="1").employed_from == date(2024, 3, 4)

    def test_what_is_remembered_is_asked_again_where_the_file_shows_something_else(self):
        matched(self.TEXT.encode(), order="month_first")
        text = self.TEXT + "3,Lovelace,Ada,25/12/2024\n"
        again = receive_people(text.encode(), file_name="next.csv", by=None, on=TODAY)
        assert again.status == "checked"  # its own days show it
        reading, questions = reading_of(
            table_of((text.replace("Start Date", "Start Date,DOB").replace("/2024", "/2024,03/04/1980")).encode()),
            ("staff_number", "family_name", "given_names", "employed_from", "date_of_birth"),
            order="month_first",
            is_remembered=True,
        )
        assert reading.orders == {"employed_from": "day_first", "date_of_birth": ""}
        assert [question.column for question in questions] == ["DOB"]


@pytest.mark.django_db
class TestTheWholeOrganisation:
    def test_who_is_missing_leaves_and_the_brake_asks_for_the_number(self, client):
        loaded(matched(export(30)))
        user = UserFactory(is_hr=True)
        client.force_login(user)
        batch = matched(export(24))
        page = f"/people/import/{batch.public_id}/"
        client.post(f"{page}leavers/", {"leave_on": "31 March 2027"})
        answer = client.get(page)
        assert "6 people are not in it" in answer.text
        assert "Type 6 to go on" in answer.text
        assert "Type 6 if 6 people are really to leave." in client.post(page).text
        assert Batch.objects.get(pk=batch.pk).status == "checked"
        client.post(page, {"confirmed": "6"})
        apply_batch(batch.pk)
        left = Employee.objects.filter(employed_until=date(2027, 3, 31)).values_list("staff_number", flat=True)
        assert sorted(left) == [str(100_000 + number) for number in range(24, 30)]

    def test_a_share_within_the_setting_passes_unasked(self):
        loaded(matched(export(30)))
        batch = matched(export(27))
        say_who_leaves(batch, leave_on=date(2027, 3, 31))
        [outcome] = begin_people([Batch.objects.get(pk=batch.pk)], on=TODAY)
        assert outcome.is_done

    def test_the_brake_also_stops_new_managers(self):
        loaded(matched(export(30)))
        text = export(30).decode("cp1252").replace(";100000;", ";100001;")
        [outcome] = begin_people([matched(text.encode("cp1252"))], on=TODAY)
        assert outcome.refusal is not None
        assert outcome.refusal.code == "brake"
        assert "change manager" in outcome.refusal.message


class Killed(BaseException):
    """A worker that goes away without a word."""


@pytest.mark.django_db
class TestResumeAndUndo:
    @pytest.mark.parametrize("survived", [0, 1, 4, 6])
    def test_a_killed_workers_file_goes_on_with_the_same_people_leaving(self, monkeypatch, survived):
        from enrolment.actions import people as actions

        monkeypatch.setattr(outcomes, "CHUNK", 5)
        for number in range(7):
            EmployeeFactory(staff_number=f"old-{number}")
        batch = matched(export(25))
        say_who_leaves(batch, leave_on=date(2027, 3, 31))
        begin([batch])
        chunks, advance = iter(range(100)), actions._advance

        def die(rows, batch):
            if next(chunks) == survived:
                raise Killed
            advance(rows, batch)

        with monkeypatch.context() as patch:
            patch.setattr(actions, "_advance", die)
            with pytest.raises(Killed):
                apply_batch(batch.pk)
        assert apply_batch(batch.pk) == 32 - 5 * survived
        done = Batch.objects.get(pk=batch.pk)
        assert (done.status, done.counts["created"], done.counts["left"]) == ("applied", 25, 7)
        assert BatchChange.objects.filter(batch=batch).count() == 32

    @pytest.mark.parametrize("survived", [0, 2, 5])
    def test_an_undo_restores_what_nothing_touched_and_survives_a_kill(self, monkeypatch, survived):
        monkeypatch.setattr(outcomes, "CHUNK", 5)
        loaded(matched(export(20)))
        before = sorted(Employee.objects.values_list("staff_number", "job_title", "manager__staff_number"))
        text = export(30).decode("cp1252").replace("Director, Finance", "Head of Data")
        batch = loaded(matched(text.encode("cp1252")))
        assert (batch.counts["created"], batch.counts["updated"]) == (10, 20)
        job = keep_undo(batch, by=None, on=TODAY, now=now())
        assert job.counts == {"restored": 20, "removed": 10, "refused": 0}
        begin([job])
        chunks, advance = iter(range(100)), undo._advance

        def die(steps, batch):
            if next(chunks) == survived:
                raise Killed
            advance(steps, batch)

        with monkeypatch.context() as patch:
            patch.setattr(undo, "_advance", die)
            with pytest.raises(Killed):
                apply_batch(job.pk)
        assert apply_batch(job.pk) == 30 - 5 * survived
        assert sorted(Employee.objects.values_list("staff_number", "job_title", "manager__staff_number")) == before

    def test_what_was_touched_or_built_on_since_is_listed(self, client):
        batch = loaded(matched(export(12)))
        Employee.objects.filter(staff_number="100011").update(job_title="Economist")
        Employee.objects.filter(staff_number="100010").update(user=UserFactory())
        EmployeeFactory(manager=Employee.objects.get(staff_number="100008"))
        client.force_login(UserFactory(is_hr=True))
        answer = client.post(f"/people/import/{batch.public_id}/undo/", follow=True)
        assert "Changed since: job title Director, Finance → Economist." in answer.text
        job = Batch.objects.get(kind="undo")
        codes = dict(job.rows.filter(outcome="refused").values_list("staff_number", "code"))
        # 0 and 1 manage people who stay: they stay too.
        assert codes == {
            "100011": "touched", "100010": "built_on", "100008": "built_on", "100001": "built_on", "100000": "built_on",
        }  # fmt: skip
        client.post(f"/people/import/{job.public_id}/")
        apply_batch(job.pk)
        assert Employee.objects.filter(staff_number__startswith="1000").count() == 5

    def test_after_a_day_nothing_is_kept_to_undo(self, client):
        batch = loaded(matched(export(5)))
        assert BatchChange.objects.count() == 5
        assert forget_changes(now=now() + timedelta(hours=23)) == 0
        assert forget_changes(now=now() + timedelta(hours=25)) == 5
        client.force_login(UserFactory(is_hr=True))
        assert "See what undoing" not in client.get(f"/people/import/{batch.public_id}/").text
        assert not Batch.objects.filter(kind="undo").exists()

    def test_a_file_of_the_command_can_be_undone_too(self):
        batch = loaded(check_people(people_file({"staff_number": "1"}), file_name="p.csv", by=None, on=TODAY))
        job = loaded(keep_undo(batch, by=None, on=TODAY, now=now()))
        assert job.counts["removed"] == 1
        assert not Employee.objects.exists()


DAY_FORMS = ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %b %Y", "%d-%b-%Y", "%Y%m%d", "serial"]
DAYS = [date(1989, 11, 19), date(2001, 2, 3), date(1975, 12, 31), date(1999, 5, 25)]


def written(day: date, form: str) -> str:
    """A day in one of the forms."""
    return str((day - date(1899, 12, 30)).days) if form == "serial" else day.strftime(form)


@settings(deadline=None, max_examples=60)
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    separator=st.sampled_from([";", ",", "\t"]),
    form=st.sampled_from(DAY_FORMS),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_encoding_separator_and_form_of_day_is_read_the_same(encoding, separator, form, end):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerow(["Staff No", "Employee Name", "Job Title", "DOB"])
    for number, day in enumerate(DAYS):
        writer.writerow([number, "Señor-Núñez, François", "Director, Finance; Audit", written(day, form)])
    table = table_of(text.getvalue().encode(encoding))
    facts = guess(table.columns, [[str(n), "Byron, Ada", "x", written(DAYS[0], form)] for n in range(3)])
    assert facts == ("staff_number", "full_name", "job_title", "date_of_birth")
    reading, questions = reading_of(table, facts, epoch="1900" if form == "serial" else "")
    assert not questions
    rows = read_people(table.text.encode(), on=TODAY, reading=reading).rows
    assert [row.code for row in rows] == [""] * len(DAYS)
    assert [row.entry.facts[6] for row in rows if row.entry] == DAYS
    assert {row.entry.facts[:2] for row in rows if row.entry} == {("François", "Señor-Núñez")}


@pytest.mark.parametrize("mac", [False, True])
def test_a_workbook_gives_the_same_whichever_first_day_it_counts_from(mac):
    book = openpyxl.Workbook()
    if mac:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(["Staff report 2026"])
    sheet.append(["Staff No", "Employee Name", "DOB", "Start Date"])
    start = date(1904, 1, 1) if mac else date(1899, 12, 30)
    sheet.append([7, "Byron, Ada", date(1989, 3, 7), (date(2020, 5, 4) - start).days])
    out = io.BytesIO()
    book.save(out)
    table = table_of(out.getvalue())
    assert (table.header_row, table.epoch) == (2, "1904" if mac else "1900")
    reading, questions = reading_of(table, ("staff_number", "full_name", "date_of_birth", "employed_from"))
    assert not questions
    [row] = read_people(table.text.encode(), on=TODAY, reading=reading).rows
    assert row.entry is not None
    assert (row.row, row.staff_number, row.entry.facts[6:8]) == (3, "7", (date(1989, 3, 7), date(2020, 5, 4)))
