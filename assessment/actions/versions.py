"""A version's life: drafted or brought in from a file, checked, published in the place of the old one, discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from assessment import queries, rules
from assessment.models import Acceptance, Option, Question, Questionnaire, QuestionnaireEvent, Rule
from assessment.queries import authoring, certificates
from assessment.queries.replay import Way, replay
from people.models import User
from people.reach import refuse_unless_everywhere
from programmes.models import Programme

S = Questionnaire.Status


@transaction.atomic
def draft(*, by: User, on: date, reason: str) -> Questionnaire:
    """A new draft, the same as the published version. Raises ValidationError ``draft_open``, ``reason_missing``."""
    published = _all_locked(S.PUBLISHED)
    content = authoring.document(queries.version(published)) if published else {}
    return _begin("draft", content, published, by=by, on=on, reason=_given(reason))


@transaction.atomic
def bring_in(content: Mapping[str, Any], *, by: User, on: date, reason: str) -> Questionnaire:
    """A new draft that says what a document says, which ``rules.faults`` found nothing against.

    Raises ValidationError ``draft_open``, ``reason_missing``.
    """
    published = _all_locked(S.PUBLISHED)
    return _begin("bring_in", content, published, by=by, on=on, reason=_given(reason))


@transaction.atomic
def check(version: Questionnaire, *, revision: int, by: User, on: date, reason: str = "") -> Questionnaire:
    """Check a draft as it stands: its certificate has to be without problems.

    Raises ValidationError ``move_not_allowed``, ``changed_meanwhile``, ``certificate_failed``.
    """
    now = locked(version, "check", revision=revision)
    if not certificates.certify(queries.version(now)).is_ok:
        raise ValidationError("The certificate names what has to be mended first.", code="certificate_failed")
    return _move(now, "check", by=by, on=on, reason=reason)


@transaction.atomic
def publish(version: Questionnaire, *, revision: int, by: User, on: date, reason: str) -> Questionnaire:
    """Publish a checked version and retire the one before, at once: there is always exactly one that people answer.

    Who is in the middle of the old version finishes it. What was true when it was checked is asked again, since the
    programmes may have changed. Raises ValidationError ``move_not_allowed``, ``changed_meanwhile``, ``not_ready``,
    ``reason_missing``.
    """
    reason = _given(reason)
    before = _all_locked(S.PUBLISHED)
    now = locked(version, "publish", revision=revision)
    if found := authoring.hindrances(queries.version(now)):
        raise ValidationError([ValidationError(sentence, code="not_ready") for sentence in found])
    if before:
        _move(before, "retire", by=by, on=on, reason=f"Version {now.version} takes its place.")
    now.published_on = on
    return _move(now, "publish", by=by, on=on, reason=reason)


@transaction.atomic
def accept(
    version: Questionnaire, ways: Sequence[Way], *, revision: int, by: User, on: date, reason: str
) -> list[Acceptance]:
    """Say of groups of past answers that it is right for them to lead elsewhere; publishing wants it of every group.

    It holds for the version as it stands and for as many as they are now. Raises ValidationError ``reason_missing``,
    ``changed_meanwhile``, ``unknown_group`` where nothing goes that way.
    """
    reason = _given(reason)
    now = locked(version, "publish", revision=revision)
    moved = replay(queries.version(now)).moved
    if any(way not in moved for way in ways):
        raise ValidationError("These answers do not lead elsewhere any more.", code="unknown_group")
    rows = [
        Acceptance(
            questionnaire=now,
            revision=now.revision,
            before=before or "",
            after=after or "",
            people=moved[before, after],
            reason=reason,
            by=by,
            on=on,
        )
        for before, after in ways
    ]
    return Acceptance.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["questionnaire", "revision", "before", "after"],
        update_fields=["people", "reason", "by", "on"],
    )


@transaction.atomic
def discard(version: Questionnaire, *, revision: int, by: User, on: date, reason: str) -> Questionnaire:
    """Put a draft away unpublished. It stays to be read. Raises ValidationError as ``publish`` does."""
    reason = _given(reason)
    return _move(locked(version, "discard", revision=revision), "discard", by=by, on=on, reason=reason)


def locked(version: Questionnaire, move: str, *, revision: int) -> Questionnaire:
    """The version as it is, locked, if it may make a move and is as somebody was shown it.

    Raises ValidationError ``changed_meanwhile`` with who changed what, ``move_not_allowed``.
    """
    now = Questionnaire.objects.select_for_update(no_key=True).get(pk=version.pk)
    rules.QUESTIONNAIRE_MOVES.check(move, now.status, rules.HR)
    if now.revision != revision:
        raise ValidationError("This version was changed after you opened the page.", code="changed_meanwhile")
    return now


def keep_edit(edited: Questionnaire, what: str, *, by: User, on: date, reason: str = "") -> Questionnaire:
    """Count an edit of an open version, and remember who made it and what it was; what was checked is a draft again."""
    edited.edited_by = by
    Questionnaire.objects.filter(pk=edited.pk).update(revision=F("revision") + 1, edited_by=by, edited_at=Now())
    edited.refresh_from_db(fields=["revision", "edited_at"])
    return _move(edited, "edit", by=by, on=on, reason=f"{what} {reason.strip()}".strip())


def _move(version: Questionnaire, move: str, *, by: User, on: date, reason: str) -> Questionnaire:
    """Make a move of a locked version, with its event; PermissionDenied unless by HR of the whole organisation."""
    refuse_unless_everywhere(by)
    before = version.status
    version.status = rules.QUESTIONNAIRE_MOVES.check(move, before, rules.HR).target
    version.save(update_fields=["status", "published_on"])
    QuestionnaireEvent.objects.create(
        subject=version, move=move, from_status=before, to_status=version.status, by=by, on=on, reason=reason
    )
    return version


def _all_locked(status: str) -> Questionnaire | None:
    """The version of this status, once all versions are locked: beginning and publishing wait for each other."""
    rows = list(Questionnaire.objects.select_for_update(no_key=True).order_by("pk"))
    return next((row for row in rows if row.status == status), None)


def _begin(
    move: str, content: Mapping[str, Any], source: Questionnaire | None, *, by: User, on: date, reason: str
) -> Questionnaire:
    refuse_unless_everywhere(by)
    if is_open := authoring.open_draft():
        who = f"{is_open.edited_by} edited it last" if is_open.edited_by else "nobody has edited it"
        raise ValidationError(f"Version {is_open.version} is being drafted already: {who}.", code="draft_open")
    made = Questionnaire.objects.create(
        version=(Questionnaire.objects.aggregate(last=Max("version"))["last"] or 0) + 1,
        name=content["name"],
        drafted_from=source,
        edited_by=by,
    )
    Questionnaire.objects.filter(pk=made.pk).update(edited_at=Now())
    _write(made, content)
    QuestionnaireEvent.objects.create(subject=made, move=move, to_status=made.status, by=by, on=on, reason=reason)
    return made


def _write(version: Questionnaire, content: Mapping[str, Any]) -> None:
    """The questions, options and rules of a document, as rows of a draft."""
    questions = Question.objects.bulk_create(
        Question(
            questionnaire=version,
            position=position,
            code=one["code"],
            text=one["text"].strip(),
            short=one["short"].strip(),
            hint=one.get("hint", "").strip(),
        )
        for position, one in enumerate(content["questions"], start=1)
    )
    Option.objects.bulk_create(
        Option(
            question=question,
            position=position,
            code=option["code"],
            **{name: option.get(name, "").strip() for name in authoring.OPTION_WORDS},
        )
        for question, one in zip(questions, content["questions"], strict=True)
        for position, option in enumerate(one["options"], start=1)
    )
    programmes = {row.code: row for row in Programme.objects.all()}
    Rule.objects.bulk_create(
        Rule(
            questionnaire=version,
            position=position,
            conditions=one["if"],
            programme=programmes[one["then"]] if one["then"] else None,
            because=one["because"].strip(),
        )
        for position, one in enumerate(content["rules"], start=1)
    )


def _given(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": ValidationError("Say why: it stays in the history.", code="reason_missing")})
    return reason.strip()
