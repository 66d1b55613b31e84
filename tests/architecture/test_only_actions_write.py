"""Guard: only actions and imports write, and only they open a transaction; so a rule has one door."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import Place, Source, explain, sources, walk

WRITERS = ("actions", "imports")
ALWAYS = {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
SQL_WRITES = ("insert", "update", "delete", "truncate", "merge", "copy", "alter", "create", "drop", "grant", "revoke")
SQL_READS = ("select", "with", "show", "explain", "values", "table")

# What may write elsewhere, and why. An entry that is no longer needed fails too.
ALLOWED = {
    ("config/embedded.py", "Servers._make_roles"): "makes the roles and the database, before there are tables",
    ("config/rights.py", "grant"): "gives the application's role its rights; no row changes",
    ("people/models.py", "Accounts.create_user"): "Django's and allauth's own commands make accounts through it",
}


def writes(source: Source) -> Iterator[Place]:
    """Every call in a file that changes rows, by its name and by how it is called."""
    constants = _texts(source.tree)
    for node, inside in walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (why := _write(node, constants)):
            yield Place(source.path, node.lineno, inside, why)


def transactions(source: Source) -> Iterator[Place]:
    """Every place in a file that opens a transaction."""
    for node, inside in walk(source.tree):
        named = (isinstance(node, ast.Attribute) and node.attr in {"atomic", "set_autocommit"}) or (
            isinstance(node, ast.ImportFrom)
            and node.module == "django.db.transaction"
            and any(name.name == "atomic" for name in node.names)
        )
        if named:
            yield Place(source.path, node.lineno, inside, "opens a transaction; the action is the transaction")  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant) and node.value == "ATOMIC_REQUESTS":
            yield Place(source.path, node.lineno, inside, "makes every request a transaction")


def pasted(source: Source) -> Iterator[Place]:
    """Raw SQL in an expression whose text is not a constant of the file: a value could find its way into it."""
    constants = _texts(source.tree)
    for node, inside in walk(source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"RawSQL", "raw"}:
            text = node.args[0] if node.args else None
            if not (isinstance(text, ast.Constant) or (isinstance(text, ast.Name) and text.id in constants)):
                yield Place(source.path, node.lineno, inside, "raw SQL that is not a constant of this file")


def _write(call: ast.Call, constants: dict[str, str]) -> str | None:
    """Why this method call counts as a write, or None.

    ``dict.update(other)``, ``workbook.save(file)``, ``cache.delete(key)`` and ``list.copy()`` are not: they pass what
    the methods of rows never take (a positional argument), or nothing where a row's method needs something.
    """
    assert isinstance(call.func, ast.Attribute)
    name, positional, named = call.func.attr, call.args, call.keywords
    plain = name[1:] if name.startswith("a") and name[1:] in {*ALWAYS, "save", "create", "update", "delete"} else name
    if plain in ALWAYS:
        return f".{name}() writes rows"
    if plain == "update" and named and not positional:
        return f".{name}() writes rows"
    if plain in {"create", "delete"} and not positional:
        return f".{name}() writes rows"
    if plain == "save" and (not positional or isinstance(positional[0], ast.Constant)):
        return f".{name}() writes a row"
    if name == "copy" and positional and not _is_module(call.func.value, "shutil"):
        return ".copy() streams rows"
    if name in {"execute", "executemany"} and positional:
        return _sql(positional[0], constants)
    return None


def _sql(query: ast.expr, constants: dict[str, str]) -> str | None:
    """Why this SQL is refused: it writes, or nobody can see from here that it only reads."""
    text = constants.get(query.id, "") if isinstance(query, ast.Name) else _text(query)
    words = re.findall(r"\w+", re.sub(r"\bfor\s+(?:no\s+key\s+)?update\b", "", text.lower()))
    first = words[0] if words else ""
    if first in SQL_READS and not set(words) & {"insert", "update", "delete"}:
        return None
    return "SQL that writes" if first in SQL_WRITES else "SQL that cannot be seen to be a question"


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else " ? " for part in node.values)  # type: ignore[misc]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _texts(tree: ast.Module) -> dict[str, str]:
    """The file's constants that are text: ``NAME = "…"``."""
    return {
        node.targets[0].id: _text(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _is_module(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_only_actions_and_imports_write():
    found = [place for source in sources(tests=False) if not source.is_in(*WRITERS) for place in writes(source)]
    refused = [place for place in found if (place.path, place.inside) not in ALLOWED]
    assert not refused, explain(refused)
    assert set(ALLOWED) == {(place.path, place.inside) for place in found}, "an exception is no longer needed"


def test_only_actions_and_imports_open_a_transaction():
    found = [place for source in sources(tests=False) if not source.is_in(*WRITERS) for place in transactions(source)]
    assert not found, explain(found)


def test_raw_sql_is_constant():
    found = [place for source in sources(tests=False) for place in pasted(source)]
    assert not found, explain(found)


def test_pasted_sql_is_refused():
    assert list(pasted(Source("people/queries.py", "def q(name):\n    return RawSQL(f'name = {name}', ())\n")))
    assert list(pasted(Source("people/queries.py", "def q(sql):\n    return Employee.objects.raw(sql)\n")))
    assert not list(pasted(Source("people/models.py", "SQL = 'lower(x)'\ndef q():\n    return RawSQL(SQL, ())\n")))


@pytest.mark.parametrize(
    "line",
    [
        "employee.save()",
        "form.save(commit=True)",
        "form.save(False)",
        "Employee.objects.create(staff_number='1')",
        "Employee.objects.filter(pk=1).update(job_title='x')",
        "Employee.objects.filter(pk=1).update(**changes)",
        "employee.delete()",
        "Employee.objects.bulk_create(rows)",
        "Employee.objects.bulk_update(rows, ['job_title'])",
        "Employee.objects.get_or_create(staff_number='1')",
        "await Employee.objects.aupdate_or_create(staff_number='1')",
        "cursor.execute('INSERT INTO people_employee VALUES (1)')",
        "cursor.execute(f'update {table} set x = 1')",
        "cursor.execute('WITH gone AS (DELETE FROM people_employee RETURNING id) SELECT * FROM gone')",
        "cursor.execute(query)",
        "cursor.copy('COPY people_employee FROM STDIN')",
    ],
)
def test_a_write_in_a_view_is_refused(line):
    code = f"async def view(request):\n    {line}\n"
    assert len(list(writes(Source("people/views.py", code)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "facts.update(other)",
        "request.session.update({'seen': True})",
        "digest.update(chunk)",
        "rows.copy()",
        "shutil.copy(old, new)",
        "workbook.save(file)",
        "cache.delete('key')",
        "cursor.execute('SELECT 1')",
        "cursor.execute('select id from people_employee for no key update')",
        "cursor.execute(QUESTION)",
    ],
)
def test_what_only_looks_like_a_write_passes(line):
    code = f"QUESTION = 'select count(*) from people_employee'\ndef view(request):\n    {line}\n"
    assert not list(writes(Source("people/views.py", code)))


@pytest.mark.parametrize(
    "code",
    [
        "from django.db import transaction\n@transaction.atomic\ndef view(request): ...\n",
        "def view(request):\n    with transaction.atomic(): ...\n",
        "from django.db.transaction import atomic\n",
        "DATABASES['default']['ATOMIC_REQUESTS'] = True\n",
    ],
)
def test_a_transaction_in_a_view_is_refused(code):
    assert list(transactions(Source("people/views.py", code)))


def test_a_package_of_actions_counts_as_actions():
    assert Source("enrolment/actions/people.py", "").is_in(*WRITERS)
    assert not Source("enrolment/views/actions.py", "").is_in(*WRITERS)
