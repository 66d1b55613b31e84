"""How enrolments and their history are written: all rows of an action at once, since clashes are judged at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter

from django.db import connection

from enrolment.models import Enrolment, EnrolmentEvent

# COPY takes a fifth of the time of Django's bulk_create; what the database gives (moments, `held`) is left out and
# fetched when asked for.
NUMBERS = "SELECT nextval(pg_get_serial_sequence('enrolment_enrolment', 'id')), now() FROM generate_series(1, %s)"
CREATE = """
COPY enrolment_enrolment (
    id, public_id, reference, employee_id, programme_id, request_key, status, start_date, planned_end_date, ended_on,
    return_on, cohort_id, seat_id, version_id, follows_id, waiting_since, proposed_start_date, proposed_end_date,
    placement_id, is_displaced
) FROM STDIN
"""
KEEP = """
COPY enrolment_enrolmentevent (
    subject_id, move, from_status, to_status, by_id, "on", reason, start_date, planned_end_date, ended_on, return_on,
    cohort_id, request_key
) FROM STDIN
"""
# One UPDATE for any number of rows. Django's bulk_update does the same with a CASE for each column and row, which
# takes ten times as long for five hundred.
STORE = """
UPDATE enrolment_enrolment e
SET status = v.status, start_date = v.start_date, planned_end_date = v.planned_end_date, ended_on = v.ended_on,
    return_on = v.return_on, cohort_id = v.cohort_id, seat_id = v.seat_id, version_id = v.version_id,
    follows_id = v.follows_id, waiting_since = v.waiting_since, proposed_start_date = v.proposed_start_date,
    proposed_end_date = v.proposed_end_date, placement_id = v.placement_id,
    is_displaced = v.is_displaced
FROM json_to_recordset(%s::json) AS v (
    pk bigint, status text, start_date date, planned_end_date date, ended_on date, return_on date, cohort_id bigint,
    seat_id bigint, version_id bigint, follows_id bigint, waiting_since timestamptz, proposed_start_date date,
    proposed_end_date date, placement_id bigint, is_displaced boolean
)
WHERE e.id = v.pk
"""
COLUMNS = (
    "pk",
    "status",
    "start_date",
    "planned_end_date",
    "ended_on",
    "return_on",
    "cohort_id",
    "seat_id",
    "version_id",
    "follows_id",
    "waiting_since",
    "proposed_start_date",
    "proposed_end_date",
    "placement_id",
    "is_displaced",
)
_changing = attrgetter(*COLUMNS[1:])
_lasting = attrgetter("pk", "public_id", "reference", "employee_id", "programme_id", "request_key")
_event = attrgetter(
    *("subject.pk", "move", "from_status", "to_status", "by_id", "on", "reason"),
    *("start_date", "planned_end_date", "ended_on", "return_on", "cohort_id", "request_key"),
)


def number(made: Sequence[Enrolment]) -> None:
    """Give new enrolments their row ids, so that others can name them before they are written."""
    made = [enrolment for enrolment in made if not enrolment.pk]
    if not made:
        return
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [len(made)])
        numbers = cursor.fetchall()
    for enrolment, (pk, moment) in zip(made, numbers, strict=True):
        enrolment.pk = pk
        if enrolment.status == Enrolment.Status.WAITING:
            enrolment.waiting_since = moment  # the database's, as all others in the line have
    for enrolment in made:
        if enrolment.follows:  # perhaps of the same call, with a number only now
            enrolment.follows = enrolment.follows


def create(made: Sequence[Enrolment]) -> None:
    """Write new enrolments; who follows somebody may come with them in the same call."""
    if not made:
        return
    number(made)
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(CREATE) as copy:
        for enrolment in made:
            copy.write_row(_lasting(enrolment) + _changing(enrolment))
    for enrolment in made:
        enrolment._state.adding, enrolment._state.db = False, connection.alias
        enrolment.__dict__.pop("created_at", None)


def keep(events: Sequence[EnrolmentEvent]) -> None:
    """Write the history of enrolments, in the order given."""
    if events:
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(KEEP) as copy:
            for event in events:
                copy.write_row(_event(event))


def store(enrolments: Iterable[Enrolment]) -> None:
    """Write what can change of these enrolments, in one UPDATE, so that people can change places in it."""
    rows = {enrolment.pk: enrolment for enrolment in enrolments}
    if rows:
        changed = [dict(zip(COLUMNS, (pk, *_changing(row)), strict=True)) for pk, row in rows.items()]
        with connection.cursor() as cursor:
            cursor.execute(STORE, [json.dumps(changed, default=_iso)])


def _iso(value: date | datetime) -> str:
    return value.isoformat()
