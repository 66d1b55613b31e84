"""How long people take over a version: the median of each question and of the whole, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from assessment.queries import Version
from assessment.rules import timing as rules

MOST = 10_000  # the latest responses that are looked at, however many there are
MEDIANS = """
WITH latest AS (
    SELECT id, seconds FROM assessment_response
    WHERE questionnaire_id = %s AND submitted_at IS NOT NULL AND NOT is_on_behalf AND NOT (seconds = '{}'::jsonb)
    ORDER BY submitted_at DESC LIMIT %s
), open AS (
    SELECT latest.id, one.key AS code, one.value::int AS seconds
    FROM latest, jsonb_each_text(latest.seconds) AS one
)
SELECT code, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM open GROUP BY code
UNION ALL
SELECT '', count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY total)
FROM (SELECT sum(seconds) AS total FROM open WHERE code = ANY(%s) GROUP BY id HAVING count(*) = %s) AS whole
"""


@dataclass(frozen=True)
class Taken:
    """The median time of one question, said and drawn: ``percent`` is its part of the slowest one's."""

    label: str
    responses: int
    words: str
    percent: int


@dataclass(frozen=True)
class Timing:
    """How long people take: the whole (None while nobody's is known), whether that is the aim, and each question."""

    responses: int
    whole: str
    is_quick: bool
    questions: tuple[Taken, ...]


def timing(version: Version) -> Timing | None:
    """The medians of a version over its latest responses that people sent themselves; None while none has any."""
    pk, codes = version.questionnaire.pk, [question.code for question in version.questions]
    with connection.cursor() as cursor:
        cursor.execute(MEDIANS, [pk, MOST, codes, len(codes)])
        medians = {code: (count, median) for code, count, median in cursor.fetchall()}
    responses, whole = medians.pop("")
    found = {code: one for code, one in medians.items() if code in codes}
    if not found:
        return None
    longest = max(median for _, median in found.values()) or 1
    return Timing(
        responses=responses,
        whole=rules.in_words(whole) if responses else "",
        is_quick=bool(responses) and whole < rules.AIM_SECONDS,
        questions=tuple(
            Taken(question.short, count, rules.in_words(median), round(100 * median / longest))
            for question in version.questions
            if question.code in found
            for count, median in [found[question.code]]
        ),
    )
