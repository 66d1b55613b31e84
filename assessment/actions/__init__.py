"""Answering, sending, deciding: the only code that writes responses, recommendations and placements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models.functions import Now

from assessment import queries, rules
from assessment.models import Placement, Questionnaire, Recommendation, Response, SecondLook, Sending
from assessment.rules.timing import counted
from people.actions.notices import withdraw_notices
from people.models import Employee, User
from people.queries import may_speak_for, rows_of
from people.reach import acts_for
from people.rules import has_left
from programmes.models import Programme

LOOKED_AT = "A second look is open: its reviewer writes first what came of it."


@dataclass(frozen=True)
class Answered:
    """Answers given to one response: option codes by question code, some or all of them.

    ``seconds`` is how long each of these questions was open, where that is known.
    """

    response: Response
    answers: Mapping[str, str]
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """HR's decision about one person: a programme or none for now; ``recommendation`` is the one it answers, if any.

    ``is_informed`` without one: decided in the knowledge that none waits, and refused if one does by now.
    """

    employee: Employee
    programme: Programme | None
    recommendation: Recommendation | None = None
    reason: str = ""
    is_informed: bool = False


@transaction.atomic
def begin(people: Sequence[Employee], *, by: User | None, on: date) -> list[Response]:
    """Begin the published questionnaire for each person, or give back the response that they have under way.

    A response belongs to the version it began with, even when a newer one is published before it is sent; and to the
    sending that asks the person, if one does. What their record suggests is chosen beforehand, as assumed. Raises
    PermissionDenied, as `answer` and `submit` do, for anybody but the person, who has them in their line, and their HR.
    """
    _lock((person.pk for person in people), by)
    under_way = {row.employee_id: row for row in Response.objects.filter(employee__in=people, submitted_at=None)}
    published = queries.version(Questionnaire.objects.get(status=Questionnaire.Status.PUBLISHED))
    asking = queries.asking(people)
    new = {
        person.pk: Response(
            questionnaire=published.questionnaire,
            employee=person,
            sending=asking.get(person.pk),
            started_on=on,
            **queries.assumed(published, person),
            **answered_by(person, by),
        )
        for person in people
        if person.pk not in under_way
    }
    Response.objects.bulk_create(new.values())
    responses = under_way | new
    return [responses[person.pk] for person in people]


@transaction.atomic
def answer(given: Sequence[Answered], *, by: User | None) -> list[Response | ValidationError]:
    """Keep answers as they are given; other answers of the same response stay. One result for each, in order.

    Refused with ``response_sent`` when it has been sent, with ``unknown_answer`` when its version does not offer one.
    """
    _lock((one.response.employee_id for one in given), by)
    responses = _fresh(one.response for one in given)
    versions = _versions(responses.values())
    results: list[Response | ValidationError] = []
    changed: dict[int, Response] = {}
    for one in given:
        response = responses[one.response.pk]
        refusal = _answers_refusal(versions[response.questionnaire_id], response, one.answers)
        if refusal:
            results.append(refusal)
            continue
        response.answers = {**response.answers, **one.answers}
        response.assumed = [code for code in response.assumed if code not in one.answers]
        known = {code: counted(response.seconds.get(code, 0), taken) for code, taken in one.seconds.items()}
        response.seconds = {**response.seconds, **known}
        for name, value in answered_by(response.employee, by).items():
            setattr(response, name, value)
        changed[response.pk] = response
        results.append(response)
    Response.objects.bulk_update(changed.values(), ["answers", "assumed", "seconds", "answered_by", "is_on_behalf"])
    return results


@transaction.atomic
def submit(responses: Sequence[Response], *, by: User | None, on: date) -> list[Recommendation | ValidationError]:
    """Send answers: each response gets its recommendation with the whole proof, which becomes the person's latest.

    A response that was sent before gives back the recommendation it has. Refused with ``answers_missing``.
    """
    _lock((response.employee_id for response in responses), by)
    fresh = _fresh(responses)
    versions = _versions(fresh.values())
    programmes = {programme.code: programme for programme in Programme.objects.all()}
    results: dict[int, Recommendation | ValidationError] = {
        row.response_id: row for row in Recommendation.objects.filter(response__in=fresh).select_related("programme")
    }
    made: list[Recommendation] = []
    asking = queries.asking([row.employee for row in fresh.values() if row.sending is None and row.pk not in results])
    for response in fresh.values():
        if response.pk in results:
            continue
        version = versions[response.questionnaire_id]
        if refusal := missing_refusal(version, response.given):
            results[response.pk] = refusal
            continue
        response.sending = response.sending or asking.pop(response.employee_id, None)
        made.append(_recommendation(response, version, programmes, on=on))
        results[response.pk] = made[-1]
    for own in (True, False):
        sent = [r.response_id for r in made if _is_own(r.employee, by) is own]
        Response.objects.filter(pk__in=sent).update(
            submitted_on=on, submitted_at=Now(), answered_by=by, is_on_behalf=not own
        )
    Response.objects.bulk_update([fresh[row.response_id] for row in made], ["sending"])
    Recommendation.objects.filter(employee__in=[r.employee_id for r in made], is_latest=True).update(is_latest=False)
    Recommendation.objects.bulk_create(made)
    _end_letters([row.employee_id for row in made])
    return [results[response.pk] for response in responses]


@transaction.atomic
def place(decisions: Sequence[Decision], *, by: User, on: date) -> list[Placement | ValidationError]:
    """Decide where people are placed: a programme, or none for now. One result for each decision, in order.

    Judged in the order given, each seeing those accepted before it; about one person the last is the current one, and
    what it replaces stays as history. The same decision again gives the same placement. Refused with ``not_yours``
    (somebody else's HR decides), ``own_placement`` (nobody decides about themself), ``left``, ``reason_missing``
    (unless it agrees with what was recommended), ``recommendation_outdated`` (the person has answered again),
    ``already_decided`` (otherwise, by somebody), ``second_look_open`` (its reviewer writes first what came of it, so
    that nobody settles it by deciding again).
    """
    people = {person.pk: person for person in _locked(decision.employee.pk for decision in decisions)}
    latest = {
        row.pk: row
        for row in Recommendation.objects.filter(employee__in=people, is_latest=True).select_related(
            "programme", "placement__programme", "placement__decided_by"
        )
    }
    current = {row.employee_id: row for row in Placement.objects.current().filter(employee__in=people)}
    looked_at = set(SecondLook.objects.open().filter(employee__in=people).values_list("employee_id", flat=True))
    results: list[Placement | ValidationError] = []
    made: list[Placement] = []
    for decision in decisions:
        person = decision.employee.pk
        refusal = _not_theirs(people[person], by) or _left(people[person], on)
        result = refusal or _placement(decision, latest, current.get(person), by=by, on=on)
        is_new = isinstance(result, Placement) and result is not current.get(person)
        if is_new and person in looked_at:
            result = ValidationError(LOOKED_AT, code="second_look_open")
        elif isinstance(result, Placement) and is_new:
            if person in current:
                current[person].is_current = False
            current[person] = result
            made.append(result)
        results.append(result)
    Placement.objects.filter(employee__in=[row.employee_id for row in made], is_current=True).update(is_current=False)
    Placement.objects.bulk_create(made)
    answered = [row.recommendation_id for row in made if row.recommendation_id]
    Recommendation.objects.filter(pk__in=answered).update(is_decided=True)
    return results


def _locked(people: Iterable[int]) -> list[Employee]:
    """Lock the people first, in id order; every action here begins so."""
    return list(Employee.objects.filter(pk__in=set(people)).locked())


def _lock(people: Iterable[int], by: User | None) -> None:
    """Lock the people, and refuse whoever may not answer for all of them."""
    locked = {person.pk for person in _locked(people)}
    if by is not None and locked - may_speak_for(by, locked):
        raise PermissionDenied("The person, their manager or their HR answers.")


def _not_theirs(person: Employee, by: User) -> ValidationError | None:
    """A decision is for those who act as HR for this person; that nobody decides about themself is said as such."""
    if acts_for(by, person) or person.user_id == by.pk:
        return None
    return ValidationError("This person is in none of your departments: HR of theirs decides.", code="not_yours")


def _left(person: Employee, on: date) -> ValidationError | None:
    return ValidationError(f"{person.name} has left.", code="left") if has_left(person.employed_until, on) else None


def _fresh(responses: Iterable[Response]) -> dict[int, Response]:
    """The responses as they are now that their people are locked."""
    rows = Response.objects.filter(pk__in=[response.pk for response in responses])
    return {row.pk: row for row in rows.select_related("questionnaire", "employee__user", "sending")}


def _versions(responses: Iterable[Response]) -> dict[int, queries.Version]:
    """The versions that these responses began with."""
    questionnaires = {response.questionnaire_id: response.questionnaire for response in responses}
    return {pk: queries.version(questionnaire) for pk, questionnaire in questionnaires.items()}


def _end_letters(people: Sequence[int]) -> None:
    """Whoever has answered is asked by no sending any more: letters of theirs that have not gone out do not go."""
    asked = Sending.objects.filter(asked__employee__in=rows_of(people)).order_by().distinct()
    withdraw_notices(asked.values_list("public_id", flat=True), of=people)


def _is_own(employee: Employee, by: User | None) -> bool:
    """Whether somebody answers for themself."""
    return by is not None and employee.user_id == by.pk


def answered_by(employee: Employee, by: User | None) -> dict[str, object]:
    """Who answers, recorded: on the person's behalf unless it is the person."""
    return {"answered_by": by, "is_on_behalf": not _is_own(employee, by)}


def _answers_refusal(
    version: queries.Version, response: Response, answers: Mapping[str, str]
) -> ValidationError | None:
    if response.submitted_on:
        return ValidationError("These answers were sent before and stay as they are.", code="response_sent")
    return unknown_refusal(version, answers)


def unknown_refusal(version: queries.Version, answers: Mapping[str, str]) -> ValidationError | None:
    """Why answers (option codes by question code) are not all of a version's, or None when they are."""
    if unknown := [code for code, option in answers.items() if version.option(code, option) is None]:
        return ValidationError(f"This is not an answer to “{unknown[0]}”.", code="unknown_answer")
    return None


def missing_refusal(version: queries.Version, answers: Mapping[str, str]) -> ValidationError | None:
    """Why answers cannot be sent yet, or None when no question of the version is left open."""
    if version.table.unanswered(answers):
        return ValidationError("Some questions are not answered yet.", code="answers_missing")
    return None


def _recommendation(
    response: Response, version: queries.Version, programmes: Mapping[str, Programme], *, on: date
) -> Recommendation:
    """What the table says of a response, as the row that keeps its proof."""
    verdict = rules.recommend(version.table, version.known(response.answers))
    change = verdict.smallest_change
    deciding = verdict.rule.position if verdict.rule else None
    return Recommendation(
        response=response,
        employee=response.employee,
        programme=programmes[verdict.programme] if verdict.programme else None,
        rule=next((row for row in version.ordered_rules if row.position == deciding), None),
        because=verdict.because,
        answers_used=verdict.answers_used,
        lost=[
            {"rule": one.rule.position, "programme": one.rule.programme, "ruled_out_by": one.ruled_out_by}
            for one in verdict.lost
        ],
        runner_up=programmes[verdict.runner_up] if verdict.runner_up else None,
        smallest_change={"programme": change.programme, "answers": change.answers} if change else None,
        made_on=on,
    )


def _placement(
    decision: Decision, latest: Mapping[int, Recommendation], current: Placement | None, *, by: User, on: date
) -> Placement | ValidationError:
    """The placement that a decision makes, ``current`` where it is the same decision, or why it is refused."""
    if _is_own(decision.employee, by):
        return ValidationError("Nobody decides about themself: ask a colleague in HR.", code="own_placement")
    recommendation = None
    if decision.recommendation:
        recommendation = latest.get(decision.recommendation.pk)
        if recommendation is None or recommendation.employee_id != decision.employee.pk:
            return _outdated(decision)
        made: Placement | None = getattr(recommendation, "placement", None)
        if made and made.is_current and made.programme_id == (decision.programme.pk if decision.programme else None):
            return current or made
        if made:
            return ValidationError(
                f"{made.decided_by or 'Somebody'} has decided on this: {made.programme or 'none for now'}.",
                code="already_decided",
            )
    elif current and _is_same(decision, current, by=by, on=on):
        return current
    elif decision.is_informed and _has_answered(decision, latest):
        return _outdated(decision)
    agrees = bool(recommendation and recommendation.programme and recommendation.programme == decision.programme)
    reason = decision.reason.strip()
    if not agrees and not reason:
        return ValidationError("Say why you decide otherwise.", code="reason_missing")
    return Placement(
        employee=decision.employee,
        recommendation=recommendation,
        programme=decision.programme,
        is_agreed=agrees,
        reason=reason,
        decided_by=by,
        decided_on=on,
    )


def _is_same(decision: Decision, placement: Placement, *, by: User, on: date) -> bool:
    """Whether a placement is what this very decision made before, where no recommendation tells the two apart."""
    return (
        placement.recommendation_id is None
        and placement.programme_id == (decision.programme.pk if decision.programme else None)
        and placement.reason == decision.reason.strip()
        and placement.decided_by_id == by.pk
        and placement.decided_on == on
    )


def _has_answered(decision: Decision, latest: Mapping[int, Recommendation]) -> bool:
    """Whether a recommendation about the person waits for a decision."""
    mine = (row for row in latest.values() if row.employee_id == decision.employee.pk)
    return any(not hasattr(row, "placement") for row in mine)


def _outdated(decision: Decision) -> ValidationError:
    """The person has answered after the decision was begun; nobody decides on answers they have not read."""
    return ValidationError(
        f"{decision.employee.name} has answered since you opened this page: decide on the latest recommendation.",
        code="recommendation_outdated",
    )
