"""Runs the benchmarks and writes docs/benchmarks.md: `./run bench [--rows N] [--repeat N] [--only NAME]`."""

import argparse
import os
import platform
import sys
from datetime import date

from tests.benchmarks import ground
from tests.benchmarks.ground import ROOT, Measure

NAMES = ("import", "files", "enrol", "list", "pages")
TIME = ("batch", "planner", "night")  # the rule through time
DECIDING = ("decide", "certificate", "replay")  # the questionnaire
TELLING = ("reminders", "mail")  # what people are told
HEAD = """# Speed

Written by `./run bench`. Absolute figures belong to the machine of the run ({machine}, Python {python}, {cores} cores,
load {load:.1f} before it began: more than 0 is other people's work) and are noisy; the ratios are what counts. Each is
the ratio of two medians of {repeat} interleaved repetitions, in brackets the least and the most. A floor is the least
honest code for the same rows on the same server: web floors run under our gunicorn, middleware, session and database
settings but have no form, rule or notice; SQL floors have our table, constraints, indexes and durability.

| what | ours | floor | floor | unit | ratio | aim |
| --- | --- | --- | --- | --- | --- | --- |
"""


def main() -> int:
    """Measure, write the table, print it. The day is given once, here at the edge."""
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument(
        "--rows",
        type=int,
        default=100_000,
        help="people imported or enrolled, responses replayed, reminders; the night has 10×, pages 3×, mail a tenth",
    )
    parser.add_argument("--repeat", type=int, default=5, help="repetitions of each, interleaved")
    parser.add_argument("--only", choices=[*NAMES, *TIME, *DECIDING, *TELLING], help="one of them")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    load = os.getloadavg()[0]
    with ground.servers() as owner:
        measures = _measure(owner, given)
    facts = {"machine": platform.machine(), "python": platform.python_version(), "cores": os.cpu_count(), "load": load}
    notes = "".join(f"\n{measure.note}\n" for measure in measures if measure.note)
    text = HEAD.format(**facts, repeat=given.repeat) + "\n".join(m.row() for m in measures) + "\n" + notes
    sys.stdout.write(text)
    if not given.only:
        (ROOT / "docs" / "benchmarks.md").write_text(text)
    return 0


def _measure(owner: str, given: argparse.Namespace) -> list[Measure]:
    """Each benchmark on databases of its own."""
    environment = ground.database(owner, "bench")
    os.environ.update(DATABASE_URL=environment["DATABASE_URL"])
    owner_of_bench = environment["DATABASE_OWNER_URL"]
    import django

    django.setup()
    from people.clock import today
    from tests.benchmarks import deciding, everywhere, files, importing, pages, telling, time

    on: date = today()
    found: list[Measure] = []
    if given.only in (None, "import"):
        found.append(importing.measure(owner_of_bench, rows=given.rows, repeat=given.repeat, on=on))
    if given.only in (None, "files"):
        found.append(files.measure(owner_of_bench, rows=given.rows, repeat=given.repeat, on=on))
    if given.only is None or given.only in TIME:
        found += time.measure(owner_of_bench, rows=given.rows, repeat=given.repeat, only=given.only, on=on)
    if given.only is None or given.only in DECIDING:
        found += deciding.measure(owner_of_bench, rows=given.rows, repeat=given.repeat, only=given.only)
    if given.only is None or given.only in TELLING:
        found += telling.measure(owner_of_bench, rows=given.rows, repeat=given.repeat, only=given.only, on=on)
    if given.only in (None, "enrol", "list"):
        found += pages.measure(owner, rows=given.rows, repeat=given.repeat, only=given.only, on=on)
    if given.only in (None, "pages"):
        found += everywhere.measure(owner, rows=given.rows, repeat=given.repeat)
    return found


sys.exit(main())
