"""The certificate of a version: computed once for what it says, however often it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from assessment import queries, rules
from assessment.models import Questionnaire
from assessment.queries import Version
from programmes.models import Programme

MOST_KEPT = 32  # versions a process remembers: a draft's revisions, those published, and what they are held against


@dataclass(frozen=True)
class Said:
    """A table, and all of it that a certificate depends on as one text, by which two are the same or not.

    A revision's number would say it too, but not that a withdrawn programme or another published version changes the
    certificate of a draft that nobody has touched, nor that a restored database counts from elsewhere.
    """

    text: str
    table: rules.Table = field(compare=False)


def said(table: rules.Table) -> Said:
    """A table as what it says: its questions with their options and its rules, each in order."""
    asked = [[question.code, question.options] for question in table.questions]
    rows = [
        [rule.position, sorted((code, sorted(options)) for code, options in rule.conditions.items()), rule.programme]
        for rule in table.rules
    ]
    return Said(json.dumps([asked, rows]), table)


@lru_cache(maxsize=MOST_KEPT)
def certified(what: Said, programmes: tuple[str, ...], against: Said | None) -> rules.Certificate:
    """The certificate of what a table says; the second time it is asked for it is there already."""
    return rules.certify(what.table, programmes, published=against.table if against else None)


@lru_cache(maxsize=MOST_KEPT)
def deciding(what: Said) -> frozenset[str]:
    """The questions on which an outcome of a table depends, found once like its certificate."""
    return rules.deciding_questions(what.table)


def certify(asked: Version) -> rules.Certificate:
    """The certificate of a version: over every programme that can be taken, and against the published version."""
    codes = tuple(Programme.objects.filter(withdrawn_on=None).order_by("position").values_list("code", flat=True))
    is_open = asked.questionnaire.status in {Questionnaire.Status.DRAFT, Questionnaire.Status.CHECKED}
    standing = Questionnaire.objects.published().first() if is_open else None
    against = said(queries.version(standing).table) if standing else None
    return certified(said(asked.table), codes, against)


def certificate_facts(asked: Version) -> dict[str, Any]:
    """A certificate as commands answer it: shares are exact fractions, every key always present (design.md)."""
    found = certify(asked)
    return {
        "questionnaire": asked.questionnaire.name,
        "version": asked.questionnaire.version,
        "ok": found.is_ok,
        "combinations": found.combinations,
        "rules": [
            {
                "position": share.position,
                "programme": share.programme,
                "combinations": share.combinations,
                "share": str(share.share),
            }
            for share in found.rules
        ],
        "person_decides": {"combinations": found.person_decides, "share": str(found.share(found.person_decides))},
        "programmes": dict(found.programmes),
        "problems": [
            {
                "code": problem.code,
                "rule": problem.rule,
                "programme": problem.programme,
                "persona": problem.persona,
                "swallowed_by": list(problem.swallowed_by),
                "combinations": problem.combinations,
            }
            for problem in found.problems
        ],
    }
