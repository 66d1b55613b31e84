"""New rows in memory, made in a fifth of the time that a model takes: a batch makes hundreds of thousands of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from django.db.models import Model
from django.db.models.base import ModelState


def fresh[M: Model](model: type[M], related: dict[str, Model], /, **values: Any) -> M:
    """What ``model(**related, **values)`` makes: ``related`` rows by field, all others by column (``by_id``).

    Nothing is checked, nobody is told (we have no signals); for many of one kind, from values known to be good.
    """
    plain, made = _defaults(model)
    row = model.__new__(model)
    columns = vars(row)
    columns["_state"] = state = ModelState()
    columns.update(plain)
    for column, make in made:
        columns[column] = make()
    columns.update(values)
    if related:
        cached = state.fields_cache
        for name, other in related.items():
            cached[name] = other
            columns[name + "_id"] = other.pk
    return row


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """What the columns of a new row are: values, and those that are another each time."""
    plain = {column: value for column, value in vars(model()).items() if column != "_state"}
    fields = [field for field in model._meta.concrete_fields if field.has_default() and callable(field.default)]
    made = tuple((field.attname, cast(Callable[[], Any], field.default)) for field in fields)
    return {column: value for column, value in plain.items() if column not in dict(made)}, made
