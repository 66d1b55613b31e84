"""The small language that letters are written in: values, dates and if; nothing else can be reached from a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from django.utils.dateformat import format as format_date

DAY = "j F Y"
MOST_HEADLINE, MOST_BODY = 200, 5_000  # characters of a text, before its values are put in
MAY_USE = '{{ … }}, {{ …|date:"j F Y" }}, {% if … %}, {% elif … %}, {% else %} and {% endif %}'
TAG = re.compile(r"\{\{(?P<value>.*?)\}\}|\{%(?P<tag>.*?)%\}")
STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
VALUE = re.compile(r"(?P<name>[a-z_][a-z_.]*)(?:\|(?P<filter>[a-z_]*)(?::(?P<how>.*))?)?")
FORMAT = re.compile(r'"([djlDFMmnNyYS ,./-]{1,20})"')
TERM = re.compile(r"(?P<no>not\s+)?(?P<name>[a-z_][a-z_.]*)(?:\s*(?P<sign>==|!=)\s*\"(?P<word>[^\"]*)\")?")
LINK = re.compile(r"\{\{\s*site\s*\}\}(?:\{\{[^{}]*\}\}|[^\s{])*")

type Values = Mapping[str, str | bool | int | date | None]


@dataclass(frozen=True)
class Variable:
    """What a text may say: ``says`` in words, a ``sample`` of it, and the words it can be compared with, if any."""

    says: str
    sample: str | bool | date
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a text, at which of its lines, and what may be used instead."""

    code: str
    line: int
    message: str


@dataclass(frozen=True)
class Term:
    """One question of a condition: is there such a value, or is it this word."""

    name: str
    is_not: bool = False
    word: str | None = None

    def holds(self, values: Values) -> bool:
        """Whether it is so."""
        value = values.get(self.name)
        return (bool(value) if self.word is None else value == self.word) != self.is_not


@dataclass(frozen=True)
class Value:
    """A value in its place; a day is written as ``how`` says."""

    name: str
    how: str = DAY


@dataclass
class Choice:
    """An if: the first branch counts of whose conditions (any of them: all its terms) one holds; none: always."""

    line: int
    branches: list[tuple[tuple[tuple[Term, ...], ...], list[Node]]] = field(default_factory=list)


type Node = str | Value | Choice


def write(text: str, values: Values) -> str:
    """A text with its values in their places, verbatim; only what is in ``values`` can be said. The text is sound."""
    return "".join(_write(_parsed(text), values))


def problems(text: str, variables: Mapping[str, Variable]) -> list[Problem]:
    """What is wrong with a text of which these can be said, from the top; a text without any can be written."""
    reader = _Reader(text, variables)
    reader.read()
    return sorted(reader.problems, key=lambda problem: problem.line)


def links(text: str) -> list[tuple[int, str]]:
    """The addresses of Waypoint's pages in a text, each with its line, written the same way."""
    found = []
    for match in LINK.finditer(text):
        address = re.sub(r"\{\{\s*(.*?)\s*\}\}", r"{{ \1 }}", match[0]).rstrip(".,;:!?)")
        found.append((text.count("\n", 0, match.start()) + 1, address))
    return found


def link_problems(text: str, original: str) -> list[Problem]:
    """A letter leads where its original leads and to no other page: those change nothing by being opened."""
    known = list(dict.fromkeys(address for _, address in links(original)))
    found = links(text)
    may = f"You may use {' or '.join(known)}."
    if known and not found:
        return [Problem("no_link", text.count("\n") + 1, f"The text needs a link to its page. {may}")]
    return [
        Problem("other_link", line, f"{a} is no page of this message. {may}") for line, a in found if a not in known
    ]


@lru_cache(maxsize=500)
def _parsed(text: str) -> Sequence[Node]:
    return _Reader(text, None).read()


def _write(nodes: Sequence[Node], values: Values) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, Value):
            value = values.get(node.name)
            yield format_date(value, node.how) if isinstance(value, date) else "" if value is None else str(value)
        else:
            for conditions, inside in node.branches:
                if not conditions or any(all(term.holds(values) for term in terms) for terms in conditions):
                    yield from _write(inside, values)
                    break


class _Reader:
    """Reads a text into nodes, and keeps what is wrong with it; without ``variables`` any name will do."""

    def __init__(self, text: str, variables: Mapping[str, Variable] | None) -> None:
        self.text, self.variables = text, variables
        self.problems: list[Problem] = []
        self.top: list[Node] = []
        self.open: list[Choice] = []
        self.line = 1

    def read(self) -> list[Node]:
        place = 0
        for match in TAG.finditer(self.text):
            self._take(self.text[place : match.start()])
            place = match.end()
            if match["value"] is not None:
                self._value(match["value"].strip())
            else:
                self._tag(match["tag"].strip())
        self._take(self.text[place:])
        for choice in self.open:
            self.problems.append(Problem("unclosed_if", choice.line, "This {% if %} has no {% endif %}."))
        return self.top

    def _take(self, text: str) -> None:
        for stray in STRAY.finditer(text):
            line = self.line + text.count("\n", 0, stray.start())
            said = f"“{stray[0]}” stands alone. A value or tag begins and ends on one line. You may use {MAY_USE}."
            self.problems.append(Problem("stray_bracket", line, said))
        self.line += text.count("\n")
        if text:
            self._here().append(text)

    def _here(self) -> list[Node]:
        return self.open[-1].branches[-1][1] if self.open else self.top

    def _value(self, said: str) -> None:
        match = VALUE.fullmatch(said)
        if match is None:
            self._wrong("broken_value", f"“{said}” cannot be read. {self._names()}")
            return
        variable = self._known(match["name"])
        if match["filter"] is None:
            if variable and isinstance(variable.sample, bool):
                self._wrong("not_a_text", f"“{match['name']}” is yes or no: ask it with {{% if {match['name']} %}}.")
            self._here().append(Value(match["name"]))
            return
        how = FORMAT.fullmatch(match["how"] or f'"{DAY}"')
        if match["filter"] != "date" or how is None:
            self._wrong("unknown_filter", f'“|{said.partition("|")[2]}” is not known. You may use |date:"j F Y".')
        elif variable and not isinstance(variable.sample, date):
            self._wrong("not_a_day", f"“{match['name']}” is no day, so it takes no |date.")
        else:
            self._here().append(Value(match["name"], how[1]))

    def _tag(self, said: str) -> None:
        word, _, rest = said.partition(" ")
        if word == "if":
            choice = Choice(self.line)
            self._here().append(choice)
            self.open.append(choice)
            choice.branches.append((self._condition(rest), []))
        elif word not in ("elif", "else", "endif"):
            self._wrong("unknown_tag", f"{{% {said} %}} is not known. You may use {MAY_USE}.")
        elif not self.open:
            self._wrong("no_if", f"{{% {word} %}} has no {{% if %}} before it.")
        elif word == "elif":
            self.open[-1].branches.append((self._condition(rest), []))
        elif rest.strip():
            self._wrong("broken_tag", f"{{% {word} %}} stands without anything after it.")
        elif word == "else":
            self.open[-1].branches.append(((), []))
        else:
            self.open.pop()

    def _condition(self, said: str) -> tuple[tuple[Term, ...], ...]:
        return tuple(
            tuple(self._term(part.strip()) for part in re.split(r"\sand\s", either))
            for either in re.split(r"\sor\s", f" {said} ")
        )

    def _term(self, said: str) -> Term:
        match = TERM.fullmatch(said)
        if match is None:
            self._wrong("broken_condition", f"“{said}” cannot be asked. Ask for one of the values: {{% if … %}}.")
            return Term("")
        variable = self._known(match["name"])
        if variable and match["word"] is not None and match["word"] not in variable.words:
            may = (
                f"You may compare it with {_listed(variable.words)}." if variable.words else "Ask only if it is there."
            )
            self._wrong("unknown_word", f"“{match['name']}” is never “{match['word']}”. {may}")
        return Term(match["name"], bool(match["no"]) != (match["sign"] == "!="), match["word"])

    def _known(self, name: str) -> Variable | None:
        if self.variables is None:
            return None
        if name not in self.variables:
            near = get_close_matches(name, self.variables, n=1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            self._wrong("unknown_variable", f"“{name}” is not known here.{hint} {self._names()}")
        return self.variables.get(name)

    def _names(self) -> str:
        return f"You may use {', '.join(self.variables or ())}."

    def _wrong(self, code: str, message: str) -> None:
        self.problems.append(Problem(code, self.line, message))


def _listed(words: Sequence[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)
