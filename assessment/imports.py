"""Brings in questionnaires from files: the one that comes with the product, and versions that HR exported as JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

from assessment.rules import Fault, Question, Rule, Table, faults

BUILT_IN = Path(__file__).parent / "data" / "questionnaire-1.toml"
SCHEMA = Path(__file__).parent / "data" / "questionnaire.schema.json"


class Models(Protocol):
    """Where models come from: Django's registry, or a migration's historical one."""

    def get_model(self, app_label: str, model_name: str) -> Any:
        """The model of that name."""


def read(path: Path = BUILT_IN) -> dict[str, Any]:
    """A questionnaire as its file says it."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_version(content: bytes, programmes: Collection[str]) -> tuple[dict[str, Any], list[Fault]]:
    """The version that a JSON file says, and what is wrong with the file, by line; ``programmes`` are known codes."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return {}, [Fault(line, "not_utf8", "The file is not in UTF-8.")]
    return faults(text, json.loads(SCHEMA.read_text(encoding="utf-8")), programmes)


def table(data: dict[str, Any]) -> Table:
    """The decision table of a questionnaire that was read. Raises ValueError if it contradicts itself."""
    return Table(
        questions=tuple(Question(q["code"], tuple(o["code"] for o in q["options"])) for q in data["questions"]),
        rules=tuple(
            Rule(
                position, {code: frozenset(options) for code, options in r["if"].items()}, r["programme"], r["because"]
            )
            for position, r in enumerate(data["rules"], start=1)
        ),
    )


def load(data: dict[str, Any], models: Models) -> bool:
    """Write a questionnaire and publish it; a version that exists is left as it is. Returns whether it was written.

    It is written as a draft and published last, since the database lets nobody change a part of a published version.
    """
    table(data)
    questionnaires = models.get_model("assessment", "Questionnaire").objects
    if questionnaires.filter(version=data["version"]).exists():
        return False
    draft = questionnaires.create(version=data["version"], name=data["name"], status="draft")
    for position, question in enumerate(data["questions"], start=1):
        words = {name: question[name] for name in ("code", "text", "short", "hint")}
        row = models.get_model("assessment", "Question").objects.create(questionnaire=draft, position=position, **words)
        option = models.get_model("assessment", "Option")
        known = {field.name for field in option._meta.get_fields()}  # as it was when a migration asks
        option.objects.bulk_create(
            option(question=row, position=place, **{name: words[name] for name in words if name in known})
            for place, words in enumerate(question["options"], start=1)
        )
    programmes = {row.code: row for row in models.get_model("programmes", "Programme").objects.all()}
    rule = models.get_model("assessment", "Rule")
    rule.objects.bulk_create(
        rule(
            questionnaire=draft,
            position=position,
            conditions=row["if"],
            programme=programmes[row["programme"]],
            because=row["because"],
        )
        for position, row in enumerate(data["rules"], start=1)
    )
    questionnaires.filter(pk=draft.pk).update(status="published", published_on=data["published_on"])
    return True
