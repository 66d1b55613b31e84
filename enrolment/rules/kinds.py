"""The one list of kinds of notices: what each is called, who gets it, and whether they may switch it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enrolment.rules.working_days import first_working_day

LEARNER, MANAGER, HR, ASKER = "learner", "manager", "HR", "whoever asked"
PLACE = "your place and its dates"
DURING = "while you are on a programme"
QUESTIONS = "the questionnaire"
NOMINATIONS = "nominations"
REVIEWS = "second looks and complaints"
DIGESTS = "summaries"

NEEDED_PLACE = "You have to know where you are placed and on which days: the programme needs it."
NEEDED_STARTED = "Your programme needs you from this day."
NEEDED_PLAN = "The apprenticeship’s rules ask for a signed training plan within 42 days of the start."
NEEDED_REVIEW = "The apprenticeship’s rules ask for a progress review every 3 months."
NEEDED_ANSWER = "HR asks you to do something by a day."
NEEDED_CLOSE = "Until somebody closes it, the programme holds its days and nothing else can start."
NEEDED_RESULT = "Somebody else answered for you: you have a right to know what it led to."
NEEDED_DECISION = "Somebody waits for a decision that is yours to make, or to know."
NEEDED_BY_LAW = "UK GDPR gives whoever asks for a review, or complains, an answer."

OFF, DAILY, WEEKLY, ON = "off", "daily", "weekly", "on"


@dataclass(frozen=True)
class Kind:
    """One kind: its code, name and group, to whom it goes, and ``needed``, why nobody can switch it off (empty: may).

    ``usual`` is what holds until somebody chooses; a digest is daily, weekly or off.
    """

    code: str
    label: str
    group: str
    to: str
    needed: str = ""
    usual: str = ON
    is_work: bool = False  # asks for something that people do at work

    @property
    def is_for_working_days(self) -> bool:
        """Whether it waits for a working day: what asks for work, and what one may do without.

        What the law or the programme needs keeps its day, and so does what people wait for.
        """
        return self.is_work or self.is_optional

    @property
    def is_optional(self) -> bool:
        """Whether each person may switch it off."""
        return not self.needed

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """What a person may choose, each with its words."""
        if self.group == DIGESTS:
            return ((DAILY, "Every day on which something happened"), (WEEKLY, "Once a week"), (OFF, "Never"))
        return ((ON, "Yes"), (OFF, "No"))


DIGEST_TEAM = Kind("digest_team", "what happened in your team", DIGESTS, MANAGER, usual=WEEKLY)
DIGEST_HR = Kind("digest_hr", "what waits for HR", DIGESTS, HR, usual=DAILY)

KINDS = {
    kind.code: kind
    for kind in (
        Kind("enrolled", "enrolled", PLACE, LEARNER, NEEDED_PLACE),
        Kind("team_enrolled", "somebody of yours enrolled", PLACE, MANAGER),
        Kind("moved", "other dates", PLACE, LEARNER, NEEDED_PLACE),
        Kind("queued", "dates follow", PLACE, LEARNER, NEEDED_PLACE),
        Kind("waiting", "waiting list", PLACE, LEARNER, NEEDED_PLACE),
        Kind("promoted", "a seat became free", PLACE, LEARNER, NEEDED_PLACE),
        Kind("called_off", "called off", PLACE, LEARNER, NEEDED_PLACE),
        Kind("recorded", "what is recorded has changed", DURING, LEARNER, NEEDED_PLACE),
        Kind("starts_soon", "starts in a week", DURING, LEARNER),
        Kind("started", "started", DURING, LEARNER, NEEDED_STARTED),
        Kind("training_plan", "training plan due", DURING, LEARNER, NEEDED_PLAN, is_work=True),
        Kind("review", "progress review due", DURING, LEARNER, NEEDED_REVIEW, is_work=True),
        Kind("progression", "ends soon", DURING, LEARNER),
        Kind("finished", "finished, what comes next", DURING, LEARNER),
        Kind("to_close", "planned end has passed, to close", DURING, MANAGER, NEEDED_CLOSE, is_work=True),
        Kind("can_start", "what comes next for somebody", DURING, MANAGER),
        Kind("next_asked", "asked to go on", DURING, LEARNER, NEEDED_ANSWER),
        Kind("recommended", "recommendation ready", QUESTIONS, LEARNER, NEEDED_RESULT),
        Kind("questionnaire", "questionnaire to answer", QUESTIONS, LEARNER, NEEDED_ANSWER),
        Kind("questionnaire_reminder", "reminder by HR to answer", QUESTIONS, LEARNER, NEEDED_ANSWER),
        Kind("questionnaire_due_soon", "answers due soon", QUESTIONS, LEARNER),
        Kind("questionnaire_overdue", "answers overdue", QUESTIONS, LEARNER, NEEDED_ANSWER),
        Kind("nomination_asked", "asked for their word", NOMINATIONS, LEARNER, NEEDED_DECISION),
        Kind("nomination_word", "what a nominee said", NOMINATIONS, MANAGER),
        Kind("nomination_waits", "a nomination waits", NOMINATIONS, HR, NEEDED_DECISION),
        Kind("nomination_escalated", "nobody has decided", NOMINATIONS, HR, NEEDED_DECISION),
        Kind("nomination_expires", "a nomination is about to expire", NOMINATIONS, MANAGER),
        Kind("nomination_expired", "a nomination expired", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("nomination_declined", "a nomination declined", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("nomination_reopened", "a declined nomination waits again", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("nomination_not_this_time", "not this time", NOMINATIONS, LEARNER, NEEDED_DECISION),
        Kind("nomination_left", "the nominee has left", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("wish", "somebody asks to be nominated", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("wish_waits", "somebody who asked waits", NOMINATIONS, MANAGER, NEEDED_DECISION),
        Kind("wish_expires", "a wish is about to expire", NOMINATIONS, LEARNER),
        Kind("wish_expired", "a wish expired", NOMINATIONS, LEARNER, NEEDED_DECISION),
        Kind("wish_turned_down", "not nominated, and why", NOMINATIONS, LEARNER, NEEDED_DECISION),
        Kind("wish_granted", "nominated as asked", NOMINATIONS, LEARNER, NEEDED_DECISION),
        Kind("second_look_asked", "a second look to review", REVIEWS, HR, NEEDED_BY_LAW),
        Kind("second_look_closed", "outcome of a second look", REVIEWS, ASKER, NEEDED_BY_LAW),
        Kind("record_disputed", "a record disputed", REVIEWS, HR, NEEDED_DECISION),
        Kind("record_answered", "answer to a dispute", REVIEWS, LEARNER, NEEDED_BY_LAW),
        Kind("complaint_answered", "answer to a complaint", REVIEWS, ASKER, NEEDED_BY_LAW),
        DIGEST_TEAM,
        DIGEST_HR,
    )
}
# Of what is only foreseen: why it cannot be said before its day, where it is not so before that.
TOO_EARLY = {
    "questionnaire_overdue": "It says that the day to answer by has gone, and it has not.",
    "nomination_escalated": "It says that it waits longer than your organisation wants, and it does not yet.",
    "nomination_expires": "It says that two working days are left, and there are more.",
    "wish_expires": "It says that two working days are left, and there are more.",
    "nomination_expired": "It says that the nomination expired, and it has not.",
    "wish_expired": "It says that the wish expired, and it has not.",
}
# What speaks of other people than its reader.
KINDS_TO_MANAGERS = frozenset(code for code, kind in KINDS.items() if kind.to == MANAGER)
KINDS_OF_OTHERS = frozenset(code for code, kind in KINDS.items() if kind.to in (MANAGER, HR))
# What a person's line may tell them in person: what is theirs alone, as complaints are, nobody of the line reads.
OF_LINE = frozenset(code for code, kind in KINDS.items() if kind.to == LEARNER and kind.group != REVIEWS)
# To whoever nominated, and to the nominee as well.
TO_NOMINEES_TOO = ("nomination_expires", "nomination_expired", "nomination_reopened")
LABELS = {code: kind.label for code, kind in KINDS.items()}
OPTIONAL = {code: kind for code, kind in KINDS.items() if kind.is_optional}


def leaves_on(code: str, day: date) -> date:
    """The day on which a kind leaves that may go from a day on: that day, or the working day after it."""
    return first_working_day(day) if KINDS[code].is_for_working_days else day


def label(code: str) -> str:
    """What pages call a kind; one that is no longer written keeps its code."""
    return LABELS.get(code, code)
