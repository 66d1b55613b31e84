"""What is asked of runs and proofs: the latest, whether a night is whole, and how the promise stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F

from enrolment.models import Proof, Run
from people.queries import late_notices

UNDER_WAY = "under_way"  # in a run's counts until it is finished: the chunks heard of, and when the last one was
MOST_FINDINGS = 500  # kept with a proof; where there were more, the last one kept says so
MORE = "more_findings"
NO_LATER_THAN = timedelta(hours=26)  # a night, and two hours to run in
LONDON = ZoneInfo("Europe/London")
LATEST_HOUR = 4  # London; by then a day is proved whether or not its night's run has ended
NOT_AGAIN_WITHIN = timedelta(minutes=10)
SLACK = timedelta(minutes=10)
DELAYED_AFTER = timedelta(minutes=15)
MOST_LATE = 1000
TABLES = ("enrolment", "0002_the_rule_through_time")  # the migration that made the proofs' table


@dataclass(frozen=True)
class Promise:
    """How the promise stands: the latest proof, how much it found, and since when a whole one is missing, if it is."""

    proof: Proof | None
    found: int
    missing_since: datetime | None

    @property
    def is_broken(self) -> bool:
        """Whether the latest proof found anything."""
        return self.found > 0


def promise(*, now: datetime, is_expected: bool) -> Promise:
    """How the promise stands; ``is_expected``: this installation is always on, so a whole proof comes every night."""
    proof = latest_proof()
    missing = overdue_proof(now=now) if is_expected else None
    return Promise(proof, number_found(proof) if proof else 0, missing)


@dataclass(frozen=True)
class Delay:
    """Mail that should have left a quarter of an hour ago: how many (at most `MOST_LATE`), since when due, and why."""

    count: int
    since: date
    why: str


def mail_delay(*, now: datetime, hours: Sequence[int]) -> Delay | None:
    """Whether mail is late, and what the mail server last said; None while everything leaves in time."""
    late = late_notices(now=now, hours=hours, by=DELAYED_AFTER, most=MOST_LATE)
    if not late:
        return None
    return Delay(len(late), late[0].due_on, next((notice.why for notice in late if notice.why), ""))


def last_sign(run: Run) -> datetime:
    """When a run was last heard of: its latest chunk, else its beginning."""
    heard = run.counts.get(UNDER_WAY)
    return datetime.fromisoformat(heard["at"]) if heard else run.started_at


def is_whole_night(on: date) -> bool:
    """Whether the night's run of a day has reached everybody."""
    return Run.objects.filter(kind=Run.Kind.NIGHT, on=on, finished_at__isnull=False, done=F("people")).exists()


def reached() -> date | None:
    """The latest day to which a run brought everybody whom it concerned."""
    whole = Run.objects.filter(finished_at__isnull=False, done=F("people")).exclude(kind=Run.Kind.AFTER_CHANGES)
    return whole.order_by("-on").values_list("on", flat=True).first()


def latest_proof(*, is_whole: bool | None = None) -> Proof | None:
    """The proof made last; of one kind if that is asked."""
    proofs = Proof.objects.all() if is_whole is None else Proof.objects.filter(is_whole=is_whole)
    return proofs.order_by("-at", "-id").first()


def is_truncated(proof: Proof) -> bool:
    """Whether a proof found more than it keeps."""
    return any(finding["code"] == MORE for finding in proof.findings)


def number_found(proof: Proof) -> int:
    """How many findings a proof has, kept or not."""
    return sum(finding["details"]["more"] if finding["code"] == MORE else 1 for finding in proof.findings)


def overdue_proof(*, now: datetime) -> datetime | None:
    """Since when a whole proof is missing, if it is 26 hours; a new installation has as long for its first one."""
    last = latest_proof(is_whole=True)
    made = MigrationRecorder.Migration.objects.filter(app=TABLES[0], name=TABLES[1]).values_list("applied", flat=True)
    since = last.at if last else made.first()
    return since if since and now - since > NO_LATER_THAN else None


def is_day_to_prove(on: date, *, now: datetime) -> bool:
    """Whether a day's whole proof is still to be made: after the night's run, or at four where that has not ended."""
    if Proof.objects.filter(is_whole=True, on=on).exists():
        return False
    return is_whole_night(on) or now.astimezone(LONDON).hour >= LATEST_HOUR


def to_prove_since(*, now: datetime) -> datetime | None:
    """From when changes are to be proved: the beginning of the latest proof, and a little before it.

    None while there is none yet (the whole table comes first), and for ten minutes after one. A transaction that began
    before a proof and ended after it is looked at by the next.
    """
    last = latest_proof()
    if last is None or now - last.at < NOT_AGAIN_WITHIN:
        return None
    return last.at - timedelta(seconds=last.seconds) - SLACK
