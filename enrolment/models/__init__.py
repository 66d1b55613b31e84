"""Who is on what, on which days: enrolments, nominations, long jobs over many people, and what happened to each."""

from enrolment.models.batches import Batch, BatchChange, BatchRow, Source
from enrolment.models.endings import Ending
from enrolment.models.enrolments import HELD, Enrolment, EnrolmentEvent
from enrolment.models.feeds import CalendarFeed
from enrolment.models.findings import Confirmation, Impact
from enrolment.models.nominations import Nomination, NominationEvent
from enrolment.models.not_now import NotNow
from enrolment.models.runs import Proof, Run
from enrolment.models.statements import Statement, StatementEvent
from enrolment.models.texts import NoticeText

__all__ = [
    "HELD",
    "Batch",
    "BatchChange",
    "BatchRow",
    "CalendarFeed",
    "Confirmation",
    "Ending",
    "Enrolment",
    "EnrolmentEvent",
    "Impact",
    "Nomination",
    "NominationEvent",
    "NotNow",
    "NoticeText",
    "Proof",
    "Run",
    "Source",
    "Statement",
    "StatementEvent",
]
