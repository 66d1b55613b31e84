"""The questionnaire: decisions a second beside a Rust engine and a bare lookup, the certificate, the replay."""

from __future__ import annotations

import json
import os
import random
import resource
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from tests.benchmarks.ground import Measure, timed

DECISIONS = 20_000
CODES = ("ai-practitioner", "ai-leadership-literacy", "ai-governance", "ai-transformation")
ENGINE = "zen-engine"  # in the dependency group `bench`: pip install --group bench
PEOPLE = """
INSERT INTO people_employee (public_id, staff_number, given_names, family_name, email, job_title, date_of_birth)
SELECT gen_random_uuid(), 'B' || n, 'Given', 'Family', '', 'Analyst', '1980-01-01'
FROM generate_series(%s::int, %s::int) n
"""
# Answers that a hash of the person picks, so that they are spread and the same each time.
RESPONSES = """
INSERT INTO assessment_response (public_id, questionnaire_id, employee_id, answers, is_on_behalf, started_on,
    submitted_on, submitted_at, assumed, seconds)
SELECT gen_random_uuid(), %(version)s, e.id, a.answers, true, '2026-01-05', '2026-01-05', now(), '[]', '{}'
FROM people_employee e CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(q.code, q.options[1 + abs(hashtext(q.code || e.staff_number)) %% cardinality(q.options)])
    FROM (SELECT code, ARRAY(SELECT o.code FROM assessment_option o WHERE o.question_id = t.id ORDER BY o.position)
          AS options FROM assessment_question t WHERE t.questionnaire_id = %(version)s) q
) a(answers)
WHERE NOT EXISTS (SELECT 1 FROM assessment_response r WHERE r.employee_id = e.id)
"""
RECOMMENDATIONS = """
INSERT INTO assessment_recommendation (public_id, response_id, employee_id, programme_id, because, answers_used, lost,
    is_latest, is_decided, made_on)
SELECT gen_random_uuid(), r.id, r.employee_id, p.ids[1 + r.id %% cardinality(p.ids)], 'Because.', '{}', '[]', true,
       false, '2026-01-05'
FROM assessment_response r, (SELECT array_agg(id ORDER BY id) FROM programmes_programme) p(ids)
WHERE NOT EXISTS (SELECT 1 FROM assessment_recommendation c WHERE c.response_id = r.id)
"""


def measure(owner_url: str, *, rows: int, repeat: int, only: str | None) -> list[Measure]:
    """Those of the three that are asked for; ``rows`` responses are replayed."""
    found: list[Measure] = []
    if only in (None, "decide"):
        found += _on_one_core(lambda: _decisions(repeat))
    if only in (None, "certificate"):
        found += _certificates(repeat)
    if only in (None, "replay"):
        found.append(_replay(owner_url, rows=rows, repeat=repeat))
    return found


def _on_one_core(work: Callable[[], list[Measure]]) -> list[Measure]:
    """Done on one core where the system can say so; threads that begin meanwhile stay on it too."""
    if not hasattr(os, "sched_setaffinity"):
        return work()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return work()
    finally:
        os.sched_setaffinity(0, cores)


def _decisions(repeat: int) -> list[Measure]:
    """The published table on random answers, one core for each of them; every engine has to say the same."""
    from assessment import queries

    table = queries.published().table
    dice = random.Random(1)
    answers = [{q.code: dice.choice(q.options) for q in table.questions} for _ in range(DECISIONS)]
    codes = [q.code for q in table.questions]
    known = {tuple(each[c] for c in codes): (r.programme if (r := table.deciding(each)) else None) for each in answers}

    def ours() -> list[Any]:
        return [rule.programme if (rule := table.deciding(each)) else None for each in answers]

    def lookup() -> list[Any]:
        return [known[tuple([each[code] for code in codes])] for each in answers]

    found = [
        (Measure("decisions of the published table, one core", "lookup in a bare dict", "none", "decisions/s"), lookup)
    ]
    if engine := _engine(table):
        name = "decisions of the published table, one core"
        found.insert(0, (Measure(name, f"{ENGINE} (Rust)", "≥ 1", "decisions/s"), lambda: engine(answers)))
    else:
        found[0][0].note = f"{ENGINE} is not installed here: pip install --group bench."
    expected = [next((r.programme for r in table.rules if r.applies(each)), None) for each in answers]
    for each, floor in found:
        assert ours() == floor() == expected
        for _ in range(repeat):
            each.floor.append(DECISIONS / timed(floor))
            each.ours.append(DECISIONS / timed(ours))
    return [each for each, _ in found]


def _engine(table: Any) -> Callable[[list[dict[str, str]]], list[Any]] | None:
    """The same table as a decision of the engine: a column a question, a row a rule, first hit.

    Asked for all at once, which is its quickest way: one at a time it decides about a tenth as many.
    """
    try:
        import zen
    except ImportError:
        return None
    inputs = [{"id": q.code, "name": q.code, "field": q.code} for q in table.questions]
    rules = [
        {
            "_id": f"rule-{rule.position}",
            "then": json.dumps(rule.programme),
            **{
                q.code: ", ".join(json.dumps(o) for o in q.options if o in rule.conditions[q.code])
                if q.code in rule.conditions
                else ""
                for q in table.questions
            },
        }
        for rule in table.rules
    ]
    content = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "then", "name": "then", "field": "programme"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    loader = {"type": "static", "content": {"table": {"nodes": nodes, "edges": edges}}}
    engine = zen.ZenEngine({"loader": loader})

    def decide(answers: list[dict[str, str]]) -> list[Any]:
        done = engine.evaluate_batch([{"key": "table", "context": each} for each in answers])
        return [(each["data"]["result"] or {}).get("programme") for each in done]

    return decide


def _certificates(repeat: int) -> list[Measure]:
    """Twelve questions of six options: twice the rules, and twice the questions."""
    from assessment.rules import certify

    tables = {size: _table(*size) for size in ((12, 60), (12, 120), (6, 60))}
    pairs = (((12, 120), (12, 60), "itself with 60 rules"), ((12, 60), (6, 60), "itself with 6 questions"))
    found = []
    for large, small, name in pairs:
        title = f"certificate, {large[0]} questions × 6 options, {large[1]} rules"
        each = Measure(title, name, "none", "certificates/min")
        seconds = []
        for _ in range(repeat):
            each.floor.append(60 / timed(lambda small=small: certify(tables[small], CODES)))
            seconds.append(timed(lambda large=large: certify(tables[large], CODES)))
            each.ours.append(60 / seconds[-1])
        aim = {120: 15, 60: 2}[large[1]]
        each.note = f"A {title} took at most {max(seconds):.2f} s (aim: under {aim} s)."
        found.append(each)
    return found


def _table(questions: int, rules: int) -> Any:
    """Random rules that each look at two to four questions, the same each time."""
    from assessment.rules import Question, Rule, Table

    dice = random.Random(7)
    options = tuple(f"o{n}" for n in range(6))
    asked = [Question(f"q{n}", options) for n in range(questions)]

    def conditions() -> dict[str, frozenset[str]]:
        chosen = dice.sample(asked, dice.randint(2, 4))
        return {question.code: frozenset(dice.sample(options, dice.randint(1, 3))) for question in chosen}

    made = [Rule(n, conditions(), dice.choice(CODES), "Because.") for n in range(1, rules + 1)]
    return Table(tuple(asked), tuple(made))


def _replay(owner_url: str, *, rows: int, repeat: int) -> Measure:
    """A version over so many past responses, against itself over half of them."""
    from assessment import queries
    from enrolment.queries.replay import matrix

    found = Measure(f"replay of {rows:,} responses", "itself over half of them", "≤ 1.2", "responses/s")
    version = queries.published()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for size, speeds in ((rows // 2, found.floor), (rows, found.ours)):
            _fill(owner, size, version.questionnaire.pk)
            for _ in range(repeat):
                speeds.append(_speed(lambda: matrix(version).responses, size))
        owner.execute("TRUNCATE people_employee CASCADE")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = rows / min(found.ours)
    found.note = f"A replay of {rows:,} took at most {seconds:.1f} s; most memory of this process: {memory} MB."
    return found


def _speed(work: Callable[[], int], size: int) -> float:
    def whole() -> None:
        assert work() == size

    return size / timed(whole)


def _fill(owner: psycopg.Connection, size: int, version: int) -> None:
    """Up to so many people, each with one response and its recommendation."""
    have: Sequence[Any] = owner.execute("SELECT count(*) FROM people_employee").fetchone() or (0,)
    owner.execute(PEOPLE, [have[0] + 1, size])
    owner.execute(RESPONSES, {"version": version})
    owner.execute(RECOMMENDATIONS, {})
    owner.execute("VACUUM ANALYZE")
