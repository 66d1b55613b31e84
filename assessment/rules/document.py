"""A version of the questionnaire as a document: whether a file says one, else which line of it is wrong and why.

The schema is a plain JSON Schema file. The few of its words that ours uses are understood here; any other is refused,
so that nothing in it is passed over in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from people.rules import folded

type Path = tuple[str | int, ...]
type Schema = Mapping[str, Any]

MOST_FAULTS = 50
RESERVED = frozenset({"check", "result", "staff_number"})  # no question's: two are addresses, one a file's first column
TYPES: dict[str, tuple[type, str]] = {
    "object": (dict, "an object in braces"),
    "array": (list, "a list in brackets"),
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "null": (type(None), "null"),
}
SILENT = frozenset({"$schema", "title", "description"})
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
TOKEN = re.compile(r'[ \t\r\n]*(?:([\[\]{}:,])|(")|([^\s\[\]{}:,"]+))')


@dataclass(frozen=True)
class Fault:
    """What is wrong with a document, the line of the file where it is, and a code."""

    line: int
    code: str
    reason: str


def faults(text: str, schema: Schema, programmes: Collection[str]) -> tuple[dict[str, Any], list[Fault]]:
    """The document that a file says, and everything wrong with it, in the order of its lines; none: it can be used."""
    twice: list[str] = []
    try:
        document = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, twice))
    except json.JSONDecodeError as error:
        return {}, [Fault(error.lineno, "not_json", f"This is not JSON: {error.msg[0].lower()}{error.msg[1:]}.")]
    except ValueError:
        return {}, [Fault(1, "not_json", "A number in this file has more digits than a questionnaire needs.")]
    except RecursionError:
        return {}, [Fault(1, "not_json", "This is nested too deeply for a questionnaire.")]
    if twice:
        line = text[: text.rindex(f'"{twice[0]}"')].count("\n") + 1 if f'"{twice[0]}"' in text else 1
        return {}, [Fault(line, "said_twice", f"“{twice[0]}” is said twice in one object.")]
    lines = _lines(text)
    found = list(_unstorable(document, ()))
    if not found:
        found = list(_against(document, schema, ()))
    if not found:
        found = list(_contradictions(document, programmes))
    told = sorted((Fault(_line(lines, path), code, reason) for path, code, reason in found), key=lambda f: f.line)
    return (document if not told else {}), told[:MOST_FAULTS]


def _object(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            twice.append(name)
        made[name] = value
    return made


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a value; of what is missing, the line of what should hold it."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _lines(text: str) -> dict[Path, int]:
    """The line on which each value of a document that is JSON begins."""
    found: dict[Path, int] = {}
    at, line = 0, 1
    inside: list[tuple[str, str | int]] = []  # the brackets that are open, and the name or number of what comes next
    named = False  # whether the text just read was the name of what comes next
    while match := TOKEN.match(text, at):
        line += text.count("\n", at, match.end())
        mark, quote, _ = match.groups()
        path = tuple(step for _, step in inside)
        at = match.end()
        if quote:
            value, at = scanstring(text, at)
            if inside and inside[-1][0] == "{" and not named:
                inside[-1], named = ("{", value), True
                continue
        if mark and mark in "]}":
            inside.pop()
        elif mark == ",":
            kind, step = inside[-1]
            inside[-1] = (kind, step + 1 if isinstance(step, int) else "")
            named = False
        elif mark != ":":
            found[path] = line
            if mark:
                inside.append((mark, 0 if mark == "[" else ""))
            named = False
    return found


def _unstorable(value: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Texts, names among them, with characters that no text can keep: NUL, and halves of a pair."""
    if isinstance(value, str) and UNSTORABLE.search(value):
        yield path, "bad_character", f"{_named(path)} has a character that no text can have."
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _unstorable(inside, (*path, number))
    elif isinstance(value, dict):
        for name, inside in value.items():
            if UNSTORABLE.search(name):
                yield path, "bad_character", f"{_named(path)} has a name with a character that no text can have."
            else:
                yield from _unstorable(inside, (*path, name))


def _against(value: Any, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    """What a schema refuses of a value, and of everything inside it."""
    if strange := schema.keys() - SILENT - WORDS.keys():
        raise ValueError(f"The schema says {sorted(strange)}, which is not understood here.")
    names = [schema["type"]] if isinstance(schema.get("type"), str) else list(schema.get("type", ()))
    if names and not any(isinstance(value, TYPES[name][0]) and not isinstance(value, bool) for name in names):
        wanted = " or ".join(TYPES[name][1] for name in names)
        yield path, "wrong_type", f"{_named(path)} has to be {wanted}."
        return
    for word, expected in schema.items():
        if word in WORDS:
            yield from WORDS[word](value, expected, schema, path)


def _named(path: Path) -> str:
    """Where something stands, as people say it: question 2, option 1, “label”."""
    words: list[str] = []
    for step, inside in zip(path, (None, *path), strict=False):
        if isinstance(step, int):
            words[-1:] = [f"{str(inside).removesuffix('s')} {step + 1}" if inside in LISTS else f"entry {step + 1}"]
        else:
            words.append(step if step in LISTS else f"“{step}”")
    said = ", ".join(words) or "the file"
    return said[0].upper() + said[1:]


LISTS = frozenset({"questions", "options", "rules"})


def _required(value: Any, names: list[str], schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    for name in names:
        if name not in value:
            yield path, "missing", f"{_named(path)} lacks “{name}”."


def _properties(value: Any, inside: Schema, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    for name, one in inside.items():
        if name in value:
            yield from _against(value[name], one, (*path, name))


def _additional(value: Any, other: Any, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    for name in value:
        if name in schema.get("properties", {}):
            continue
        if other is False:
            yield (*path, name), "unknown_name", f"{_named(path)} has no “{name}”."
        else:
            yield from _against(value[name], other, (*path, name))


def _items(value: Any, one: Schema, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    for number, inside in enumerate(value):
        yield from _against(inside, one, (*path, number))


def _unique(value: Any, wanted: bool, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    if wanted and any(one in value[:number] for number, one in enumerate(value)):
        yield path, "said_twice", f"{_named(path)} says something twice."


def _pattern(value: Any, pattern: str, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield path, "bad_code", f"{_named(path)} is “{value}”: use small letters, digits and “_”, a letter first."


def _bound(code: str, words: str, is_wrong: Callable[[Any, int], bool]) -> Any:
    def check(value: Any, bound: int, schema: Schema, path: Path) -> Iterator[tuple[Path, str, str]]:
        if is_wrong(value, bound):
            yield path, code, f"{_named(path)} {words.format(bound)}"

    return check


def reads_as(label: str) -> str:
    """A label as people tell it from others: without capitals, accents and wide gaps."""
    return " ".join(folded(label).split())


def _is_seen(character: str) -> bool:
    return character.isprintable() and not character.isspace()


WORDS: dict[str, Callable[[Any, Any, Schema, Path], Iterator[tuple[Path, str, str]]]] = {
    "type": lambda value, expected, schema, path: iter(()),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "minimum": _bound("too_low", "is at least {}.", lambda value, bound: value < bound),
    "minItems": _bound("too_few", "needs at least {}.", lambda value, bound: len(value) < bound),
    "maxItems": _bound("too_many", "has more than {}.", lambda value, bound: len(value) > bound),
    "minLength": _bound("too_short", "is empty.", lambda value, bound: sum(map(_is_seen, value)) < bound),
    "maxLength": _bound("too_long", "has more than {} characters.", lambda value, bound: len(value) > bound),
}


def _contradictions(document: Mapping[str, Any], programmes: Collection[str]) -> Iterator[tuple[Path, str, str]]:
    """What a document that keeps to the schema says against itself, or of programmes that are not here."""
    offered: dict[str, set[str]] = {}
    for number, question in enumerate(document["questions"]):
        here: Path = ("questions", number)
        if question["code"] in offered:
            yield (*here, "code"), "said_twice", f"Two questions have the code “{question['code']}”."
        if question["code"] in RESERVED:
            yield (*here, "code"), "bad_code", f"No question can have the code “{question['code']}”."
        codes: set[str] = set()
        labels: set[str] = set()
        for place, option in enumerate(question["options"]):
            if option["code"] in codes:
                where = (*here, "options", place, "code")
                yield where, "said_twice", f"Two options of “{question['code']}” have the code “{option['code']}”."
            if (label := reads_as(option["label"])) in labels:
                where = (*here, "options", place, "label")
                yield where, "said_twice", f"Two options of “{question['code']}” read “{option['label'].strip()}”."
            codes.add(option["code"])
            labels.add(label)
        offered[question["code"]] = codes
    for number, rule in enumerate(document["rules"]):
        if rule["then"] is not None and rule["then"] not in programmes:
            where = ("rules", number, "then")
            yield where, "unknown_programme", f"Rule {number + 1}: there is no programme “{rule['then']}” here."
        for code, options in rule["if"].items():
            where = ("rules", number, "if", code)
            if code not in offered:
                yield where, "unknown_question", f"Rule {number + 1} asks about “{code}”, which is no question."
                continue
            for place, option in enumerate(options):
                if option not in offered[code]:
                    reason = f"Rule {number + 1} wants “{option}”, which “{code}” does not offer."
                    yield (*where, place), "unknown_answer", reason
