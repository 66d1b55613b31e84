"""What people are told of enrolments, nominations, second looks and complaints: builds what actions write."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from assessment.models import Complaint, Recommendation, SecondLook, Sending
from enrolment.models import Enrolment, Nomination, NoticeText, Statement
from enrolment.rules.digest import Digest, subject_of
from enrolment.rules.holds import held
from enrolment.rules.kinds import leaves_on
from enrolment.rules.letters import LETTERS, original
from enrolment.rules.nominations import expires_on
from enrolment.rules.progression import Coming, NextStep, answer_by
from enrolment.rules.reminders import CLOSE_WITHIN, REMINDERS, SAYS_NEXT, TO_CLOSE, Due, Facts, first_day
from enrolment.rules.saying import (
    GIVEN_NAMES,
    LEARNER,
    LEARNER_GIVEN_NAMES,
    PUBLIC_ID,
    RARE,
    REFERENCE,
    Said,
    Thing,
)  # fmt: skip
from enrolment.rules.statements import ANSWER_WITHIN
from enrolment.rules.wording import Values, Variable, write
from enrolment.rules.working_days import working_days_after
from lifecycle.rows import fresh
from people.actions.notices import Alike, Reader
from people.models import Employee, Notice, Policy, User
from people.queries import policy
from programmes.models import Cohort, Programme

NO_DAYS: Mapping[int, date] = {}

type Case = Nomination | SecondLook | Complaint | Recommendation | Statement


class Wording(NamedTuple):
    """Headline and body of a kind as they are written now: HR's own, or else Waypoint's."""

    headline: str
    body: str


class Telling(NamedTuple):
    """One letter to be made: of which enrolment, which kind, its day, when it may go, and what else it says."""

    enrolment: Enrolment
    kind: str
    about: date | None
    due: date
    more: Mapping[str, object] = {}
    to: Employee | None = None  # who reads it; none: the learner


def wordings(kinds: Iterable[str]) -> dict[str, Wording]:
    """The texts of these kinds, in one query: read anew for each batch, so that a new version counts at once."""
    wanted = set(kinds)
    own = {row.kind: row for row in NoticeText.objects.current(wanted) if not row.is_original} if wanted else {}
    return {k: Wording(own[k].headline, own[k].body) if k in own else Wording(*original(k)) for k in wanted}


def enrolled(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner: you are placed on this programme, from and to these days."""
    return _each([Telling(each, "enrolled", each.start_date, on, _to_confirm(on)) for each in enrolments])


def team_enrolled(placed: Iterable[tuple[Enrolment, Employee]], *, on: date) -> list[Notice]:
    """To each manager: one of yours is placed on this programme, from and to these days."""
    due = leaves_on("team_enrolled", on)
    return _each([Telling(enrolment, "team_enrolled", enrolment.start_date, due, {}, to) for enrolment, to in placed])


def moved(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner whose plan has other dates: these are the new ones."""
    return _each([Telling(each, "moved", each.start_date, on, _to_confirm(on)) for each in enrolments])


def _to_confirm(on: date) -> dict[str, object]:
    """What a letter of something recorded on a day says besides: the last day to confirm or dispute it."""
    return {"confirm_by": on + ANSWER_WITHIN}


def waiting(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner who joined a cohort's waiting list: no seat yet, a place in line."""
    return _each([Telling(enrolment, "waiting", on, on) for enrolment in enrolments])


def promoted(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner who waited and has a seat now: in which cohort, from and to these days."""
    return _each([Telling(each, "promoted", each.start_date, on, _to_confirm(on)) for each in enrolments])


def queued(enrolments: Iterable[Enrolment], *, on: date, is_without_cohort: bool = False) -> list[Notice]:
    """To each learner whose plan has no dates, yet or any more: why, or that their cohort takes place without them."""
    gone = {"is_without_cohort": is_without_cohort}
    return _each([Telling(each, "queued", on, on, {"blocker": each.follows, **gone}) for each in enrolments])


def called_off(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner whose place was cancelled: it does not take place for them."""
    return _each([Telling(enrolment, "called_off", on, on) for enrolment in enrolments])


def recorded(enrolments: Iterable[Enrolment], *, due: date, until: Mapping[int, date]) -> list[Notice]:
    """To each learner: this is what is recorded by now of a programme that runs, or that ended early.

    ``until``: by row id, the last day to confirm or dispute it, where there is one.
    """
    return _each(
        [Telling(each, "recorded", each.last_day, due, {"confirm_by": until.get(each.pk)}) for each in enrolments]
    )


def reminders(
    due: Iterable[tuple[Enrolment, str, date, Employee | None]],
    *,
    on: date,
    coming: Mapping[int, Coming],
    until: Mapping[int, date] = NO_DAYS,
) -> list[Notice]:
    """Of an enrolment, what the calendar has to say: which kind, the day it speaks of, to whom (none: the learner).

    What ends or ended says what comes next, by employee id; what ended also ``until`` when, by row id, it can be
    disputed.
    """
    letters = []
    for row, kind, day, to in due:
        may_go = first_day(REMINDERS[kind], day, on, since=row.start_date)
        more = of_day(row, kind, day, coming, due=may_go) | {"confirm_by": until.get(row.pk)}
        letters.append(Telling(row, kind, day, may_go, more, to))
    return _each(letters)


def alike(due: Iterable[Due], *, on: date) -> list[Alike]:
    """Reminders to learners that say nothing of what comes next: by letter, to whom each goes.

    Of its reader such a letter says the given names and the reference, and nothing else (`rules.letters`).
    """
    to: dict[tuple[str, date, Facts], list[Reader]] = {}
    for each in due:
        reader = Reader(each.to, each.public_id, each.reference, each.is_new)
        to.setdefault((each.kind, each.about_on, each.facts), []).append(reader)
    texts = wordings({kind for kind, _, _ in to})
    programmes = Programme.objects.in_bulk({facts.programme for _, _, facts in to})
    cohorts = Cohort.objects.in_bulk({facts.cohort for _, _, facts in to if facts.cohort})
    letters = []
    for (kind, day, facts), readers in to.items():
        cohort = cohorts.get(facts.cohort or 0)
        days = facts.start_date, facts.planned_end_date, facts.proposed_start_date
        said = Said(
            _thing(programmes[facts.programme]), _thing(cohort) if cohort else None, facts.status, *days,
            facts.ended_on or facts.planned_end_date,
        )  # fmt: skip
        headline, body = _letter(kind, texts[kind], said, settings.SITE_URL, (("day", day),))
        due_on = first_day(REMINDERS[kind], day, on)
        letters.append(Alike(kind, day, due_on, _line(headline), _text(body), readers))
    return letters


def next_asked(enrolments: Iterable[Enrolment], steps: Mapping[int, NextStep], *, on: date) -> list[Notice]:
    """To each learner whom HR asks: this could come next (by employee id), would you like to go on?"""
    return _each(
        [
            Telling(row, "next_asked", row.ended_on or row.planned_end_date, on, asked_of(row, steps, due=on))
            for row in enrolments
        ]
    )


def asked_of(enrolment: Enrolment, steps: Mapping[int, NextStep], *, due: date) -> dict[str, object]:
    """What HR's question says besides its enrolment."""
    day = enrolment.ended_on or enrolment.planned_end_date
    coming = {person: Coming(step=step) for person, step in steps.items()}
    return {"is_ended": enrolment.ended_on is not None, **of_day(enrolment, "next_asked", day, coming, due=due)}


def recommended(made: Iterable[Recommendation], *, on: date) -> list[Notice]:
    """To each person for whom somebody else gave answers: what the rules recommend by them."""
    rows = list(made)
    texts = wordings(["recommended"] if rows else [])
    return [_of(row, row.made_on, "recommended", row.employee, texts["recommended"], due=on) for row in rows]


def of_day(
    enrolment: Enrolment, kind: str, day: date | None, coming: Mapping[int, Coming], *, due: date
) -> dict[str, object]:
    """What a reminder that may go on ``due`` says besides its enrolment: its day, and what comes next, by when to
    answer, if it speaks of that.
    """
    if kind == TO_CLOSE.kind:
        return {"day": day, "close_by": working_days_after(due, CLOSE_WITHIN)}
    if kind not in SAYS_NEXT:
        return {"day": day}
    plan, step, asked = coming.get(enrolment.employee_id, Coming())
    said: dict[str, object] = {"day": day, "next_plan": plan, "next_nomination": asked.called if asked else None}
    if step:
        said |= {"next_idea": step.programme, "next_on": step.plan.start, "answer_by": answer_by(step.plan, due)}
        said |= {"next_cohort": step.plan.cohort.name if step.plan.cohort else None}
    return said


def second_look_asked(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each reviewer who has a record: somebody asked for a second look, due by this day."""
    return _letters(((look.reviewer, look) for look in looks), "second_look_asked", on=on)


def second_look_closed(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each asker who has a record: somebody has looked again, and this came of it."""
    return _letters(((look.asked_by, look) for look in looks), "second_look_closed", on=on)


def complaint_answered(complaints: Iterable[Complaint], *, on: date) -> list[Notice]:
    """To each person who complained about their data and has a record: here is the answer."""
    return _letters(((complaint.made_by, complaint) for complaint in complaints), "complaint_answered", on=on)


def questionnaire(people: Iterable[Employee], sending: Sending, kind: str, *, on: date) -> list[Notice]:
    """To each person whom a sending asks: answer by this day. ``kind`` is which letter; the text is made once."""
    wording = wordings([kind])[kind]
    headline, body = _written(kind, wording, of_sending(sending, on=on))
    return [
        fresh(
            Notice,
            {"employee": person},
            kind=kind,
            subject=sending.public_id,
            about_on=sending.due_on,
            due_on=on,
            headline=_line(headline.replace(GIVEN_NAMES, person.given_names)),
            body=_text(body.replace(GIVEN_NAMES, person.given_names)),
        )
        for person in people
    ]


def of_sending(sending: Sending, *, on: date) -> dict[str, object]:
    """What a letter of a sending can say."""
    return {"person": {"given_names": GIVEN_NAMES}, "due_on": sending.due_on, "is_over": sending.due_on < on}


def nomination(kind: str, letters: Iterable[tuple[Employee | None, Nomination]], *, due: date) -> list[Notice]:
    """To each of these people who has a record: what became of a nomination; ``kind`` names the letter."""
    found = [(to, about) for to, about in letters if to]
    texts, rules, due = wordings([kind] if found else []), policy() if found else None, leaves_on(kind, due)
    return [_of(about, about.held_since, kind, to, texts[kind], due=due, rules=rules) for to, about in found]


def statement(kind: str, letters: Iterable[tuple[Employee, Statement]], *, on: date) -> list[Notice]:
    """To each of these people: what a learner disputes of what is recorded, or HR's answer; ``kind`` is the letter."""
    found = list(letters)
    texts = wordings([kind] if found else [])
    return [_of(about, about.said_on, kind, to, texts[kind], due=on) for to, about in found]


def digests(found: Iterable[Digest], *, on: date) -> list[Notice]:
    """To managers or to HR: what happened since each one's last summary, by heading."""
    summaries = list(found)
    texts = wordings({each.kind for each in summaries})
    return [_digest(each, texts[each.kind], on=on) for each in summaries]


def _digest(summary: Digest, wording: Wording, *, on: date) -> Notice:
    facts = {"person": summary.to, "since": summary.since, "on": on, "happened": summary.text()}
    headline, body = _written(summary.kind, wording, facts)
    return Notice(
        employee=summary.to,
        kind=summary.kind,
        subject=subject_of(summary.kind, on),
        about_on=on,
        due_on=on,
        headline=_line(headline),
        body=_text(body),
    )


def _letters(letters: Iterable[tuple[User | None, SecondLook | Complaint]], kind: str, *, on: date) -> list[Notice]:
    """One letter an account that has a record; others read it on their page. Each has words of its own."""
    found = [(to, about) for user, about in letters if (to := user.own_record() if user else None)]
    texts = wordings([kind] if found else [])
    return [_of(about, about.due_on, kind, to, texts[kind], due=on) for to, about in found]


def _of(
    about: Case, day: date, kind: str, to: Employee, wording: Wording, *, due: date, rules: Policy | None = None
) -> Notice:
    headline, body = _written(kind, wording, of_case(about, to, rules))
    return Notice(
        employee=to,
        kind=kind,
        subject=about.public_id,
        about_on=day,
        due_on=due,
        headline=_line(headline),
        body=_text(body),
    )


def of_case(about: Case, to: Employee, rules: Policy | None = None) -> dict[str, object]:
    """What a letter about a nomination, a second look, a complaint or a recommendation can say to somebody.

    ``rules``: the policy, where it may be about a nomination.
    """
    if isinstance(about, Recommendation):
        programme, response = about.programme, about.response
        made: dict[str, object] = {"person": to, "made_on": about.made_on, "result": response.public_id}
        by = response.answered_by or "Somebody in HR"
        return {**made, "answered_by": by, "programme": programme.called if programme else None}
    if isinstance(about, Statement):
        return {"person": to, "about": about, "enrolment": about.enrolment}
    is_own = to.pk == getattr(about, "employee_id", None)
    said: dict[str, object] = {"person": to, "about": about, "is_learner": is_own, "is_own": is_own}
    if isinstance(about, Nomination):
        said |= {"by_learner": about.is_by_learner, "by_reader": about.nominated_by_id == to.user_id}
        said["expires_on"] = expires_on(about, rules or policy())
    if isinstance(about, SecondLook):
        said["by_learner"] = about.asked_by_id == about.employee.user_id
    if is_own and isinstance(about, Nomination) and about.nominated_by_id == to.user_id:
        said["about.nominated_by"] = (
            to.manager.name if to.manager else "Your manager"
        )  # who says yes is no news to them
    return said


def words(kind: str, wording: Wording, facts: Mapping[str, object], to: Employee) -> tuple[str, str]:
    """Headline and body of one letter of other than an enrolment, as they would be sent."""
    headline, body = _written(kind, wording, facts)
    return _line(headline.replace(GIVEN_NAMES, to.given_names)), _text(body.replace(GIVEN_NAMES, to.given_names))


def words_of_enrolment(wording: Wording, telling: Telling, to: Employee) -> tuple[str, str]:
    """Headline and body of one letter about an enrolment, as they would be sent to somebody."""
    others = tuple((name, _said(value)) for name, value in telling.more.items())
    headline, body = _letter(telling.kind, wording, _enrolment(telling.enrolment), settings.SITE_URL, others)
    return _line(_own(headline, telling.enrolment, to)), _text(_own(body, telling.enrolment, to))


def _each(letters: list[Telling]) -> list[Notice]:
    texts = wordings({telling.kind for telling in letters})
    return [_notice(telling, texts[telling.kind]) for telling in letters]


def _notice(telling: Telling, wording: Wording) -> Notice:
    person = telling.to or telling.enrolment.employee
    headline, body = words_of_enrolment(wording, telling, person)
    return fresh(
        Notice,
        {"employee": person},
        kind=telling.kind,
        subject=telling.enrolment.public_id,
        about_on=telling.about,
        due_on=telling.due,
        headline=headline,
        body=body,
    )


@lru_cache(maxsize=500)
def _letter(
    kind: str, wording: Wording, enrolment: Said, site: str, others: tuple[tuple[str, Hashable], ...]
) -> tuple[str, str]:
    """Headline and body without what is a person's own: made once for all who read the same, anew for a new text."""
    facts = {"enrolment": enrolment, "person": {"given_names": GIVEN_NAMES}, "site": site, **dict(others)}
    return _written(kind, wording, facts)


def _written(kind: str, wording: Wording, facts: Mapping[str, object]) -> tuple[str, str]:
    values = _values(LETTERS[kind].variables, {"site": settings.SITE_URL, **facts})
    return write(wording.headline, values), write(wording.body, values)


def _values(variables: Mapping[str, Variable], facts: Mapping[str, object]) -> Values:
    """What a text can say, and nothing else: each of the variables that its kind lists, looked up here by its name."""
    return {name: _value(facts, name, is_whether=isinstance(v.sample, bool)) for name, v in variables.items()}


def _value(facts: Mapping[str, object], name: str, *, is_whether: bool) -> str | bool | date | None:
    found: Any = facts
    for part in [name] if name in facts else name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
    found = found() if callable(found) else found
    if is_whether:
        return bool(found)
    return found if found is None or isinstance(found, (str, date)) else str(found)


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    return text.strip() + "\n"


def _own(text: str, enrolment: Enrolment, to: Employee) -> str:
    """A text with the person's own words in it, verbatim: names come last, so nothing in them is taken for ours."""
    if PUBLIC_ID in text or LEARNER in text or LEARNER_GIVEN_NAMES in text:
        learner = enrolment.employee
        own = {LEARNER: learner.name, LEARNER_GIVEN_NAMES: learner.given_names, PUBLIC_ID: str(enrolment.public_id)}
        own |= {REFERENCE: enrolment.reference, GIVEN_NAMES: to.given_names}
        return RARE.sub(lambda token: own[token[0]], text)
    return text.replace(REFERENCE, enrolment.reference).replace(GIVEN_NAMES, to.given_names)


def _said(about: object) -> Hashable:
    """What a letter can say of something, as values."""
    match about:
        case Enrolment():
            return _enrolment(about)
        case Programme() | Cohort():
            return _thing(about)
        case bool() | date() | str() | None:
            return about
    raise TypeError(f"A letter cannot speak of {about!r}: only of enrolments, programmes, cohorts, days and words.")


def _enrolment(about: Enrolment) -> Said:
    cohort = _thing(about.cohort) if about.cohort else None
    was_attended = about.status != Enrolment.Status.WITHDRAWN or held(about) is not None
    days = about.start_date, about.planned_end_date, about.proposed_start_date
    last = about.last_day if was_attended else None
    return Said(_thing(about.programme), cohort, about.status, *days, last, about.return_on, about.is_displaced)


def _thing(about: Programme | Cohort) -> Thing:
    if isinstance(about, Programme):
        return Thing(about.name, about.summary, about.called)
    return Thing(about.name, start_date=about.start_date)
