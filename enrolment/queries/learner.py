"""What a learner asks: which programme am I on, why, until when, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assessment.models import Placement, Recommendation, Response
from enrolment import rules
from enrolment.models import Enrolment
from enrolment.queries.cohorts import places
from enrolment.queries.enrolments import history_of
from enrolment.queries.progression import next_steps
from enrolment.queries.today import dates_to_follow
from people.models import Employee
from programmes.models import Programme

S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE, S.PAUSED)
TO_COME = (S.PLANNED, S.QUEUED, S.WAITING)
ENDED = (S.COMPLETED, S.WITHDRAWN)


@dataclass(frozen=True)
class Standing:
    """Where somebody stands, in one ``sentence``, which is empty while nothing was decided."""

    sentence: str
    programme: Programme | None
    enrolment: Enrolment | None
    placement: Placement | None  # the decision that led here
    reason: str  # HR's own, where it did not just agree
    recommendation: Recommendation | None
    response: Response | None
    history: list[Enrolment]


def standing(employee: Employee, on: date) -> Standing:
    """Everything a learner's page says about them on a day."""
    history = history_of(employee.pk, on=on)
    placed = Placement.objects.filter(employee=employee).order_by("-decided_on", "-id")
    decisions = list(placed.select_related("programme", "decided_by__employee", "recommendation__response"))
    placement = next((decision for decision in decisions if decision.is_current), None)
    is_to_follow = placement is not None and dates_to_follow(on).filter(pk=placement.pk).exists()
    main = _main(history, placement, is_to_follow=is_to_follow)
    to_follow = placement if is_to_follow else None
    nominated_by = _nominated_by(main)
    decision = _decision(main, decisions) if main else placement
    said = Recommendation.objects.filter(employee=employee, is_latest=True).select_related("programme", "response")
    under_way = Response.objects.filter(employee=employee, submitted_at=None).first()
    comes = _what_comes(history, main, to_follow, on)
    return Standing(
        sentence=_sentence(main, decision, nominated_by, comes, on),
        programme=main.programme if main else placement.programme if placement else None,
        enrolment=main,
        placement=decision,
        reason=decision.reason if decision and not nominated_by else "",
        recommendation=said.first(),
        response=under_way,
        history=history,
    )


def _decision(main: Enrolment, decisions: list[Placement]) -> Placement | None:
    """The decision that an enrolment carries out: the one it names, else the latest for its programme."""
    named = (decision for decision in decisions if decision.pk == main.placement_id)
    same = (decision for decision in decisions if decision.programme_id == main.programme_id)
    return next(named, None) or next(same, None)


def _main(history: list[Enrolment], placement: Placement | None, *, is_to_follow: bool) -> Enrolment | None:
    """What to speak of: what runs, else what comes first, else what ended last unless HR decided otherwise since."""
    for statuses in (RUNNING, TO_COME):
        if found := next((e for e in history if e.status in statuses), None):
            return found
    ended = [e for e in history if e.status in ENDED and e.ended_on]
    last = max(ended, key=lambda e: e.ended_on or date.min, default=None)
    is_news = placement is not None and (is_to_follow or placement.programme_id is None)
    if last and placement and is_news and placement.decided_on > (last.ended_on or date.min):
        return None
    return last


def _sentence(main: Enrolment | None, placement: Placement | None, nominated_by: str, comes: str, on: date) -> str:
    if main:
        opening = _opening(main, on)
        why = nominated_by or _recommended(placement)
        own = "" if nominated_by else _own_words(placement)
        if main.status == S.WITHDRAWN:
            why = own = ""  # the reason to begin is none to leave
        if main.status == S.COMPLETED and why:
            why, own = "", f" You were placed on it because {why}.{own}"  # nor is it one to finish
    elif placement and placement.programme:
        opening = f"You are placed on {placement.programme.called}, dates to follow"
        why, own = _recommended(placement), _own_words(placement)
    elif placement:
        day = rules.say(placement.decided_on)
        return f"HR decided on {day} that there is no programme for you now.{_own_words(placement)}"
    else:
        return ""
    reason = f", because {why}" if why else ""
    return f"{opening}{reason}{'; ' if comes else ''}{comes}.{own}"


def _opening(main: Enrolment, on: date) -> str:
    name, start, end = main.programme.called, main.start_date, main.planned_end_date
    if main.status == S.COMPLETED and main.ended_on:
        return f"You completed {name} on {rules.say(main.ended_on)}"
    if main.status == S.WITHDRAWN and main.ended_on:
        when = f"on {rules.say(main.ended_on)}" if rules.held(main) else "before it began"
        return f"You left {name} {when}"
    if main.status == S.WAITING and main.cohort:
        place = places([main]).get(main.pk)
        number = f"number {place} " if place else ""
        return f"You are {number}on the waiting list of {main.cohort.name} for {name}"
    if main.proposed_start_date and main.proposed_end_date:
        days = f"from {rules.say(main.proposed_start_date)} to {rules.say(main.proposed_end_date)}"
        return f"You are placed on {name}; new dates are proposed, {days}, and HR confirms them or gives others"
    if start is None or end is None:
        behind = f" once {main.follows.programme.called} is closed" if main.follows else ""
        return f"You are placed on {name}, dates to follow{behind}"
    if main.status == S.OVERDUE:
        return f"You have been on {name} since {rules.say(start)}, and its planned end, {rules.say(end)}, has passed"
    if main.status == S.PAUSED and main.return_on:
        return f"You are on a break from {name} and come back on {rules.say(main.return_on)}"
    if main.status == S.PAUSED:
        return f"You are on a break from {name}, and the day you come back is not known yet"
    if start > on:
        return f"You are placed on {name}, from {rules.say(start)} to {rules.say(end)}"
    return f"You are on {name}, from {rules.say(start)} to {rules.say(end)}"


def _nominated_by(main: Enrolment | None) -> str:
    """That somebody nominated, if that is how it came about. Their reason was written to HR, so it stays there."""
    nomination = getattr(main, "nomination", None)
    if nomination is None:
        return ""
    if nomination.is_by_learner:
        return "you asked for it as your next step and HR agreed"
    return f"{nomination.nominated_by} nominated you and HR agreed"


def _recommended(placement: Placement | None) -> str:
    """The recommendation's sentence, where HR agreed with it."""
    if placement and placement.is_agreed and placement.recommendation:
        return _flowing(placement.recommendation.because)
    return ""


def _own_words(placement: Placement | None) -> str:
    """HR's own reason as a sentence of its own, because free text fits into no other."""
    reason = placement.reason.strip().rstrip(".") if placement and not _recommended(placement) else ""
    return f" HR's reason: “{reason}”." if reason else ""


def _what_comes(history: list[Enrolment], main: Enrolment | None, to_follow: Placement | None, on: date) -> str:
    """The end of the sentence: a plan with its dates, a placement without, or an idea with its first possible day."""
    if main is None:
        return ""
    after = [e for e in history if e.status in TO_COME and e.pk != main.pk]
    if after:
        following = after[0]
        when = f"from {rules.say(following.start_date)}" if following.start_date else "dates to follow"
        when = "once there is a seat" if following.status == S.WAITING else when
        return f"next comes {following.programme.called}, {when}"
    if to_follow and to_follow.programme:
        return f"next comes {to_follow.programme.called}, dates to follow"
    if main.status == S.WITHDRAWN:
        return ""
    step = next_steps([main], on=on).get(main.employee_id)
    if step is None:
        return "before it ends you hear what could come next" if main.status in Enrolment.LIVE else ""
    often = f"{step.programme.called} often comes next"
    hold = rules.held(main)
    if hold and hold.last is None:
        return f"{often}, once this one is closed"
    if step.plan.cohort and step.plan.start:  # the rules may allow a day before it
        return f"{often}, with a seat from {rules.say(step.plan.start)}"
    return f"{often}, from {rules.say(step.plan.start)} at the earliest" if step.plan.start else often


def _flowing(sentence: str) -> str:
    """A sentence as the middle of another: no capital, no full stop."""
    text = sentence.strip().rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
