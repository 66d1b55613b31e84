"""What a letter can say of an enrolment, as values: letters equal in them are made once for all their readers."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import NamedTuple

# A letter is rendered once for all to whom it says the same, by these words that nobody can guess for what is a
# person's own; that is put in their place afterwards.
GIVEN_NAMES, REFERENCE = secrets.token_hex(16), secrets.token_hex(16)
LEARNER, LEARNER_GIVEN_NAMES, PUBLIC_ID = secrets.token_hex(16), secrets.token_hex(16), secrets.token_hex(16)
RARE = re.compile(f"{LEARNER}|{LEARNER_GIVEN_NAMES}|{PUBLIC_ID}|{REFERENCE}|{GIVEN_NAMES}")


class Thing(NamedTuple):
    """What a letter can say of a programme or a cohort."""

    name: str
    summary: str = ""
    called: str = ""
    start_date: date | None = None


class Whose(NamedTuple):
    """What a letter to somebody else can say of the learner."""

    name: str = LEARNER
    given_names: str = LEARNER_GIVEN_NAMES


class Said(NamedTuple):
    """What a letter can say of an enrolment. Values only: letters that are equal in them are equal."""

    programme: Thing
    cohort: Thing | None
    status: str
    start_date: date | None
    planned_end_date: date | None
    proposed_start_date: date | None
    last_day: date | None
    return_on: date | None = None
    is_displaced: bool = False
    reference: str = REFERENCE
    public_id: str = PUBLIC_ID
    employee: Whose = Whose()
