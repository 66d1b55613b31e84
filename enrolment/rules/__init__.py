"""The policy. Pure functions of their arguments, no query, no clock; days are calendar dates, both ends counted.

| the rule | file |
| --- | --- |
| what a record holds, which days two records share (domain.md §2) | `holds` |
| what refuses an enrolment or a change, who is eligible, what is to confirm (domain.md §2 and §3) | `judging` |
| the earliest legal start, the cohort that fits, and why each earlier candidate failed | `planner` |
| days for somebody who named none: after what they follow, or queued behind it | `placing` |
| what time does to a person's records, and a change of dates to the plans that come later | `calendar` |
| what each change does to a record | `changes` |
| who is promoted, and where somebody goes whose cohort moves without them or closes | `cohorts` |
| which status may follow which, and by whom | `moves` |
| what the calendar tells people of their programme, and when | `reminders` |
| who is not invited to sign in, and why | `invitations` |
| who is left out of a sending, and when the calendar reminds | `sendings` |
| an enrolment as an entry of somebody's calendar | `feeds` |
| what a learner is asked to confirm, until when, and where that stands | `statements` |
| what a day does to a nomination that waits; which days are working days | `nominations`, `working_days` |
"""

from enrolment.rules import changes, cohorts
from enrolment.rules.calendar import (
    MOVED,
    PROPOSED,
    QUEUED,
    UNPROPOSED,
    Day,
    Facts,
    Shift,
    Was,
    as_shifted,
    chain_ahead,
    day_for,
    is_movable,
    knock_on,
    lose_days,
    stand_behind,
)
from enrolment.rules.holds import (
    Clash,
    Days,
    as_left,
    between,
    clashes,
    days_said,
    days_told,
    held,
    held_on,
    is_open_ended,
)
from enrolment.rules.judging import (
    Refusal,
    Refuse,
    already_on,
    change_refusal,
    clash_sentence,
    closing_refusal,
    dates_refusal,
    earliest_said,
    eligibility_refusal,
    facts_to_confirm,
    judge,
    undo_refusal,
    warnings,
)
from enrolment.rules.moves import CALENDAR, HR, LEARNER, MANAGER, MOVES, NOMINATION_MOVES, STATEMENT_MOVES, UNDO
from enrolment.rules.placing import place
from enrolment.rules.planner import (
    Away,
    Case,
    Obstacle,
    Opening,
    Plan,
    Tried,
    crowded,
    earliest_legal_start,
    notice,
    obstacle,
    plan_cohort,
    plan_days,
)
from people.rules import birthday, say

__all__ = [
    "CALENDAR",
    "HR",
    "LEARNER",
    "MANAGER",
    "MOVED",
    "MOVES",
    "NOMINATION_MOVES",
    "PROPOSED",
    "QUEUED",
    "STATEMENT_MOVES",
    "UNDO",
    "UNPROPOSED",
    "Away",
    "Case",
    "Clash",
    "Day",
    "Days",
    "Facts",
    "Obstacle",
    "Opening",
    "Plan",
    "Refusal",
    "Refuse",
    "Shift",
    "Tried",
    "Was",
    "already_on",
    "as_left",
    "as_shifted",
    "between",
    "birthday",
    "chain_ahead",
    "change_refusal",
    "changes",
    "clash_sentence",
    "clashes",
    "closing_refusal",
    "cohorts",
    "crowded",
    "dates_refusal",
    "day_for",
    "days_said",
    "days_told",
    "earliest_legal_start",
    "earliest_said",
    "eligibility_refusal",
    "facts_to_confirm",
    "held",
    "held_on",
    "is_movable",
    "is_open_ended",
    "judge",
    "knock_on",
    "lose_days",
    "notice",
    "obstacle",
    "place",
    "plan_cohort",
    "plan_days",
    "say",
    "stand_behind",
    "undo_refusal",
    "warnings",
]
