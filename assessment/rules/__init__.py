"""The questionnaire's policy. Pure functions over codes; words and rows are somebody else's.

| what | file |
| --- | --- |
| the decision table: first match wins, else a person decides | `table` |
| the proof of one recommendation: answers used, rules that lost, what is near | `proof` |
| the certificate: what a table does over all combinations of answers, exactly; what moved between two | `certificate` |
| a version as a document: what a file may say, and which line of it is wrong | `document` |
| two documents compared, in words | `differences` |
| what a job title suggests, before anybody answers | `assuming` |
| how long a question counts as open | `timing` |
| which status may follow which | `moves` |
"""

from assessment.rules.assuming import suggested
from assessment.rules.certificate import (
    Cell,
    Certificate,
    Persona,
    Problem,
    Share,
    certify,
    compare,
    deciding_questions,
)
from assessment.rules.differences import Difference, condition_in_words, differences
from assessment.rules.document import Fault, faults
from assessment.rules.moves import HR, QUESTIONNAIRE_MOVES
from assessment.rules.proof import NOBODY_FITS, Change, Lost, Verdict, is_settled, nearest, recommend, used
from assessment.rules.table import Answers, Compiled, Outcome, Question, Rule, Table

__all__ = [
    "HR",
    "NOBODY_FITS",
    "QUESTIONNAIRE_MOVES",
    "Answers",
    "Cell",
    "Certificate",
    "Change",
    "Compiled",
    "Difference",
    "Fault",
    "Lost",
    "Outcome",
    "Persona",
    "Problem",
    "Question",
    "Rule",
    "Share",
    "Table",
    "Verdict",
    "certify",
    "compare",
    "condition_in_words",
    "deciding_questions",
    "differences",
    "faults",
    "is_settled",
    "nearest",
    "recommend",
    "suggested",
    "used",
]
