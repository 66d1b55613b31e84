"""What the pages of versions ask: a version as a document, its certificate in words, what keeps it unpublished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from assessment import queries, rules
from assessment.models import Questionnaire, QuestionnaireEvent
from assessment.queries import Version, certificates
from assessment.queries.replay import unaccepted
from programmes.models import Programme

PERSON = "A person decides"
OPTION_WORDS = ("label", "hint", "phrase", "job_titles")
OPEN = (Questionnaire.Status.DRAFT, Questionnaire.Status.CHECKED)


def document(version: Version) -> dict[str, Any]:
    """A version as its file says it: what is exported, copied into a draft, and compared."""
    return {
        "version": version.questionnaire.version,
        "name": version.questionnaire.name,
        "questions": [
            {
                "code": question.code,
                "text": question.text,
                "short": question.short,
                "hint": question.hint,
                "options": [
                    {name: getattr(option, name) for name in ("code", *OPTION_WORDS)}
                    for option in question.options.all()
                ],
            }
            for question in version.questions
        ],
        "rules": [
            {
                "if": row.conditions,
                "then": row.programme.code if row.programme else None,
                "because": row.because,
            }
            for row in version.ordered_rules
        ],
    }


def open_draft() -> Questionnaire | None:
    """The version that is being written, or None. There is at most one."""
    return Questionnaire.objects.filter(status__in=OPEN).select_related("edited_by__employee").first()


def programme_names() -> dict[str, str]:
    """The names of all programmes by code."""
    return dict(Programme.objects.order_by("position").values_list("code", "name"))


@dataclass(frozen=True)
class Bar:
    """One outcome's part of all combinations, drawn and said."""

    code: str
    label: str
    combinations: int
    share: Fraction

    @property
    def percent(self) -> str:
        """The width of the bar, for the drawing."""
        return f"{float(self.share) * 100:.3f}"

    @property
    def words(self) -> str:
        """The part as people say it."""
        return in_words(self.share)

    @property
    def exact(self) -> str:
        """The part as a fraction, where it is one."""
        return str(self.share)


@dataclass(frozen=True)
class ProblemInWords:
    """One thing that keeps a version from being published: a sentence, whom it would meet, and where to mend it."""

    sentence: str
    persona: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]  # (text, address)
    add_query: str  # what a new rule for this persona starts with, as a query string; empty: none is needed


@dataclass(frozen=True)
class CertificateInWords:
    """What a version does over all combinations of answers: its picture, each rule's share, and what is wrong."""

    is_ok: bool
    combinations: int
    bars: tuple[Bar, ...]
    shares: Mapping[int, Bar]
    problems: tuple[ProblemInWords, ...]


def certificate(version: Version) -> CertificateInWords:
    """The certificate of a version in words; exact, over every combination."""
    found, names = certificates.certify(version), programme_names()
    bars = [Bar(code, names[code], count, found.share(count)) for code, count in found.programmes.items()]
    bars.append(Bar("", PERSON, found.person_decides, found.share(found.person_decides)))
    shares = {
        share.position: Bar(share.programme or "", str(share.position), share.combinations, share.share)
        for share in found.rules
    }
    problems = tuple(_problem(version, problem, names) for problem in found.problems)
    return CertificateInWords(found.is_ok, found.combinations, tuple(bars), shares, problems)


def in_words(share: Fraction) -> str:
    """A part in percent, never rounded to nothing nor to everything: 37.2 %, less than 0.1 %."""
    percent = float(share) * 100
    if share == 0:
        return "none"
    if percent < 0.1:
        return "less than 0.1 %"
    if share < 1 and percent > 99.9:
        return "more than 99.9 %"
    return f"{percent:.1f}".removesuffix(".0") + " %"


def _problem(version: Version, problem: rules.Problem, names: Mapping[str, str]) -> ProblemInWords:
    persona = tuple(queries.rows(version, problem.persona or {}))
    name = names.get(problem.programme or "", "")
    if problem.code == "rule_never_fires":
        takers = [f"rule {position}" for position in problem.swallowed_by]
        who = " and ".join(", ".join(takers).rsplit(", ", 1))
        takes = "stands above it and takes" if len(takers) == 1 else "stand above it and together take"
        sentence = f"Rule {problem.rule} never decides: {who} {takes} everything that it would."
        positions = [position for position in (problem.rule, *problem.swallowed_by) if position]
        return ProblemInWords(sentence, persona, tuple((f"Rule {p}", f"#rule-{p}") for p in positions), "")
    if problem.code == "programme_unreachable":
        sentence = f"No answers lead to {name}. A rule has to lead there, above the rules that take its people."
        return ProblemInWords(sentence, (), (), urlencode({"programme": problem.programme or ""}))
    sets = "1 combination" if problem.combinations == 1 else f"{problem.combinations:,} combinations"
    sentence = f"No rule fits {sets} of answers that the published version sends to {name}, this one among them."
    asked = {"programme": problem.programme or "", **(problem.persona or {})}
    return ProblemInWords(sentence, persona, _taken_today(problem.persona or {}), urlencode(asked))


def _taken_today(persona: rules.Persona) -> tuple[tuple[str, str], ...]:
    """The row of the published version that decides for a persona, as a link."""
    published = queries.published()
    row = published.table.deciding(persona)
    address = reverse("assessment:version", args=[published.questionnaire.public_id])
    text = f"Rule {row.position} of version {published.questionnaire.version} takes them today" if row else ""
    return ((text, f"{address}#rule-{row.position}"),) if row else ()


def hindrances(version: Version) -> list[str]:
    """What keeps a checked version from being published, a sentence each: its certificate, and who would move."""
    found = certificates.certify(version)
    names = programme_names()
    open_groups = [
        f"{count:,} answers that led to {names.get(before or '', PERSON)} would lead to "
        f"{names.get(after or '', PERSON)}: look at them in the replay and accept them, or change the rules."
        for (before, after), count in unaccepted(version).items()
    ]
    return [_problem(version, problem, names).sentence for problem in found.problems] + open_groups


def meanwhile(questionnaire: Questionnaire, revision: int) -> list[QuestionnaireEvent]:
    """The edits of a draft since the revision that somebody was shown, oldest first."""
    edits = questionnaire.events.filter(move="edit").select_related("by__employee").order_by("-id")
    return list(edits[: max(questionnaire.revision - revision, 0)])[::-1]


def history(questionnaire: Questionnaire) -> Any:
    """What became of a version, newest first."""
    return questionnaire.events.select_related("by__employee").order_by("-id")


def moved(after: Version, before: Version) -> list[tuple[str, str, Bar]]:
    """How many combinations of answers lead elsewhere than in another version: from, to, and how many."""
    names = programme_names()
    total = after.table.count()
    found: dict[tuple[str, str], int] = {}
    for (was, now, _), cell in rules.compare(after.table, before.table).items():
        if was != now:
            key = names.get(was or "", PERSON), names.get(now or "", PERSON)
            found[key] = found.get(key, 0) + cell.combinations
    return [
        (was, now, Bar("", now, count, Fraction(count, total)))
        for (was, now), count in sorted(found.items(), key=lambda item: -item[1])
    ]
