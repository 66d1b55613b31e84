"""What happens to the people of the story: who answers, is placed, starts, overruns, leaves. Pure.

A tale is a list of turns of one person, each on a day before today (negative) or today (0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from enrolment.demo.names import DEPARTMENTS
from enrolment.demo.people import (
    CHIEF,
    COLLEAGUE_ACCOUNT,
    DIRECTOR,
    HEAD,
    HR_ACCOUNT,
    LEADER,
    MANAGER_ACCOUNT,
    STAFF,
    Person,
)

PRACTITIONER, LITERACY = "ai-practitioner", "ai-leadership-literacy"
GOVERNANCE, TRANSFORMATION = "ai-governance", "ai-transformation"
NEXT = {LITERACY: GOVERNANCE, GOVERNANCE: TRANSFORMATION, TRANSFORMATION: GOVERNANCE, PRACTITIONER: TRANSFORMATION}
LONG_AGO = 20  # days
FULL = 35  # days to the start of the cohort whose seats run out


@dataclass(frozen=True)
class Turn:
    """One thing that happens to one person: ``day`` from today, ``what``, and its facts."""

    day: int
    what: str
    person: Person
    facts: dict[str, Any] = field(default_factory=dict)


type Tale = Callable[[Person, Random], Iterator[Turn]]


def answers(person: Person, chance: Random) -> dict[str, str]:
    """What this person would answer: by tier and department."""
    if person.tier in (CHIEF, DIRECTOR):
        return {"role": "senior_leader", "does": "sets_direction", "stage": "exploring", "need": "understand"}
    if person.tier == HEAD:
        role = "assurance_lead" if "Risk" in DEPARTMENTS[person.department or 0][0] else "senior_manager"
        return {"role": role, "does": "decides_governs", "stage": "choosing", "need": "govern"}
    if person.tier == LEADER:
        return {"role": "delivery_lead", "does": "oversees_delivery", "stage": "embedding", "need": "deliver"}
    role = DEPARTMENTS[person.department or 0][1]
    return {"role": role, "does": "improves_work", "stage": chance.choice(("exploring", "choosing")), "need": "build"}


def usual(person: Person) -> str:
    """The programme that those answers lead to."""
    usually = {CHIEF: LITERACY, DIRECTOR: LITERACY, HEAD: GOVERNANCE, LEADER: TRANSFORMATION}
    return usually.get(person.tier, PRACTITIONER)


def placed(person: Person, chance: Random, day: int, **otherwise: str | None) -> Iterator[Turn]:
    """Answers, and some days later HR's decision: agreed, or otherwise with its ``reason`` and ``programme``."""
    yield Turn(day, "answer", person, {"answers": answers(person, chance)})
    yield Turn(min(day + chance.randint(2, 5), 0), "decide", person, dict(otherwise))


def on_unit(person: Person, chance: Random, *, cohort: int, asked: int) -> Iterator[Turn]:
    """Placed, and given a seat in the cohort that begins about ``cohort`` days from today."""
    yield from placed(person, chance, asked)
    yield Turn(asked + 6, "enrol", person, {"programme": usual(person), "cohort": cohort})


def told(person: Person, day: int) -> Iterator[Turn]:
    """What a completed programme changed at work, and what it saved; one in four has said nothing yet."""
    if person.number % 4:
        changed = UNIT_CHANGED if usual(person) != PRACTITIONER else WORK_CHANGED
        said, hours, pounds = changed[person.number % len(changed)]
        yield Turn(day, "tell", person, {"changed": said, "hours": hours, "pounds": pounds})


def completed_unit(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit taken and finished in the summer; most have told since what it changed."""
    yield from on_unit(person, chance, cohort=-112, asked=-140)
    yield Turn(-84, "complete", person, {"ended": -85})
    yield from told(person, -70)


def completed_and_next(person: Person, chance: Random) -> Iterator[Turn]:
    """The same, and the next unit that follows by the manager's nomination."""
    yield from completed_unit(person, chance)
    following = NEXT[usual(person)]
    yield Turn(-40, "nominate", person, {"programme": following, "reason": chance.choice(REASONS_NEXT)})
    cohort = 35 if chance.random() < 0.5 else -14
    yield Turn(-36, "approve", person, {"programme": following, "cohort": cohort, "reason": ""})


def active_unit(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit that is running, and ends soon."""
    yield from on_unit(person, chance, cohort=-14, asked=-45)


def planned_unit(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit in a cohort to come."""
    yield from on_unit(person, chance, cohort=35, asked=-chance.randint(12, 25))


def overdue_unit(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit past its planned end that nobody closed."""
    yield from on_unit(person, chance, cohort=-49, asked=-75)


def queued_behind(person: Person, chance: Random) -> Iterator[Turn]:
    """A second unit, planned, which an overrun pushed."""
    yield from overdue_unit(person, chance)
    yield Turn(-30, "nominate", person, {"programme": NEXT[usual(person)], "reason": chance.choice(REASONS_NEXT)})
    yield Turn(-27, "approve", person, {"programme": NEXT[usual(person)], "start": 12, "days": 28, "reason": ""})


def withdrawn_unit(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit left half-way."""
    yield from on_unit(person, chance, cohort=-112, asked=-140)
    yield Turn(-98, "withdraw", person, {"ended": -99, "reason": chance.choice(REASONS_LEFT)})


def cancelled_plan(person: Person, chance: Random) -> Iterator[Turn]:
    """A plan called off before it began."""
    yield from placed(person, chance, -60)
    yield Turn(-52, "enrol", person, {"programme": usual(person), "start": 20, "days": _days(person)})
    yield Turn(-9, "cancel", person, {"reason": chance.choice(REASONS_CANCELLED)})


def undecided(person: Person, chance: Random) -> Iterator[Turn]:
    """Answered lately; HR has not decided."""
    yield Turn(-chance.randint(0, 12), "answer", person, {"answers": answers(person, chance)})


def fits_nobody(person: Person, chance: Random) -> Iterator[Turn]:
    """Answers that no rule fits: a person decides."""
    given = {"role": "other", "does": "none_of_these", "stage": "not_sure", "need": "not_sure"}
    yield Turn(-chance.randint(1, 9), "answer", person, {"answers": given})


def under_way(person: Person, chance: Random) -> Iterator[Turn]:
    """Two questions answered, the rest another day."""
    given = dict(list(answers(person, chance).items())[:2])
    yield Turn(-chance.randint(0, 6), "begin", person, {"answers": given})


def dates_to_follow(person: Person, chance: Random) -> Iterator[Turn]:
    """Placed, not enrolled yet."""
    yield from placed(person, chance, -chance.randint(6, 18))


def none_for_now(person: Person, chance: Random) -> Iterator[Turn]:
    """HR decided for no programme now."""
    yield from placed(person, chance, -chance.randint(10, 40), programme=None, reason=chance.choice(REASONS_NONE))


def otherwise(person: Person, chance: Random) -> Iterator[Turn]:
    """HR decided for another programme than the rules said."""
    yield from placed(person, chance, -60, programme=TRANSFORMATION, reason="Leads the roll-out in this team.")
    yield Turn(-50, "enrol", person, {"programme": TRANSFORMATION, "cohort": chance.choice((-14, 35))})


def apprentice(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship that is running."""
    start = -chance.randint(30, 300)
    yield from placed(person, chance, start - 40)
    yield Turn(start - 20, "enrol", person, {"programme": usual(person), "start": start})


def apprentice_ending(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship in its last weeks; for half of them a unit is planned from the day after."""
    yield from placed(person, chance, -310)
    last = chance.randint(9, 24)
    yield Turn(-295, "enrol", person, {"programme": usual(person), "start": -270, "end": last})
    if person.number % 2:  # the two mostly share a month, which the hand-off warns of
        yield Turn(-20, "enrol", person, {"programme": NEXT[usual(person)], "start": last + 1, "days": 28})


def apprentice_overdue(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship whose assessment is late."""
    yield from placed(person, chance, -330)
    yield Turn(-315, "enrol", person, {"programme": usual(person), "start": -300, "end": -chance.randint(5, 20)})


def apprentice_done(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship finished with its assessment."""
    yield from placed(person, chance, -345)
    yield Turn(-340, "enrol", person, {"programme": usual(person), "start": -325, "end": -30})
    yield Turn(-25, "complete", person, {"ended": -28})
    yield from told(person, -18)


def apprentice_planned(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship that begins with the next cohort."""
    yield from placed(person, chance, -chance.randint(20, 45))
    yield Turn(-14, "enrol", person, {"programme": usual(person), "cohort": 49})


def apprentice_left(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship left after some months."""
    start = -chance.randint(150, 280)
    yield from placed(person, chance, start - 30)
    yield Turn(start - 14, "enrol", person, {"programme": usual(person), "start": start})
    last = start + chance.randint(40, 120)
    yield Turn(last + 3, "withdraw", person, {"ended": last, "reason": chance.choice(REASONS_LEFT)})


def never_attended(person: Person, chance: Random) -> Iterator[Turn]:
    """Enrolled, and never came."""
    yield from placed(person, chance, -80)
    yield Turn(-70, "enrol", person, {"programme": usual(person), "start": -50})
    yield Turn(-44, "withdraw", person, {"ended": -50, "reason": "Did not attend; moved to another project."})


def nominated(person: Person, chance: Random) -> Iterator[Turn]:
    """Nominated; HR has not answered."""
    yield Turn(-chance.randint(1, 11), "nominate", person, _wish(person, chance))


def wished(person: Person, chance: Random) -> Iterator[Turn]:
    """Asked to be nominated; the manager has not answered."""
    yield Turn(-chance.randint(1, 6), "ask", person, {"programme": usual(person), "reason": WISH})


def wished_turned_down(person: Person, chance: Random) -> Iterator[Turn]:
    """Asked to be nominated; the manager said why not now."""
    day = -chance.randint(12, 40)
    yield Turn(day, "ask", person, {"programme": usual(person), "reason": WISH})
    yield Turn(day + 2, "turn_down", person, {"reason": "After the year end, gladly."})


def nominated_declined(person: Person, chance: Random) -> Iterator[Turn]:
    """Nominated, and declined with a reason."""
    day = -chance.randint(20, 60)
    yield Turn(day, "nominate", person, _wish(person, chance))
    yield Turn(day + 3, "decline", person, {"reason": chance.choice(REASONS_DECLINED)})


def nominated_retracted(person: Person, chance: Random) -> Iterator[Turn]:
    """Nominated, and taken back."""
    day = -chance.randint(20, 50)
    yield Turn(day, "nominate", person, _wish(person, chance))
    yield Turn(day + 4, "retract", person, {"reason": chance.choice(REASONS_RETRACTED)})


def nominated_approved(person: Person, chance: Random) -> Iterator[Turn]:
    """Nominated, approved, enrolled."""
    day = -chance.randint(40, 90)
    yield Turn(day, "nominate", person, _wish(person, chance))
    yield Turn(day + 3, "approve", person, {"start": day + chance.randint(20, 60), "reason": ""})


def learner(person: Person, chance: Random) -> Iterator[Turn]:
    """The learner who signs in by one click: a unit behind them, the apprenticeship running, a unit to come."""
    yield Turn(
        -168, "nominate", person, {"programme": LITERACY, "reason": "Asks the right questions in every meeting."}
    )
    yield Turn(-165, "approve", person, {"programme": LITERACY, "cohort": -140, "reason": ""})
    yield Turn(-112, "complete", person, {"ended": -113})
    yield from placed(person, chance, -96)
    yield Turn(-88, "enrol", person, {"programme": PRACTITIONER, "cohort": -77})
    yield Turn(-30, "nominate", person, {"programme": TRANSFORMATION, "reason": "Should lead a roll-out afterwards."})
    yield Turn(-26, "approve", person, {"programme": TRANSFORMATION, "start": 477, "days": 28, "reason": ""})


def nominated_while_running(person: Person, chance: Random) -> Iterator[Turn]:
    """On an apprenticeship, and nominated for a unit all the same: it holds nothing, and warns."""
    yield from apprentice(person, chance)
    yield Turn(-4, "nominate", person, {"programme": TRANSFORMATION, "reason": "Will lead our next roll-out."})


def on_break(person: Person, chance: Random) -> Iterator[Turn]:
    """An apprenticeship that stands still; for every other one nobody knows until when."""
    start = -chance.randint(150, 280)
    yield from placed(person, chance, start - 40)
    yield Turn(start - 20, "enrol", person, {"programme": usual(person), "start": start})
    known = {"return": chance.randint(18, 40), "end": start + 640} if person.number % 2 else {}
    yield Turn(-chance.randint(6, 30), "pause", person, {"reason": chance.choice(REASONS_PAUSED), **known})


def follower_proposed(person: Person, chance: Random) -> Iterator[Turn]:
    """A unit that runs longer than planned, so that the unit behind it waits for HR's yes to other dates."""
    yield from active_unit(person, chance)
    yield Turn(-8, "follow", person, {"programme": NEXT[usual(person)]})
    yield Turn(-3, "extend", person, {"end": 44, "reason": "The provider repeats two sessions in the new year."})


def gives_seat_up(person: Person, chance: Random) -> Iterator[Turn]:
    """A seat that becomes free the day before today; whoever waits first and may have it gets it."""
    yield from for_the_roll_out(person, chance)
    yield Turn(-30, "enrol", person, {"programme": TRANSFORMATION, "cohort": FULL})
    yield Turn(-1, "cancel", person, {"reason": chance.choice(REASONS_CANCELLED)})


def waits_and_clashes(person: Person, chance: Random) -> Iterator[Turn]:
    """First on a waiting list, and since then on another unit on those days: passed over, with a cure."""
    yield from for_the_roll_out(person, chance)
    yield Turn(-5, "fill", person, {"programme": TRANSFORMATION, "cohort": FULL})
    yield Turn(-5, "enrol", person, {"programme": TRANSFORMATION, "cohort": FULL, "wait": True})
    yield Turn(-4, "nominate", person, {"programme": GOVERNANCE, "reason": chance.choice(REASONS_NEXT)})
    yield Turn(-2, "approve", person, {"programme": GOVERNANCE, "start": FULL - 7, "days": 28, "reason": ""})


def waits(person: Person, chance: Random) -> Iterator[Turn]:
    """On the waiting list of a full cohort."""
    yield from for_the_roll_out(person, chance)
    yield Turn(-4, "enrol", person, {"programme": TRANSFORMATION, "cohort": FULL, "wait": True})


def for_the_roll_out(person: Person, chance: Random) -> Iterator[Turn]:
    """Placed by HR otherwise than the rules said."""
    yield from placed(person, chance, -60, programme=TRANSFORMATION, reason="Leads the roll-out in this team.")


def nothing(person: Person, chance: Random) -> Iterator[Turn]:
    """Nobody has asked yet."""
    yield from ()


# How often each tale is told. Leaders take units; staff take the apprenticeship.
LEADERS: tuple[tuple[Tale, int], ...] = (
    (completed_unit, 7),
    (completed_and_next, 6),
    (active_unit, 6),
    (follower_proposed, 2),
    (overdue_unit, 3),
    (queued_behind, 3),
    (planned_unit, 6),
    (withdrawn_unit, 2),
    (cancelled_plan, 2),
    (undecided, 5),
    (dates_to_follow, 3),
)
OTHERS: tuple[tuple[Tale, int], ...] = (
    (apprentice, 36),
    (undecided, 12),
    (apprentice_planned, 11),
    (nominated, 6),
    (dates_to_follow, 5),
    (under_way, 6),
    (nominated_declined, 4),
    (nominated_approved, 5),
    (apprentice_left, 5),
    (otherwise, 4),
    (cancelled_plan, 3),
    (apprentice_done, 4),
    (apprentice_ending, 4),
    (nominated_retracted, 3),
    (none_for_now, 3),
    (fits_nobody, 3),
    (apprentice_overdue, 2),
    (never_attended, 1),
    (on_break, 3),
    (gives_seat_up, 1),
    (waits_and_clashes, 1),
    (waits, 3),
    (wished, 3),
    (wished_turned_down, 2),
)
# The team of the manager who signs in by one click: one of everything, in order.
TEAM: tuple[Tale, ...] = (
    learner,
    apprentice_overdue,
    nothing,  # joins soon
    apprentice_planned,
    nominated_while_running,
    undecided,
    dates_to_follow,
    nothing,
)


def turns(crowd: Sequence[Person], *, seed: int) -> list[Turn]:
    """Everything that happens to these people, in order of day; the same people and seed give the same turns."""
    chance = Random(seed)  # an invented story, not a secret
    others = (HR_ACCOUNT, COLLEAGUE_ACCOUNT, MANAGER_ACCOUNT)
    leaders = [p for p in crowd if p.tier in (DIRECTOR, HEAD, LEADER) and p.number not in others]
    team = [p for p in crowd if p.manager == MANAGER_ACCOUNT]
    staff = [p for p in crowd if p.tier == STAFF and p.manager != MANAGER_ACCOUNT and not p.employed_until]
    told: list[Turn] = []
    for person, tale in zip(team, TEAM, strict=False):
        told += tale(person, chance)
    for pool, tales in ((leaders, LEADERS), (staff, OTHERS)):
        chance.shuffle(pool)
        for person, tale in zip(pool, (tale for tale, often in tales for _ in range(often)), strict=False):
            told += tale(person, chance)
    return sorted(map(_in_weeks, told), key=lambda turn: turn.day)


def _in_weeks(turn: Turn) -> Turn:
    """What was decided long ago was decided once a week, for many at a time; what somebody ended keeps its day."""
    if turn.day >= -LONG_AGO or turn.what in ("complete", "withdraw", "cancel", "pause"):
        return turn
    return replace(turn, day=turn.day // 7 * 7)


def _days(person: Person) -> int | None:
    return None if usual(person) == PRACTITIONER else 28


def _wish(person: Person, chance: Random) -> dict[str, Any]:
    return {"programme": usual(person), "reason": chance.choice(REASONS)}


REASONS = (
    "Spends two days a week copying figures between systems and wants to change that.",
    "Built our first automated report alone; a programme would give it a base.",
    "The team turns to them whenever a process is slow.",
    "Volunteered for the pilot of the document assistant.",
    "Has ideas for the month-end and needs the skills to try them.",
)
REASONS_NEXT = (
    "Now writes our business cases and should know what good governance looks like.",
    "Takes over the roll-out next quarter.",
    "Sits on the new AI steering group.",
)
# What changed at work, the hours it saves a month, the pounds a year.
UNIT_CHANGED: tuple[tuple[str, int | None, int | None], ...] = (
    ("We stopped two pilots that nobody could govern, and wrote down what the next has to show.", None, 18000),
    ("The board report has a page on AI risks, and I can answer the questions about it.", 6, None),
    ("Suppliers answer our list of questions on data and testing before we buy.", 10, 7500),
)
WORK_CHANGED: tuple[tuple[str, int | None, int | None], ...] = (
    ("The weekly figures are put together by a flow that I check, where two of us copied them before.", 22, 9400),
    ("Incoming requests are sorted by a model; a person looks at what it is unsure of.", 30, 12500),
    ("I built the month-end comparison myself; it finds differences on the first day.", 14, None),
)
REASONS_PAUSED = ("Parental leave.", "Long-term sickness.", "A secondment without time to learn.")
REASONS_LEFT = ("Workload in the team.", "Moved to another role.", "Family reasons; would like to come back later.")
REASONS_CANCELLED = ("The project was postponed.", "Would like to wait until after the busy season.")
REASONS_NONE = (
    "On secondment until the spring; we look again then.",
    "Finishing an accountancy qualification first.",
    "Agreed with the person: next year.",
)
REASONS_DECLINED = (
    "The unit is for people who lead a roll-out; the questionnaire would show what fits better.",
    "Two people of this team start next month; one more would leave it short.",
)
WISH = "I would use it every week."
REASONS_RETRACTED = ("Changed teams.", "We agreed to wait for the spring cohort.")
