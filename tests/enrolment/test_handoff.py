"""The hand-off: what is missing first, the list with what the government's service will say, the two files."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrolment import exports
from enrolment.models import Enrolment
from enrolment.queries import handoff as queries
from people.models import Employee
from tests.enrolment.test_hr_enrol import text
from tests.factories import CohortFactory, DepartmentFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
PAGE = "/enrolments/hand-off/"
ONE, TWO = "1000000019", "1000000027"
HEADERS = (
    "CohortRef,ULN,FamilyName,GivenNames,DateOfBirth,StdCode,StartDate,EndDate,TotalPrice,EPAOrgID,ProviderRef,"
    "AgreementId,EmailAddress,RecognisePriorLearning,DurationReducedBy,PriceReducedBy,TrainingTotalHours,"
    "IsDurationReducedByRPL,TrainingHoursReduction"
)


@pytest.fixture
def browser():
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def on(code: str, first: date, last: date, **facts: Any) -> Enrolment:
    """Somebody on a programme on these days, planned unless told otherwise."""
    facts = {"programme": programme(code), **facts}
    return EnrolmentFactory(start_date=first, planned_end_date=last, **facts)


def unit(first: date = date(2026, 9, 7), last: date = date(2026, 10, 4), **facts: Any) -> Enrolment:
    return on("ai-governance", first, last, **facts)


def apprenticeship(**facts: Any) -> Enrolment:
    return on("ai-practitioner", date(2026, 9, 7), date(2028, 3, 6), **facts)


def people(response) -> list[str]:
    """Whose rows are listed, by family name, in order."""
    return [row.enrolment.employee__family_name for row, _ in response.context["rows"]]


def table(response) -> list[list[str]]:
    """A file's rows, headers first."""
    content = b"".join(response.streaming_content).decode("utf-8")
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))


class TestTheList:
    def test_planned_and_running_unless_a_status_is_asked_for(self, browser):
        for number, status in enumerate([S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED]):
            code = "ai-practitioner" if status == S.PAUSED else "ai-governance"
            on(code, date(2026, 9, 7) + number * DAY, date(2027, 9, 7), status=status)
        done = unit(status=S.COMPLETED, ended_on=date(2026, 10, 1))
        EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)
        answer = browser.get(PAGE)
        assert len(people(answer)) == 4
        assert "4 rows for the provider: 3 of units, 1 of the apprenticeship" in text(answer)
        assert people(browser.get(PAGE, {"status": "completed"})) == [done.employee.family_name]
        assert "no dates yet" in text(browser.get(PAGE, {"status": "queued"}))

    def test_it_takes_the_filter_of_the_list(self, browser):
        cohort = CohortFactory(programme=programme("ai-governance"), name="Governance, autumn")
        one = unit(cohort=cohort)
        apprenticeship()
        for query in (
            {"cohort": str(cohort.public_id)},
            {"programme": "ai-governance"},
            {"ends_to": "4 October 2026"},
            {"starts_from": "1 September 2026", "programme": "ai-governance"},
        ):
            assert people(browser.get(PAGE, query)) == [one.employee.family_name], query
        assert "Governance, autumn" in text(browser.get(PAGE, {"cohort": str(cohort.public_id)}))

    def test_the_lists_lead_there_with_their_filter(self, browser):
        cohort = CohortFactory(programme=programme("ai-governance"))
        unit(cohort=cohort)
        shown = browser.get(f"/cohorts/{cohort.public_id}/").content.decode()
        assert f'href="{PAGE}?cohort={cohort.public_id}"' in shown
        listed = browser.get("/enrolments/", {"programme": "ai-governance"}).content.decode()
        assert f'href="{PAGE}?programme=ai-governance"' in listed

    @pytest.mark.parametrize("query", [{"status": "x"}, {"programme": "x"}, {"cohort": "x"}, {"starts_from": "soon"}])
    @pytest.mark.parametrize("kind", ["", "units", "apprenticeship"])
    def test_a_filter_that_means_nothing_hands_nobody_off(self, browser, query, kind):
        one = unit()
        answer = browser.get(PAGE, {**query, "format": kind})
        assert answer["Content-Type"].startswith("text/html")
        assert "There is a problem" in text(answer)
        assert one.employee.family_name not in text(answer)

    def test_nobody_is_said_and_what_to_do(self, browser):
        assert "Nobody is planned or running." in text(browser.get(PAGE))
        unit()
        assert "Nobody under this filter" in text(browser.get(PAGE, {"programme": "ai-transformation"}))

    def test_pages_forth_and_back(self, browser):
        for number in range(60):
            unit(date(2026, 9, 7) + number * DAY, date(2026, 12, 1))
        first = browser.get(PAGE)
        second = browser.get(PAGE + first.context["next_url"])
        assert [len(people(page)) for page in (first, second)] == [50, 10]
        assert people(browser.get(PAGE + second.context["previous_url"])) == people(first)


class TestWhatTheServiceSays:
    def test_two_programmes_in_one_month_are_said_on_both_rows(self, browser):
        person = EmployeeFactory()
        unit(date(2026, 5, 4), date(2026, 5, 10), employee=person, status=S.COMPLETED, ended_on=date(2026, 5, 10))
        on("ai-transformation", date(2026, 5, 11), date(2026, 6, 7), employee=person)
        said = [row.remark for row, _ in browser.get(PAGE).context["rows"]]
        assert said == [
            "Legal here, but the government service compares months and will report an overlap with "
            "Adopting and Governing AI Systems in May 2026."
        ]

    def test_neighbours_before_and_after_are_both_named(self):
        person = EmployeeFactory()
        unit(date(2026, 5, 4), date(2026, 5, 10), employee=person, status=S.WITHDRAWN, ended_on=date(2026, 5, 9))
        middle = on("ai-transformation", date(2026, 5, 11), date(2026, 6, 7), employee=person)
        on("ai-leadership-literacy", date(2026, 6, 8), date(2026, 7, 5), employee=person)
        (row,) = queries.with_remarks(list(queries.listed(Enrolment.objects.filter(pk=middle.pk))))
        assert "Governing AI Systems in May 2026 and AI Leadership Literacy in June 2026." in row.remark

    @pytest.mark.parametrize(
        ("first", "last", "facts"),
        [
            (date(2026, 4, 1), date(2026, 4, 30), {"status": S.COMPLETED, "ended_on": date(2026, 4, 30)}),
            (date(2026, 5, 4), date(2026, 5, 10), {"status": S.CANCELLED}),  # holds nothing, as the next
            (date(2026, 5, 4), date(2026, 5, 10), {"status": S.WITHDRAWN, "ended_on": date(2026, 5, 4)}),
        ],
    )
    def test_nothing_is_said_where_no_month_is_shared(self, first, last, facts):
        person = EmployeeFactory()
        unit(first, last, employee=person, **facts)
        one = on("ai-transformation", date(2026, 5, 11), date(2026, 6, 7), employee=person)
        unit(date(2026, 5, 11), date(2026, 6, 7))  # somebody else's
        (row,) = queries.with_remarks(list(queries.listed(Enrolment.objects.filter(pk=one.pk))))
        assert row.remark == ""

    def test_who_is_queued_shares_nothing(self, browser):
        person = EmployeeFactory()
        unit(date(2026, 5, 4), date(2026, 5, 10), employee=person, status=S.OVERDUE)
        EnrolmentFactory(programme=programme("ai-transformation"), status=S.QUEUED, employee=person)
        assert [row.remark for row, _ in browser.get(PAGE, {"status": "queued"}).context["rows"]] == [""]


class TestWhatIsMissing:
    def test_each_fact_is_counted_and_each_person_named_before_the_list(self, browser):
        unit(employee=EmployeeFactory(family_name="Whole", uln=ONE))
        unit(employee=EmployeeFactory(family_name="Bare", email="", date_of_birth=None))
        unit(employee=EmployeeFactory(family_name="Known"))
        EmployeeFactory(family_name="Elsewhere")  # on no list
        answer = browser.get(PAGE)
        assert answer.context["missing"].counts == ((2, "no ULN"), (1, "no date of birth"), (1, "no e-mail"))
        lines = {person.family_name: lacks for person, lacks, _ in answer.context["lines"]}
        assert lines == {"Bare": ("no ULN", "no date of birth", "no e-mail"), "Known": ("no ULN",)}
        html = answer.content.decode()
        assert html.index('id="missing"') < html.index('id="list"') < html.index('id="files"')

    def test_a_shared_e_mail_comes_before_any_other(self, browser):
        unit(employee=EmployeeFactory(family_name="Zwei", email="One@example.org", uln=ONE))
        unit(employee=EmployeeFactory(family_name="Acht"))
        EmployeeFactory(email="one@EXAMPLE.org")
        lines = [(person.family_name, lacks) for person, lacks, _ in browser.get(PAGE).context["lines"]]
        assert lines == [("Zwei", ("an e-mail that somebody else has too",)), ("Acht", ("no ULN",))]

    def test_nothing_missing_is_said(self, browser):
        unit(employee=EmployeeFactory(uln=ONE))
        answer = browser.get(PAGE)
        assert "Nothing is missing" in text(answer)
        assert "Record the ULNs" not in text(answer)

    def test_somebody_on_two_programmes_is_one_person(self, browser):
        person = EmployeeFactory()
        unit(employee=person)
        on("ai-transformation", date(2026, 10, 5), date(2026, 11, 1), employee=person)
        assert browser.get(PAGE).context["missing"].total == 1

    def test_more_than_fifty_come_up_in_turn(self, browser):
        for _ in range(53):
            unit()
        assert "And 3 more" in text(browser.get(PAGE))


class TestRecordingNumbers:
    @pytest.fixture
    def two(self) -> tuple[Employee, Employee]:
        """Two people on the list without a number."""
        found = EmployeeFactory(family_name="Ash"), EmployeeFactory(family_name="Birch")
        for person in found:
            unit(employee=person)
        return found

    def box(self, person: Employee) -> str:
        return f"uln-{person.public_id}"

    def ulns(self, *found: Employee) -> list[str]:
        return [Employee.objects.get(pk=person.pk).uln for person in found]

    def test_several_at_once_and_back_to_the_same_list(self, browser, two):
        one, other = two
        answer = browser.post(
            f"{PAGE}?programme=ai-governance", {self.box(one): " 1000 000 019 ", self.box(other): TWO}, follow=True
        )
        assert answer.redirect_chain == [(f"{PAGE}?programme=ai-governance", 302)]
        assert "2 ULNs are recorded." in text(answer)
        assert self.ulns(one, other) == [ONE, TWO]

    def test_a_refused_one_stands_in_its_box_and_the_other_is_kept(self, browser, two):
        one, other = two
        answer = browser.post(PAGE, {self.box(one): "1000000018", self.box(other): TWO})
        html = answer.content.decode()
        assert answer.context["form"].has_error(self.box(one), "bad_uln")
        assert 'value="1000000018"' in html
        assert f'href="#id_{self.box(one)}"' in html
        assert "<title>Error: " in html
        assert self.ulns(one, other) == ["", TWO]

    def test_the_same_for_two_people_is_refused(self, browser, two):
        one, other = two
        answer = browser.post(PAGE, {self.box(one): ONE, self.box(other): ONE})
        assert answer.context["form"].has_error(self.box(other), "uln_taken")
        assert self.ulns(one, other) == [ONE, ""]

    def test_what_a_colleague_recorded_meanwhile_is_neither_emptied_nor_changed(self, browser, two):
        one, other = two
        Employee.objects.filter(pk=one.pk).update(uln=ONE)
        assert browser.post(PAGE, {self.box(one): "", self.box(other): ""}).status_code == 302
        answer = browser.post(PAGE, {self.box(one): TWO})
        assert "Ash has a ULN by now" in text(answer)
        assert self.ulns(one, other) == [ONE, ""]

    def test_a_wrong_one_is_put_right_or_taken_away(self, browser, two):
        one, _ = two
        Employee.objects.filter(pk=one.pk).update(uln=ONE)
        link = f"{PAGE}?change={one.public_id}"
        assert f'value="{ONE}"' in browser.get(link).content.decode()
        assert browser.post(link, {self.box(one): TWO}).status_code == 302
        assert self.ulns(one) == [TWO]
        browser.post(link, {self.box(one): ""})
        assert self.ulns(one) == [""]

    @pytest.mark.parametrize("change", ["x", "00000000-0000-0000-0000-000000000000"])
    def test_nobody_to_change_changes_nothing(self, browser, two, change):
        assert browser.get(PAGE, {"change": change}).status_code == 200

    def test_boxes_of_nobody_are_passed_over(self, browser, two):
        data = {"uln-x": ONE, "uln-00000000-0000-0000-0000-000000000000": ONE, self.box(two[0]): "\0"}
        answer = browser.post(PAGE, data)
        assert answer.status_code == 200
        assert answer.context["form"].has_error(self.box(two[0]))
        assert self.ulns(*two) == ["", ""]

    def test_an_administrator_reads_and_records_nothing(self, two):
        reader = Client()
        reader.force_login(UserFactory(is_administrator=True))
        assert "Record the ULNs" not in text(reader.get(PAGE))
        assert reader.post(PAGE, {self.box(two[0]): ONE}).status_code == 403
        assert self.ulns(*two) == ["", ""]


class TestTheFiles:
    def test_the_unit_list(self, browser):
        born = date(1985, 3, 1)
        person = EmployeeFactory(
            given_names="Zoë", family_name="O'Hara", uln=ONE, date_of_birth=born, email="z@example.org"
        )
        unit(employee=person)
        apprenticeship()
        answer = browser.get(PAGE, {"format": "units"})
        assert 'filename="hand-off-units.csv"' in answer["Content-Disposition"]
        headers, row = table(answer)
        assert headers == list(exports.UNIT_HEADERS)
        title = programme("ai-governance").official_title
        assert row == [
            *["Zoë", "O'Hara", ONE, "1985-03-01", "z@example.org", "AU0010", title],
            *["2026-09-07", "2026-10-04", ""],
        ]

    def test_a_remark_stands_in_its_row(self, browser):
        person = EmployeeFactory()
        unit(date(2026, 5, 4), date(2026, 5, 10), employee=person)
        on("ai-transformation", date(2026, 5, 11), date(2026, 6, 7), employee=person)
        _, *rows = table(browser.get(PAGE, {"format": "units"}))
        assert [row[-1].count("May 2026") for row in rows] == [1, 1]

    def test_the_bulk_upload_has_exactly_its_headers_and_leaves_empty_what_is_not_known(self, browser):
        person = EmployeeFactory(given_names="Ada", family_name="Ash", uln=ONE, email="a@example.org")
        apprenticeship(employee=person)
        unit()
        headers, row = table(browser.get(PAGE, {"format": "apprenticeship"}))
        assert ",".join(headers) == HEADERS
        known = {
            "ULN": ONE,
            "FamilyName": "Ash",
            "GivenNames": "Ada",
            "DateOfBirth": "1985-03-01",
            "StdCode": "828",
            "StartDate": "2026-09-07",
            "EndDate": "2028-03",
            "EmailAddress": "a@example.org",
        }
        assert dict(zip(headers, row, strict=True)) == {header: known.get(header, "") for header in headers}
        assert set(exports.NOT_KNOWN) == set(headers) - set(known)
        assert ", ".join(exports.NOT_KNOWN) in text(browser.get(PAGE))

    @pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r"])
    @pytest.mark.parametrize("kind", ["units", "apprenticeship"])
    def test_no_cell_is_a_formula(self, browser, beginning, kind):
        person = EmployeeFactory(given_names=f"{beginning}Ada", family_name=f"{beginning}Ash")
        unit(employee=person)
        on("ai-practitioner", date(2026, 10, 5), date(2028, 3, 6), employee=person)
        cells = [cell for row in table(browser.get(PAGE, {"format": kind})) for cell in row]
        assert sum(cell.startswith(f"'{beginning}A") for cell in cells) == 2
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)

    def test_missing_facts_are_empty_cells(self, browser):
        unit(employee=EmployeeFactory(email="", date_of_birth=None))
        assert table(browser.get(PAGE, {"format": "units"}))[1][2:5] == ["", "", ""]

    def test_each_chunk_takes_as_many_queries_whatever_its_rows(self, monkeypatch):
        monkeypatch.setattr(queries, "CHUNK", 4)

        def count(rows: int) -> int:
            for _ in range(rows):
                unit()
            with CaptureQueriesContext(connection) as captured:
                list(queries.remarked(Enrolment.objects.all()))
            return len(captured)

        assert count(1) == 2  # the rows, and what their people hold
        assert count(3) == 2
        assert count(8) == 4

    def test_a_file_is_streamed(self, browser):
        unit(employee=EmployeeFactory(department=DepartmentFactory()))
        assert browser.get(PAGE, {"format": "units"}).streaming
