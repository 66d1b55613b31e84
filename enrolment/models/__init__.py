"""Who is on what, on which days: enrolments, nominations, long jobs over many people, and what happened to each."""

from enrolment.models.batches import Batch, BatchChange, BatchRow, Source
from enrolment.models.enrolments import HELD, Enrolment, EnrolmentEvent
from enrolment.models.findings import Confirmation, Impact
from enrolment.models.nominations import Nomination, NominationEvent
from enrolment.models.runs import Proof, Run
from enrolment.models.texts import NoticeText

__all__ = [
    "HELD",
    "Batch",
    "BatchChange",
    "BatchRow",
    "Confirmation",
    "Enrolment",
    "EnrolmentEvent",
    "Impact",
    "Nomination",
    "NominationEvent",
    "NoticeText",
    "Proof",
    "Run",
    "Source",
]
