"""Plugin: a variable that our templates name and no view gives fails the test that renders it."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.template import engines
from django.template.base import FilterExpression
from django.template.context import Context
from django.template.defaulttags import ForNode

TEMPLATES = str(Path(__file__).resolve().parents[2] / "templates")
MAY_BE_ABSENT = {"default", "default_if_none"}  # the author wrote what to show instead


class UndefinedVariable(AssertionError):
    """A template of ours names a variable that does not exist."""


class Loud(str):
    """An empty text, as Django's own answer to an unknown variable, that looks at who asked.

    Django tests it for truth exactly when a variable could not be found and nothing (an ``if``, ``firstof``) allowed
    that. Other packages' templates are left as they are: they rely on the silence.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        """False, as any empty text; raises UndefinedVariable if a template of ours asked."""
        asker: FrameType | None = sys._getframe(1)
        expression = asker.f_locals.get("self") if asker else None
        if not isinstance(expression, FilterExpression) or asker is None or asker.f_code.co_name != "resolve":
            return False
        if MAY_BE_ABSENT & {function.__name__ for function, _ in expression.filters}:
            return False
        node = _node(asker)
        if node is not None and str(node.origin.name).startswith(TEMPLATES):
            where = f"{node.origin.template_name}:{node.token.lineno}"
            raise UndefinedVariable(f"{where} names “{expression.token}”; no view gives it")
        return False


class Asking:
    """What a loop runs over, asked without the leave to be absent that Django gives loops."""

    def __init__(self, sequence: Any) -> None:
        self.sequence = sequence

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:
        """The rows, or an empty text."""
        return self.sequence.resolve(context)


def _node(asker: FrameType | None) -> Any:
    """The nearest node of a template that is being rendered, or None."""
    while asker is not None:
        node = asker.f_locals.get("self")
        if getattr(node, "origin", None) is not None and getattr(node, "token", None) is not None:
            return node
        asker = asker.f_back
    return None


@pytest.fixture(autouse=True)
def undefined_template_variables_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every template that any test renders."""
    render = ForNode.render

    def render_asking(self: Any, context: Context) -> Any:
        if not isinstance(self.sequence, Asking):
            self.sequence = Asking(self.sequence)
        return render(self, context)

    monkeypatch.setattr(ForNode, "render", render_asking)
    for backend in engines.all():
        if engine := getattr(backend, "engine", None):
            monkeypatch.setattr(engine, "string_if_invalid", Loud())
