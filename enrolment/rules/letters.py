"""What each kind of letter is for and what its text may say: read by the page on which HR writes texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.template.loader import get_template

from enrolment.rules.kinds import HR, KINDS, MANAGER
from enrolment.rules.wording import MOST_BODY, MOST_HEADLINE, Problem, Variable, link_problems, problems

V = Variable

LITERACY = "AI Leadership Literacy"
GOVERNING = "Adopting and Governing AI Systems"
CALLED = "the AI & Automation Practitioner apprenticeship"
READER: Mapping[str, Variable] = {
    "person.given_names": V("the given names of who reads it", "Amara"),
    "site": V("the address of Waypoint, before a page’s own", "https://waypoint.example.org"),
}
PROGRAMME: Mapping[str, Variable] = {
    "enrolment.programme.called": V("the programme in a sentence: the apprenticeship with “the”", LITERACY),
    "enrolment.programme.name": V("the programme’s name", LITERACY),
}
REFERENCE: Mapping[str, Variable] = {"enrolment.reference": V("the enrolment’s reference", "ENR-7K2M9")}
START: Mapping[str, Variable] = {"enrolment.start_date": V("its first day", date(2027, 1, 11))}
END: Mapping[str, Variable] = {"enrolment.planned_end_date": V("its planned last day", date(2027, 3, 26))}
COHORT: Mapping[str, Variable] = {
    "enrolment.cohort": V("whether it is taken with a cohort", True),
    "enrolment.cohort.name": V("the cohort", "Literacy, spring 2027"),
}
CONFIRM: Mapping[str, Variable] = {
    "confirm_by": V("the day by which they confirm or dispute what is recorded, while they can", date(2027, 1, 25))
}
CLOSE: Mapping[str, Variable] = {
    "close_by": V("the day by which the manager says how it ended", date(2027, 4, 1)),
}
DAY: Mapping[str, Variable] = {"day": V("the day that it speaks of", date(2027, 3, 26))}
NEXT: Mapping[str, Variable] = {
    "next_plan": V("whether the next programme is planned already", False),
    "next_plan.programme.called": V("the planned programme inside a sentence", CALLED),
    "next_plan.programme.name": V("its name", "AI & Automation Practitioner apprenticeship"),
    "next_plan.start_date": V("its first day, if it has one", date(2027, 4, 12)),
    "next_idea": V("whether a next step fits", True),
    "next_idea.called": V("the programme that fits next, inside a sentence", GOVERNING),
    "next_idea.name": V("its name", GOVERNING),
    "next_idea.summary": V("what that is, in a sentence", "For those who decide which AI is used, and how."),
    "answer_by": V("the day to say yes by", date(2027, 4, 9)),
    "next_on": V("the first day on which that can start, if it can", date(2027, 4, 12)),
    "next_cohort": V("the cohort that has a seat then, if any", "Governance, spring 2027"),
    "next_nomination": V("a programme for which somebody is nominated already, if any", "AI Transformation"),
}
LEARNER: Mapping[str, Variable] = {
    "enrolment.employee.name": V("the learner", "Amara Nwosu"),
    "enrolment.employee.given_names": V("the learner’s given names", "Amara"),
}
PAGE: Mapping[str, Variable] = {
    "enrolment.public_id": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42")
}
RECOMMENDED: Mapping[str, Variable] = {
    "answered_by": V("who gave the answers", "Grace Okafor"),
    "made_on": V("the day they were given", date(2027, 1, 11)),
    "programme": V("the programme that the rules recommend, if any, inside a sentence", GOVERNING),
    "result": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42"),
}
SENDING: Mapping[str, Variable] = {
    "due_on": V("the day to answer by", date(2027, 2, 5)),
    "is_over": V("whether that day has gone", False),
}
NOMINATION: Mapping[str, Variable] = {
    "about.nominated_by": V("who nominated", "Grace Okafor"),
    "about.employee.name": V("who was nominated", "Amara Nwosu"),
    "about.employee.given_names": V("their given names", "Amara"),
    "about.programme.called": V("the programme inside a sentence", GOVERNING),
    "about.programme.name": V("its name", GOVERNING),
    "about.held_since": V("since when HR holds the decision", date(2027, 1, 11)),
    "expires_on": V("the day on which it expires if nobody decides", date(2027, 2, 8)),
    "about.public_id": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42"),
    "is_learner": V("whether who reads it is the nominee", True),
    "by_learner": V("whether the nominee asked for it themself", False),
    "by_reader": V("whether who reads it nominated", False),
}
WISH: Mapping[str, Variable] = {
    "about.asked_why": V("why they ask, if they said", "I write half of our reports with AI already."),
    "about.asked_on": V("the day on which they asked", date(2027, 1, 11)),
}
ANSWER: Mapping[str, Variable] = {"about.answer": V("HR’s reason, as written", "There is no seat before the summer.")}
WORD: Mapping[str, Variable] = {
    "about.get_word_display": V("the nominee’s word", "not now"),
    "about.word_comment": V("what they wrote with it, if anything", "After the audit, gladly."),
}
LOOK: Mapping[str, Variable] = {
    "about.reference": V("its reference", "SL-4H8QT"),
    "about.asked_by": V("who asked for it", "Amara Nwosu"),
    "by_learner": V("whether who it is about asked for it", True),
    "about.employee.name": V("whom it is about", "Amara Nwosu"),
    "about.due_on": V("the day it is due by", date(2027, 2, 5)),
    "about.public_id": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42"),
}
CLOSED: Mapping[str, Variable] = {
    "about.closed_by": V("who looked again", "Grace Okafor"),
    "about.outcome": V("what they write", "The answers show that you decide on suppliers."),
    "about.is_changed": V("whether it leads to another decision", True),
    "is_own": V("whether it is about who reads it", True),
}
COMPLAINT: Mapping[str, Variable] = {
    "about.reference": V("its reference", "DC-4H8QT"),
    "about.answered_by": V("who answered", "Grace Okafor"),
    "about.answer": V("the answer, as written", "We have deleted the old answers."),
    "about.public_id": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42"),
}
STATEMENT: Mapping[str, Variable] = {
    "enrolment.employee.name": V("the learner", "Amara Nwosu"),
    "enrolment.programme.called": V("the programme inside a sentence", GOVERNING),
    "enrolment.programme.name": V("its name", GOVERNING),
    "enrolment.public_id": V("what its page’s address ends with", "3f0c2b9e-5d1a-4c8e-9a67-2f6f0a1d7b42"),
    "about.reason": V("what the learner says is not right", "I began a week later."),
}
ANSWERED: Mapping[str, Variable] = {
    "about.answered_by": V("who answers", "Grace Okafor"),
    "about.answer": V("the answer, as written", "We have moved the first day."),
}
SUMMARY: Mapping[str, Variable] = {
    "since": V("the first day that it speaks of", date(2027, 1, 4)),
    "on": V("the day it is written", date(2027, 1, 11)),
    "happened": V("what happened, with its headings", f"Placed\n- Amara Nwosu: {GOVERNING}, from 12 April 2027"),
}
FOR_HR: Mapping[str, Variable] = {
    **SUMMARY,
    "happened": V("what waits, with its headings", f"To close\n- Amara Nwosu: {GOVERNING}, planned end 8 January 2027"),
}
BLOCKER: Mapping[str, Variable] = {
    "blocker": V("whether another programme comes before it", True),
    "blocker.programme.called": V("that programme inside a sentence", CALLED),
    "blocker.programme.name": V("its name", "AI & Automation Practitioner apprenticeship"),
    "blocker.status": V("where that programme stands", "active", ("overdue",)),
    "enrolment.proposed_start_date": V("the first day that is proposed, if any", date(2027, 4, 12)),
    "enrolment.is_displaced": V("whether it waits for days that it had, and gets them back once they are free", False),
    "is_without_cohort": V("whether its cohort takes place without the learner", False),
}


@dataclass(frozen=True)
class Letter:
    """One kind: when it goes to whom (``purpose``), what it speaks of (``about``), what its text may say."""

    purpose: str
    about: str
    variables: Mapping[str, Variable]


def _letter(purpose: str, about: str, *groups: Mapping[str, Variable]) -> Letter:
    return Letter(purpose, about, {name: each for group in (READER, *groups) for name, each in group.items()})


E, R, Q, N, L, C = "enrolment", "reminder", "sending", "nomination", "second_look", "complaint"
M, S, D = "recommendation", "statement", "digest"
RECORDED: Mapping[str, Variable] = {
    "enrolment.status": V("where it stands", "active", ("active", "paused", "overdue", "completed", "withdrawn")),
    "enrolment.last_day": V("its last day, if it was attended", date(2027, 3, 26)),
    "enrolment.return_on": V("the day of return from a break, if it is known", date(2027, 3, 1)),
}

READS = ("is_learner", "by_reader")  # what is said of who reads
ENDED: Mapping[str, Variable] = {"is_ended": V("whether it has ended", True)}
DATED = (PROGRAMME, REFERENCE, START, END, COHORT)
COMES = (*DATED, PAGE, NEXT)
LETTERS: Mapping[str, Letter] = {
    "enrolled": _letter("To the learner who is placed on a programme with dates.", E, *DATED, CONFIRM),
    "team_enrolled": _letter("To the manager of who is placed on a programme with dates.", E, *DATED, LEARNER, PAGE),
    "moved": _letter("To the learner whose dates have changed.", E, *DATED, CONFIRM),
    "queued": _letter("To the learner whose plan has no dates, yet or any more.", E, PROGRAMME, REFERENCE, BLOCKER),
    "waiting": _letter(
        "To the learner who is on a cohort’s waiting list.",
        E,
        PROGRAMME,
        REFERENCE,
        COHORT,
        {"enrolment.cohort.start_date": V("the cohort’s first day", date(2027, 1, 11))},
    ),
    "promoted": _letter("To the learner who waited and has a seat now.", E, *DATED, CONFIRM),
    "called_off": _letter("To the learner whose place was cancelled, or whose cohort was closed.", E, *DATED),
    "recorded": _letter(
        "To the learner whose programme was extended, shortened, paused, or ended early.",
        E,
        *DATED,
        RECORDED,
        CONFIRM,
    ),
    "starts_soon": _letter("To the learner, seven days before the first day.", R, DAY, *DATED),
    "started": _letter("To the learner, on the first day.", R, DAY, *DATED),
    "training_plan": _letter("To an apprentice, before the training plan has to be signed.", R, DAY, *DATED),
    "review": _letter("To an apprentice, before each progress review.", R, DAY, *DATED),
    "progression": _letter("To the learner, 28 days before the planned end: what comes next.", R, DAY, *COMES),
    "finished": _letter("To the learner who finished: what comes next.", R, DAY, *COMES, CONFIRM),
    "to_close": _letter(
        "To the manager, the day after a planned end that nobody closed.", R, DAY, *DATED, LEARNER, PAGE, CLOSE
    ),
    "can_start": _letter("To the manager of who finished: what can start next, and when.", R, DAY, *COMES, LEARNER),
    "next_asked": _letter("To whom HR asks, from the report, whether they want to go on.", R, DAY, *COMES, ENDED),
    "recommended": _letter("To the person for whom somebody else gave answers: what they lead to.", M, RECOMMENDED),
    "questionnaire": _letter("To everybody whom a sending asks to answer.", Q, SENDING),
    "questionnaire_reminder": _letter("To who has not answered, when HR reminds.", Q, SENDING),
    "questionnaire_due_soon": _letter("To who has not answered, two days before the day to answer by.", Q, SENDING),
    "questionnaire_overdue": _letter("To who has not answered, the day after it.", Q, SENDING),
    "nomination_asked": _letter("To the nominee, who is asked for their word.", N, NOMINATION),
    "nomination_word": _letter("To who nominated, when the nominee says not now, or no.", N, NOMINATION, WORD),
    "nomination_waits": _letter("To HR, when a nomination waits longer than you want.", N, NOMINATION),
    "nomination_escalated": _letter("To all of HR and the administrators, when it waits on.", N, NOMINATION),
    "nomination_expires": _letter("To nominee and manager, two working days before it expires.", N, NOMINATION),
    "nomination_expired": _letter("To nominee and manager, when nobody has decided.", N, NOMINATION),
    "nomination_reopened": _letter("To who had heard that HR declined, when HR takes that back.", N, NOMINATION),
    "nomination_declined": _letter("To the manager first, with HR’s reason.", N, NOMINATION, ANSWER),
    "nomination_not_this_time": _letter("To the nominee, some working days after the manager.", N, NOMINATION),
    "nomination_left": _letter("To who nominated, when the nominee has left.", N, NOMINATION),
    "wish": _letter("To the manager (HR where there is none) of who asks to be nominated.", N, NOMINATION, WISH),
    "wish_waits": _letter("To the manager who has not answered, then to HR.", N, NOMINATION, WISH),
    "wish_expires": _letter("To who asked and their manager, two working days before it expires.", N, NOMINATION, WISH),
    "wish_expired": _letter("To who asked and their manager, when nobody has answered.", N, NOMINATION, WISH),
    "wish_turned_down": _letter("To who asked: the manager’s reason not to nominate.", N, NOMINATION, WISH, ANSWER),
    "wish_granted": _letter("To who asked: their manager has nominated them.", N, NOMINATION, WISH),
    "second_look_asked": _letter("To the reviewer of a second look.", L, LOOK),
    "second_look_closed": _letter("To who asked for a second look: what came of it.", L, LOOK, CLOSED),
    "record_disputed": _letter("To HR, when a learner disputes what is recorded.", S, STATEMENT),
    "record_answered": _letter("To the learner who disputed it: HR’s answer.", S, STATEMENT, ANSWERED),
    "complaint_answered": _letter("To who complained about the use of their data: the answer.", C, COMPLAINT),
    "digest_team": _letter("To the manager, each day or week as they choose: what happened.", D, SUMMARY),
    "digest_hr": _letter("To each in HR, daily or weekly as they choose: what waits, and who left.", D, FOR_HR),
}


@cache
def original(kind: str) -> tuple[str, str]:
    """Headline and body of a kind as Waypoint brings them, without the frame that keeps them plain text."""
    found = (get_template(f"enrolment/email/{kind}.{part}.txt") for part in ("subject", "body"))
    texts = (each.template.source for each in found)  # type: ignore[attr-defined]
    headline, body = (t.replace("{% autoescape off %}", "").replace("{% endautoescape %}", "").strip() for t in texts)
    return headline, body


def samples(kind: str, name: str = "Amara Nwosu", given: str = "Amara") -> dict[str, str | bool | date | None]:
    """A realistic sample of everything that a kind's text may say, for where no real person fits.

    ``name`` and ``given`` are of whom it is about: the reader, unless the kind goes to somebody else about them.
    """
    said: dict[str, str | bool | date | None] = {key: each.sample for key, each in LETTERS[kind].variables.items()}
    others = {MANAGER: "Grace", HR: "Mei"}
    is_theirs = LETTERS[kind].about != D and KINDS[kind].to in others
    said["person.given_names"] = others[KINDS[kind].to] if is_theirs else given
    said |= {key: name for key in said if key.endswith("employee.name") or key == "about.asked_by"}
    said |= {key: given for key in said if key.endswith("employee.given_names")}
    if is_theirs:
        said |= {key: key == "by_reader" and KINDS[kind].to == MANAGER for key in said if key in READS}
    return said


def text_problems(kind: str, headline: str, body: str) -> dict[str, list[Problem]]:
    """By part what is wrong with a text for a kind; a part without problems is left out."""
    variables = LETTERS[kind].variables
    lines = headline.strip().splitlines()
    found = {"headline": problems(headline, variables), "body": problems(body, variables)}
    if len(lines) != 1:
        found["headline"].append(Problem("one_line", 1, "The headline is one line, and says something."))
    if len(headline) > MOST_HEADLINE:
        found["headline"].append(Problem("too_long", 1, f"The headline has at most {MOST_HEADLINE} characters."))
    if len(body) > MOST_BODY:
        found["body"].append(Problem("too_long", 1, f"The text has at most {MOST_BODY} characters."))
    if not body.strip():
        found["body"].append(Problem("empty", 1, "Write the text."))
    else:
        found["body"] += link_problems(body, original(kind)[1])
    return {part: some for part, some in found.items() if some}
