"""The questionnaire's policy. Pure functions over codes; words and rows are somebody else's.

| what | file |
| --- | --- |
| the decision table: first match wins, else a person decides | `table` |
| the proof of one recommendation: answers used, rules that lost, what is near | `proof` |
| the certificate: what a table does over all combinations of answers, exactly; what moved between two | `certificate` |
"""

from assessment.rules.certificate import Cell, Certificate, Persona, Problem, Share, certify, compare
from assessment.rules.proof import NOBODY_FITS, Change, Lost, Verdict, is_settled, nearest, recommend, used
from assessment.rules.table import Answers, Compiled, Outcome, Question, Rule, Table

__all__ = [
    "NOBODY_FITS",
    "Answers",
    "Cell",
    "Certificate",
    "Change",
    "Compiled",
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
    "is_settled",
    "nearest",
    "recommend",
    "used",
]
