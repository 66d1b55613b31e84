"""What the pages ask: a version's questions and table, where a person stands with theirs, a recommendation in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404

from assessment import rules
from assessment.models import (
    Asked,
    Option,
    Placement,
    Question,
    Questionnaire,
    QuestionnaireEvent,
    Recommendation,
    Response,
    Rule,
    SecondLook,
    Sending,
)
from people.models import Employee, User
from people.queries import may_speak_for, rows_of
from programmes.models import Programme


@dataclass(frozen=True)
class Version:
    """One version of the questionnaire, read whole: its words for people, its table for the rules."""

    questionnaire: Questionnaire
    questions: tuple[Question, ...]
    ordered_rules: tuple[Rule, ...]
    table: rules.Table

    def question(self, code: str) -> Question | None:
        """The question with this code, or None."""
        return next((question for question in self.questions if question.code == code), None)

    def option(self, code: str, option: str) -> Option | None:
        """The option of a question, or None."""
        question = self.question(code)
        return next((o for o in question.options.all() if o.code == option), None) if question else None

    def said(self, code: str, option: str) -> str:
        """What an answer reads like after “you said that”, from its codes."""
        found = self.option(code, option)
        return (found.phrase or found.label) if found else option

    def known(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Of these answers those that the questions really offer, in their order."""
        open_questions = set(self.table.unanswered(answers))
        return {q.code: answers[q.code] for q in self.questions if q.code not in open_questions}


def published() -> Version:
    """The version that people answer today; Http404 while none is published."""
    return version(get_object_or_404(Questionnaire, status=Questionnaire.Status.PUBLISHED))


def version(questionnaire: Questionnaire) -> Version:
    """A version with its questions, options and rules: three queries, however many there are."""
    questions = tuple(questionnaire.questions.prefetch_related("options"))
    ordered_rules = tuple(questionnaire.rules.select_related("programme"))
    table = rules.Table(
        questions=tuple(rules.Question(q.code, tuple(o.code for o in q.options.all())) for q in questions),
        rules=tuple(
            rules.Rule(
                position=row.position,
                conditions={code: frozenset(options) for code, options in row.conditions.items()},
                programme=row.programme.code if row.programme else None,
                because=row.because,
            )
            for row in ordered_rules
        ),
    )
    return Version(questionnaire, questions, ordered_rules, table)


def assumed(version: Version, employee: Employee) -> dict[str, Any]:
    """What a person's job title suggests, as answers that are marked as assumed; no query."""
    offered = {q.code: {o.code: o.job_titles for o in q.options.all()} for q in version.questions}
    found = {code: rules.suggested(titles, employee.job_title) for code, titles in offered.items()}
    answers = {code: option for code, option in found.items() if option}
    return {"answers": answers, "assumed": list(answers)}


def published_at(moment: datetime) -> Version:
    """The version that people answered at a moment: the newest that was not published later.

    Raises Questionnaire.DoesNotExist where none was.
    """
    ever = Questionnaire.objects.filter(published_on__isnull=False)
    later = QuestionnaireEvent.objects.filter(move="publish", at__gt=moment).order_by().values("subject")
    return version(ever.exclude(pk__in=later).latest("version"))


def placement_of(employee: Employee) -> Placement | None:
    """The current decision about a person, or None. There is at most one, so no order is asked for."""
    return next(iter(Placement.objects.current().filter(employee=employee).order_by()), None)


def asking(people: Collection[Employee]) -> dict[int, Sending]:
    """By person (row id), the open sending that asks them and that they have not begun to answer; the newest one.

    One query. Whoever has begun has a response that says which sending it is for.
    """
    begun = Response.objects.filter(sending=OuterRef("sending_id"), employee=OuterRef("employee_id")).order_by()
    rows = Asked.objects.filter(employee__in=rows_of(person.pk for person in people), sending__ended_on=None)
    rows = rows.filter(~Exists(begun)).select_related("sending").order_by("sending__sent_at", "sending_id")
    return {row.employee_id: row.sending for row in rows}


def asked(employee: Employee) -> Sending | None:
    """The open sending that waits for this person’s answers, begun or not; the newest one, or None."""
    answered = Response.objects.filter(employee=employee, submitted_on__gte=OuterRef("sent_on")).order_by()
    rows = Sending.objects.open().filter(asked__employee=employee).filter(~Exists(answered))
    return rows.order_by("-sent_at", "-pk").first()


@dataclass(frozen=True)
class Standing:
    """Where one person is with their questionnaire: who asks, answers under way, what came of the last ones sent."""

    asked: Sending | None
    under_way: Response | None
    latest: Recommendation | None


def standing(employee: Employee) -> Standing:
    """What a person is asked for, could carry on with, and was last told."""
    return Standing(
        asked=asked(employee),
        under_way=employee.responses.filter(submitted_at=None).select_related("questionnaire", "answered_by").first(),
        latest=employee.recommendations.filter(is_latest=True).select_related("programme", "response").first(),
    )


@dataclass(frozen=True)
class Instead:
    """Another outcome (no programme: a person decides), and the answers that would have led to it, instead of which."""

    programme: Programme | None
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Ruled:
    """A rule that did not decide, in words: the answers that ruled it out; none where it only came later."""

    position: int
    programme: Programme | None
    ruled_out_by: tuple[str, ...]


@dataclass(frozen=True)
class Explained:
    """A verdict in words, for the page that shows it; ``answers`` are those it used: pairs of question and answer."""

    programme: Programme | None
    because: str
    answers: tuple[tuple[str, str], ...]
    is_all_used: bool
    nearest: tuple[Instead, ...]
    lost: tuple[Ruled, ...]

    @property
    def runner_up(self) -> Instead | None:
        """The programme nearest to the one recommended."""
        return next((instead for instead in self.nearest if instead.programme), None)

    @property
    def programmes(self) -> tuple[Instead, ...]:
        """The programmes that are near, nearest first."""
        return tuple(instead for instead in self.nearest if instead.programme)

    @property
    def smallest(self) -> Instead | None:
        """The smallest change, where it leads to a person's decision instead of to the runner-up."""
        return self.nearest[0] if self.nearest and self.nearest[0].programme is None else None


def explain(answered: Version, answers: Mapping[str, str]) -> Explained:
    """What the rules say of complete answers, in words."""
    verdict = rules.recommend(answered.table, answered.known(answers))
    lost = [(one.rule.position, one.rule.programme, one.ruled_out_by) for one in verdict.lost]
    return _in_words(answered, answers, verdict.programme, verdict.because, verdict.answers_used, lost, verdict.nearest)


def explain_made(answered: Version, made: Recommendation, answers: Mapping[str, str]) -> Explained:
    """A recommendation in words, from the proof kept with it; what is near follows from its version, which stands."""
    programme = made.programme.code if made.programme else None
    lost = [(one["rule"], one["programme"], one["ruled_out_by"]) for one in made.lost]
    nearest = rules.nearest(answered.table, answered.known(answers))
    return _in_words(answered, answers, programme, made.because, made.answers_used, lost, nearest)


def _in_words(
    answered: Version,
    answers: Mapping[str, str],
    programme: str | None,
    because: str,
    used: Mapping[str, str],
    lost: Iterable[tuple[int, str | None, Mapping[str, str]]],
    nearest: Iterable[rules.Change],
) -> Explained:
    programmes = {row.code: row for row in Programme.objects.all()}
    return Explained(
        programme=programmes[programme] if programme else None,
        because=because,
        answers=tuple(rows(answered, used)),
        is_all_used=len(used) == len(answered.questions),
        nearest=tuple(
            Instead(
                programmes[change.programme] if change.programme else None,
                tuple(
                    (short, said, instead)
                    for (short, instead), (_, said) in zip(
                        rows(answered, change.answers),
                        rows(answered, {code: answers[code] for code in change.answers}),
                        strict=True,
                    )
                ),
            )
            for change in nearest
        ),
        lost=tuple(
            Ruled(
                position,
                programmes[code] if code else None,
                tuple(answered.said(*pair) for pair in answered.known(out).items()),
            )
            for position, code, out in lost
        ),
    )


def rows(answered: Version, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of question and answer in words, in the order of the questions."""
    return [
        (question.short, option.label)
        for question in answered.questions
        if (option := answered.option(question.code, answers.get(question.code, "")))
    ]


def recommendation(response: Response) -> Recommendation:
    """What the rules said of a response that was sent."""
    return Recommendation.objects.select_related("programme").get(response=response)


def decision(recommendation: Recommendation) -> Placement | None:
    """What was decided on a recommendation, or None while it waits."""
    return Placement.objects.filter(recommendation=recommendation).select_related("programme", "decided_by").first()


def may_ask_again(employee: Employee, user: User) -> bool:
    """Whether somebody may ask for a second look about a person: themself, their manager, or HR on their behalf."""
    return bool(may_speak_for(user, [employee.pk]))


def open_second_look(employee: Employee, user: User) -> SecondLook | None:
    """The second look about a person that has no outcome yet, if the reader may see it."""
    return SecondLook.objects.visible_to(user).filter(employee=employee, closed_on=None).first()


@dataclass(frozen=True)
class RuleInWords:
    """One rule as people read it: pairs of question and the answers it accepts, the programme, and why."""

    position: int
    conditions: tuple[tuple[str, tuple[str, ...]], ...]
    programme: Programme | None
    because: str


def rules_in_words(answered: Version) -> list[RuleInWords]:
    """The rules of a version in the order in which they decide; options in the order in which people see them."""
    return [
        RuleInWords(
            row.position,
            tuple(
                (q.short, tuple(o.label for o in q.options.all() if o.code in row.conditions[q.code]))
                for q in answered.questions
                if q.code in row.conditions
            ),
            row.programme,
            row.because,
        )
        for row in answered.ordered_rules
    ]
