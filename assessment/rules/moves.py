"""Which status of a questionnaire may follow which, and by whom."""

from assessment.models import Questionnaire
from lifecycle.moves import START, Move, Moves

S = Questionnaire.Status
HR = "hr"
_HR = frozenset({HR})
_OPEN = frozenset({S.DRAFT, S.CHECKED})

# What was published is never open again: a correction is a new version, drafted from it.
QUESTIONNAIRE_MOVES = Moves(
    subject="questionnaire",
    final=frozenset({S.RETIRED}),
    moves=(
        Move("draft", frozenset({START}), S.DRAFT, _HR, "Draft a new version"),
        Move("bring_in", frozenset({START}), S.DRAFT, _HR, "Import a version"),
        Move("edit", _OPEN, S.DRAFT, _HR, "Edit"),
        Move("check", frozenset({S.DRAFT}), S.CHECKED, _HR, "Check"),
        Move("publish", frozenset({S.CHECKED}), S.PUBLISHED, _HR, "Publish"),
        Move("retire", frozenset({S.PUBLISHED}), S.RETIRED, _HR, "Retire"),
        Move("discard", _OPEN, S.RETIRED, _HR, "Discard"),
    ),
)
