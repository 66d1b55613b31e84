"""Who should take what, and why: the questionnaire, its decision table, a person's answers, what the rules say."""

from assessment.models.decisions import Complaint, Placement, Recommendation, SecondLook
from assessment.models.questionnaires import Acceptance, Option, Question, Questionnaire, QuestionnaireEvent, Rule
from assessment.models.responses import Asked, Response, Sending

__all__ = [
    "Acceptance",
    "Asked",
    "Complaint",
    "Option",
    "Placement",
    "Question",
    "Questionnaire",
    "QuestionnaireEvent",
    "Recommendation",
    "Response",
    "Rule",
    "SecondLook",
    "Sending",
]
