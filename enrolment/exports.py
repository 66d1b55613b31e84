"""Lists as CSV files that spreadsheets open without running anything; days as files that calendars read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from icalendar import Calendar, Event

from enrolment.queries.handoff import Row
from enrolment.rules.feeds import Entry
from people.entries import RISKY

HEADERS = (
    "reference",
    "staff_number",
    "given_names",
    "family_name",
    "programme",
    "status",
    "start_date",
    "planned_end_date",
    "ended_on",
    "cohort",
)

UNIT_HEADERS = (
    "given_names",
    "family_name",
    "uln",
    "date_of_birth",
    "email",
    "programme_reference",
    "programme_title",
    "start_date",
    "planned_end_date",
    "remark",
)
# The provider's bulk upload of the government's apprenticeship service (domain.md §4): its headers, in its order.
BULK_HEADERS = (
    "CohortRef",
    "ULN",
    "FamilyName",
    "GivenNames",
    "DateOfBirth",
    "StdCode",
    "StartDate",
    "EndDate",
    "TotalPrice",
    "EPAOrgID",
    "ProviderRef",
    "AgreementId",
    "EmailAddress",
    "RecognisePriorLearning",
    "DurationReducedBy",
    "PriceReducedBy",
    "TrainingTotalHours",
    "IsDurationReducedByRPL",
    "TrainingHoursReduction",
)
# What only the provider, the service or the agreement between them knows. `CohortRef` is the service's own reference
# of a group, never a cohort's name here: the service refuses one that it did not give.
NOT_KNOWN = (
    "CohortRef",
    "TotalPrice",
    "EPAOrgID",
    "ProviderRef",
    "AgreementId",
    "RecognisePriorLearning",
    "DurationReducedBy",
    "PriceReducedBy",
    "TrainingTotalHours",
    "IsDurationReducedByRPL",
    "TrainingHoursReduction",
)


def safe_cell(value: Any) -> str:
    """A cell's text; what a spreadsheet would take for a formula gets an apostrophe first and keeps every character."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


class _Line:
    """What the csv writer writes to: gives each line back."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def lines(headers: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """A CSV file line by line, with a byte order mark, so that spreadsheets read it as UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(headers)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def unit_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The hand-off list of units, line by line: dates are yyyy-mm-dd."""
    return lines(UNIT_HEADERS, (_unit_cells(row) for row in rows))


def bulk_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The apprenticeship's bulk upload, line by line: dates are yyyy-mm-dd but EndDate yyyy-mm; the rest is empty."""
    return lines(BULK_HEADERS, (_bulk_cells(row) for row in rows))


def _unit_cells(row: Row) -> Iterable[Any]:
    found = row.enrolment
    return (
        found.employee__given_names,
        found.employee__family_name,
        found.employee__uln,
        found.employee__date_of_birth,
        found.employee__email,
        found.programme__official_reference,
        found.programme__official_title,
        found.start_date,
        found.planned_end_date,
        row.remark,
    )


def _bulk_cells(row: Row) -> Iterable[Any]:
    found = row.enrolment
    known = {
        "ULN": found.employee__uln,
        "FamilyName": found.employee__family_name,
        "GivenNames": found.employee__given_names,
        "DateOfBirth": found.employee__date_of_birth,
        "StdCode": found.programme__course_code,
        "StartDate": found.start_date,
        "EndDate": found.planned_end_date.isoformat()[:7] if found.planned_end_date else None,
        "EmailAddress": found.employee__email,
    }
    return (known.get(header) for header in BULK_HEADERS)


CALENDAR = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)


def calendar(entries: Iterable[Entry]) -> bytes:
    """Programmes as a calendar (RFC 5545, names and refreshing by RFC 7986): whole days, the end exclusive there.

    The same entries give the same bytes. Nothing in it says whose it is. The days stay free for other appointments.
    """
    made = Calendar()
    made.add("prodid", "-//Waypoint//Programmes//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", "Programmes")
    made.add("x-wr-calname", "Programmes")
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    for entry in entries:
        event = Event()
        event.add("uid", str(entry.uid))
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.version)
        event.add("summary", entry.programme)
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + timedelta(days=1))
        event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    return made.to_ical()
