"""How each move that HR makes is asked and said: its form, its action, its words. `moves` is the page of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enrolment.actions import changes as actions
from enrolment.forms import moves as forms
from enrolment.forms.moves import MoveForm


@dataclass(frozen=True)
class Way:
    """How a move is asked and said: its form, its action, its title before the programme's name, what it means.

    ``box`` is where a refusal is shown; ``pushes`` whether its knock-on is confirmed; ``is_timed`` whether the action
    wants the moment.
    """

    form: type[MoveForm]
    action: Callable[..., Any]
    button: str
    title: str
    consequence: str
    box: str | None = None
    pushes: bool = True
    is_timed: bool = False
    is_danger: bool = False


WAYS = {
    "redate": Way(
        forms.RedateForm,
        actions.redate,
        "Change the dates",
        "Change the dates of",
        "These dates are its own from now on, not a cohort’s. The programme version follows the start.",
        "start_date",
    ),
    "change_cohort": Way(
        forms.CohortForm,
        actions.change_cohort,
        "Change the cohort",
        "Change the cohort of",
        "It gets the cohort’s dates and a seat; the seat it has is free at once.",
        "cohort",
    ),
    "extend": Way(
        forms.EndForm,
        actions.extend,
        "Extend",
        "Extend",
        "It runs until the new planned end, that day included.",
        "planned_end_date",
    ),
    "shorten": Way(
        forms.EndForm,
        actions.shorten,
        "Shorten",
        "Shorten",
        "The days after the new planned end are free.",
        "planned_end_date",
    ),
    "begin_break": Way(
        forms.BreakForm,
        actions.begin_break,
        "Begin the break",
        "Begin a break from",
        "Until a return date is known, it holds on and plans that come later lose their dates.",
        "return_on",
    ),
    "state_return": Way(
        forms.ReturnForm,
        actions.state_return,
        "State the return",
        "State the return to",
        "A return that passes unconfirmed becomes unknown that day.",
        "return_on",
    ),
    "end_break": Way(
        forms.EndForm,
        actions.end_break,
        "End the break",
        "End the break from",
        "The learner is back from today, until the planned end that you confirm.",
        "planned_end_date",
    ),
    "complete": Way(
        forms.CompleteForm,
        actions.complete,
        "Complete",
        "Complete",
        "The days after the actual finish are free.",
        "ended_on",
    ),
    "withdraw": Way(
        forms.WithdrawForm,
        actions.withdraw,
        "Withdraw",
        "Withdraw",
        "The last day of learning still counts; the days after it are free.",
        "ended_on",
        is_danger=True,
    ),
    "correct": Way(
        forms.CorrectForm,
        actions.correct,
        "Correct the day",
        "Correct the day that ended",
        "What was recorded before stays in the history.",
        "ended_on",
    ),
    "reopen": Way(
        forms.TakeUpForm,
        actions.reopen,
        "Re-open",
        "Re-open",
        "It runs again from its start, as if it had not been completed.",
        "planned_end_date",
    ),
    "reinstate": Way(
        forms.TakeUpForm,
        actions.reinstate,
        "Reinstate",
        "Reinstate",
        "It runs again from its start. In a cohort it needs a seat again.",
        "planned_end_date",
    ),
    "cancel": Way(
        forms.CancelForm,
        actions.cancel,
        "Cancel",
        "Cancel",
        "Its days and its seat are free at once.",
        is_danger=True,
        pushes=False,
    ),
    "queue": Way(
        forms.QueueForm,
        actions.queue,
        "Queue",
        "Queue",
        "It loses its dates and its seat and holds nothing until dates are given.",
        "behind",
        pushes=False,
    ),
    "wait": Way(
        forms.CohortForm,
        actions.wait,
        "Join the waiting list",
        "Join a waiting list for",
        "It holds nothing until a seat is free; seats go to those who wait longest.",
        "cohort",
        is_timed=True,
        pushes=False,
    ),
    "undo": Way(
        forms.UndoForm,
        actions.undo,
        "Undo",
        "Undo the last move of",
        "It goes back to where it was, if its days and its seat are still free.",
        is_timed=True,
        pushes=False,
    ),
}
PAGES = frozenset({*WAYS, "plan"})  # moves with a page; `undo` stands for every move that undoes
