"""What one version of the questionnaire says otherwise than another, in words that people can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

type Document = Mapping[str, Any]

PERSON = "a person decides"


@dataclass(frozen=True)
class Difference:
    """One thing that differs: what kind of thing it is (a question, a rule), and the sentence."""

    about: str
    sentence: str


def differences(before: Document, after: Document, programmes: Mapping[str, str]) -> list[Difference]:
    """How ``after`` differs from ``before``: questions first, then rules; ``programmes`` are names by code."""
    told = [Difference("question", sentence) for sentence in _questions(before, after)]
    return told + [Difference("rule", sentence) for sentence in _rules(before, after, programmes)]


def condition_in_words(document: Document, conditions: Mapping[str, Any]) -> str:
    """What a rule asks for: Your role is Senior leader or Something else, and …; without conditions anybody fits."""
    parts = []
    for question in document["questions"]:
        if wanted := conditions.get(question["code"]):
            labels = [option["label"] for option in question["options"] if option["code"] in wanted]
            parts.append(f"“{question['short']}” is {_either(labels)}")
    return " and ".join(parts) or "anything is answered"


def _either(labels: list[str]) -> str:
    return " or ".join(", ".join(labels).rsplit(", ", 1)) if len(labels) > 1 else "".join(labels)


def _questions(before: Document, after: Document) -> Iterator[str]:
    if before["name"] != after["name"]:
        yield f"The questionnaire is called “{after['name']}” instead of “{before['name']}”."
    old, new = _by_code(before["questions"]), _by_code(after["questions"])
    for code, question in old.items():
        if code not in new:
            yield f"The question “{question['text']}” is no longer asked."
    for code, question in new.items():
        if code not in old:
            labels = _either([option["label"] for option in question["options"]])
            yield f"New question: “{question['text']}”, answered with {labels}."
            continue
        yield from _one_question(old[code], question)
    if [code for code in old if code in new] != [code for code in new if code in old]:
        yield "The questions come in another order: " + ", ".join(f"“{q['short']}”" for q in new.values()) + "."


OPTION = (
    ("label", "offers"),
    ("hint", "explains an answer with"),
    ("phrase", "says of an answer"),
    ("job_titles", "assumes an answer from the job titles"),
)


def _one_question(old: Document, new: Document) -> Iterator[str]:
    named = f"“{new['short']}”"
    for field, words in (("text", "asks"), ("short", "is called"), ("hint", "helps with")):
        if old.get(field, "") != new.get(field, ""):
            yield f"{named} {words} {_quoted(new.get(field))} instead of {_quoted(old.get(field))}."
    had, has = _by_code(old["options"]), _by_code(new["options"])
    yield from (f"{named} no longer offers “{option['label']}”." for code, option in had.items() if code not in has)
    yield from (f"{named} also offers “{option['label']}”." for code, option in has.items() if code not in had)
    for code, option in has.items():
        for field, words in OPTION:
            if code in had and had[code].get(field, "") != option.get(field, ""):
                yield f"{named} {words} {_quoted(option.get(field))} instead of {_quoted(had[code].get(field))}."
    if [code for code in had if code in has] != [code for code in has if code in had]:
        yield f"{named} offers its answers in another order."


def _rules(before: Document, after: Document, programmes: Mapping[str, str]) -> Iterator[str]:
    """Rules that say the same are the same, wherever they stand; of the others, those most alike."""
    old, new = before["rules"], after["rules"]
    pairs = _pairs(old, new)
    for place, rule in enumerate(old):
        if place not in pairs.values():
            yield f"Rule {place + 1} of before is gone: {_rule(before, rule, programmes)}."
    stays = _in_order([pairs[place] for place in sorted(pairs)])
    for place, rule in enumerate(new):
        if place not in pairs:
            yield f"New rule {place + 1}: {_rule(after, rule, programmes)}."
            continue
        was = old[pairs[place]]
        if pairs[place] not in stays:
            was_at = f"was rule {pairs[place] + 1} before" if pairs[place] != place else "has others before it now"
            yield f"Rule {place + 1} {was_at}: another order."
        if _said(was["if"]) != _said(rule["if"]):
            now, then = condition_in_words(after, rule["if"]), condition_in_words(before, was["if"])
            yield f"Rule {place + 1} fits if {now}; before, if {then}."
        if was["then"] != rule["then"]:
            now, then = (programmes.get(one["then"] or "", one["then"] or "a person") for one in (rule, was))
            yield f"Rule {place + 1} leads to {now} instead of {then}."
        if was["because"] != rule["because"]:
            yield f"Rule {place + 1} says “{rule['because']}” instead of “{was['because']}”."


def _rule(document: Document, rule: Document, programmes: Mapping[str, str]) -> str:
    programme = programmes.get(rule["then"] or "", rule["then"] or PERSON)
    return f"if {condition_in_words(document, rule['if'])}, then {programme}"


def _pairs(old: list[Document], new: list[Document]) -> dict[int, int]:
    """By the place of each rule that was there before: the place it had. Whole likeness first, then the most."""
    pairs: dict[int, int] = {}
    for least in (3, 2, 1):
        for place, rule in enumerate(new):
            if place in pairs:
                continue
            left = [at for at in range(len(old)) if at not in pairs.values() and _likeness(old[at], rule) >= least]
            if left:
                pairs[place] = min(left, key=lambda at: abs(at - place))
    return pairs


def _likeness(one: Document, other: Document) -> int:
    """How alike two rules are: 3 the same, 2 one thing differs, 1 only what they ask for or why is the same."""
    same_if, same_why = _said(one["if"]) == _said(other["if"]), one["because"] == other["because"]
    if not (same_if or same_why):
        return 0
    return same_if + same_why + (one["then"] == other["then"])


def _said(conditions: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {code: frozenset(options) for code, options in conditions.items()}


def _in_order(places: list[int]) -> set[int]:
    """The most of these places that still stand in their order; the others were moved."""
    best: list[list[int]] = []
    for place in places:
        before: list[int] = max((row for row in best if row[-1] < place), key=len, default=[])
        best.append([*before, place])
    longest: list[int] = max(best, key=len, default=[])
    return set(longest)


def _by_code(rows: list[Document]) -> dict[str, Document]:
    return {row["code"]: row for row in rows}


def _quoted(text: str | None) -> str:
    return f"“{text}”" if text else "nothing"
