"""Which status may follow which, and by whom: the tables of enrolments, of nominations and of statements."""

from enrolment.models import Enrolment, Nomination, Statement
from lifecycle.moves import START, Move, Moves

S = Enrolment.Status
N = Nomination.Status
T = Statement.Status

HR, MANAGER, LEARNER, CALENDAR = "hr", "manager", "learner", "calendar"
_HR = frozenset({HR})
_CALENDAR = frozenset({CALENDAR})
_BOTH = frozenset({HR, CALENDAR})

# `queued` has no dates yet, `waiting` no seat. What is closed can be taken up again, checked like everything else;
# nothing is final, since a wrong entry must be mendable: an undo goes back to where the closing began.
MOVES = Moves(
    subject="enrolment",
    final=frozenset(),
    moves=(
        Move("enrol", frozenset({START}), S.PLANNED, _HR, "Enrol"),
        Move("enrol_behind", frozenset({START}), S.QUEUED, _HR, "Queue behind"),
        Move("join_waiting_list", frozenset({START}), S.WAITING, _HR, "Join a waiting list"),
        Move("start", frozenset({S.PLANNED}), S.ACTIVE, _CALENDAR, "Start"),
        Move("plan", frozenset({S.QUEUED, S.WAITING}), S.PLANNED, _BOTH, "Give dates"),
        Move("promote", frozenset({S.WAITING}), S.PLANNED, _BOTH, "Give a seat"),
        Move("redate", frozenset({S.PLANNED}), S.PLANNED, _HR, "Change dates"),
        Move("change_cohort", frozenset({S.PLANNED}), S.PLANNED, _HR, "Change cohort"),
        Move("shift", frozenset({S.PLANNED}), S.PLANNED, _BOTH, "Move with what comes before"),
        Move("propose", frozenset({S.PLANNED, S.QUEUED}), S.QUEUED, _BOTH, "Propose dates"),
        Move("unpropose", frozenset({S.QUEUED}), S.QUEUED, _BOTH, "Withdraw proposed dates"),
        Move("queue", frozenset({S.PLANNED, S.WAITING}), S.QUEUED, _BOTH, "Queue"),
        Move("wait", frozenset({S.PLANNED, S.QUEUED, S.WAITING}), S.WAITING, _HR, "Wait for a seat"),
        Move("extend", frozenset({S.ACTIVE, S.OVERDUE}), S.ACTIVE, _HR, "Extend"),
        Move("shorten", frozenset({S.ACTIVE}), S.ACTIVE, _HR, "Shorten"),
        Move("begin_break", frozenset({S.ACTIVE, S.OVERDUE}), S.PAUSED, _HR, "Begin a break"),
        Move("state_return", frozenset({S.PAUSED}), S.PAUSED, _HR, "State the return"),
        Move("forget_return", frozenset({S.PAUSED}), S.PAUSED, _CALENDAR, "Return passed unconfirmed"),
        Move("end_break", frozenset({S.PAUSED}), S.ACTIVE, _HR, "End the break"),
        Move("mark_overdue", frozenset({S.ACTIVE}), S.OVERDUE, _CALENDAR, "Mark overdue"),
        Move("complete", frozenset({S.ACTIVE, S.OVERDUE}), S.COMPLETED, _HR, "Complete"),
        Move("withdraw", frozenset({S.ACTIVE, S.OVERDUE, S.PAUSED}), S.WITHDRAWN, _HR, "Withdraw"),
        Move("correct", frozenset({S.COMPLETED}), S.COMPLETED, _HR, "Correct the finish"),
        Move("correct", frozenset({S.WITHDRAWN}), S.WITHDRAWN, _HR, "Correct the last day"),
        Move("reopen", frozenset({S.COMPLETED}), S.ACTIVE, _HR, "Re-open"),
        Move("reinstate", frozenset({S.WITHDRAWN}), S.ACTIVE, _HR, "Reinstate"),
        Move("cancel", frozenset({S.PLANNED, S.QUEUED, S.WAITING}), S.CANCELLED, _BOTH, "Cancel"),
        Move("undo_withdrawal", frozenset({S.WITHDRAWN}), S.ACTIVE, _HR, "Undo the withdrawal"),
        Move("undo_withdrawal_on_break", frozenset({S.WITHDRAWN}), S.PAUSED, _HR, "Undo the withdrawal"),
        Move("undo_cancelling", frozenset({S.CANCELLED}), S.PLANNED, _HR, "Undo the cancelling"),
        Move("undo_cancelling_queued", frozenset({S.CANCELLED}), S.QUEUED, _HR, "Undo the cancelling"),
        Move("undo_cancelling_waiting", frozenset({S.CANCELLED}), S.WAITING, _HR, "Undo the cancelling"),
    ),
)

# Which undo goes back to where a closing began: by the closing move and the status it left.
UNDO = {
    ("withdraw", S.ACTIVE): "undo_withdrawal",
    ("withdraw", S.OVERDUE): "undo_withdrawal",
    ("withdraw", S.PAUSED): "undo_withdrawal_on_break",
    ("cancel", S.PLANNED): "undo_cancelling",
    ("cancel", S.QUEUED): "undo_cancelling_queued",
    ("cancel", S.WAITING): "undo_cancelling_waiting",
}

NOMINATION_MOVES = Moves(
    subject="nomination",
    final=frozenset({N.APPROVED, N.TURNED_DOWN, N.RETRACTED, N.EXPIRED}),
    moves=(
        Move("nominate", frozenset({START}), N.SUBMITTED, frozenset({HR, MANAGER, LEARNER}), "Nominate"),
        Move("ask", frozenset({START}), N.ASKED, frozenset({LEARNER}), "Ask to be nominated"),
        Move("nominate", frozenset({N.ASKED}), N.SUBMITTED, frozenset({HR, MANAGER}), "Nominate who asked"),
        Move("turn_down", frozenset({N.ASKED}), N.TURNED_DOWN, frozenset({HR, MANAGER}), "Turn down"),
        Move("take_back", frozenset({N.ASKED}), N.RETRACTED, frozenset({LEARNER}), "Take back"),
        Move("approve", frozenset({N.SUBMITTED}), N.APPROVED, _HR, "Approve and enrol"),
        Move("decline", frozenset({N.SUBMITTED}), N.DECLINED, _HR, "Decline"),
        Move("undo_declining", frozenset({N.DECLINED}), N.SUBMITTED, _HR, "Undo declining"),
        Move("retract", frozenset({N.SUBMITTED}), N.RETRACTED, frozenset({HR, MANAGER}), "Retract"),
        Move("retract", frozenset({N.ASKED}), N.RETRACTED, _HR, "Close one of two"),
        Move("give_word", frozenset({N.SUBMITTED}), N.SUBMITTED, frozenset({LEARNER}), "Give their word"),
        Move("remind", frozenset({N.SUBMITTED}), N.SUBMITTED, _CALENDAR, "Remind HR"),
        Move("escalate", frozenset({N.SUBMITTED}), N.SUBMITTED, _CALENDAR, "Escalate"),
        Move("warn", frozenset({N.SUBMITTED}), N.SUBMITTED, _CALENDAR, "Warn of the expiry"),
        Move("remind", frozenset({N.ASKED}), N.ASKED, _CALENDAR, "Remind the manager"),
        Move("escalate", frozenset({N.ASKED}), N.ASKED, _CALENDAR, "Tell HR"),
        Move("warn", frozenset({N.ASKED}), N.ASKED, _CALENDAR, "Warn of the expiry"),
        Move("expire", frozenset({N.SUBMITTED, N.ASKED}), N.EXPIRED, _CALENDAR, "Expire"),
    ),
)

# Nothing is final: what is recorded can change, and then the learner is asked again.
STATEMENT_MOVES = Moves(
    subject="statement",
    final=frozenset(),
    moves=(
        Move(
            "confirm",
            frozenset({START, T.CONFIRMED, T.DISPUTED, T.ANSWERED}),
            T.CONFIRMED,
            frozenset({LEARNER}),
            "Confirm",
        ),
        Move("dispute", frozenset({START, T.CONFIRMED, T.ANSWERED}), T.DISPUTED, frozenset({LEARNER}), "Dispute"),
        Move("answer", frozenset({T.DISPUTED}), T.ANSWERED, _HR, "Answer"),
    ),
)
