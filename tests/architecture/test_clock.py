"""Guard: one file reads the clock; ruff refuses it anywhere else, and templates do not ask for the day either."""

import re
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT, files


def ruff(path: str, code: str) -> str:
    """What ruff, as the product configures it, says of this code in a file of this name."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise", "--no-cache"]
    checked = subprocess.run(
        [*command, "--stdin-filename", path, "-"], cwd=ROOT, input=code, capture_output=True, text=True, check=False
    )
    assert checked.returncode in {0, 1}, checked.stderr
    return checked.stdout if checked.returncode else ""


def test_the_tree_reads_the_clock_in_one_file():
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise", "--no-cache"]
    checked = subprocess.run([*command, "."], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_template_asks_for_the_day():
    templates = [path for path in files() if path.startswith("templates/")]
    assert not [path for path in templates if re.search(r"{%\s*now\b", (ROOT / path).read_text())]


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import date\nday = date.today()\n",
        "import datetime\nday = datetime.date.today()\n",
        "import datetime as dt\nmoment = dt.datetime.now(dt.UTC)\n",
        "from datetime import datetime\nmoment = datetime.utcnow()\n",
        "from django.utils import timezone\nmoment = timezone.now()\n",
        "from django.utils.timezone import localdate\n",
        "import time\nseconds = time.time()\n",
    ],
)
@pytest.mark.parametrize("path", ["enrolment/actions.py", "people/views.py", "config/settings.py", "tests/x/test_y.py"])
def test_reading_the_clock_is_refused(path, code):
    assert "TID251" in ruff(path, code)


def test_the_clock_itself_may():
    assert not ruff("people/clock.py", "from django.utils import timezone\nmoment = timezone.now()\n")
