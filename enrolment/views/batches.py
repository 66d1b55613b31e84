"""One long job on its page: what it would come to, how far it is, what came of it, and its refused rows as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from enrolment import exports, rules
from enrolment.actions.batches import begin
from enrolment.actions.invitations import KIND as INVITATIONS
from enrolment.actions.outcomes import CHUNK
from enrolment.actions.people import NEW_DEPARTMENTS
from enrolment.imports import apply_batch
from enrolment.imports.enrolments import TYPED_TWICE
from enrolment.models import Batch, BatchRow
from enrolment.queries import batches
from people.clock import today
from people.reading import Reading
from people.records import REASONS, refused_lines

# Outcomes by which something is written.
CHANGES = ("created", "updated", "left", "queued", "waiting", "restored", "removed", "invited")
WILL_BE = {
    "created": "will be created",
    "updated": "will be updated",
    "queued": "will be queued",
    "waiting": "will wait for a seat",
    "left": "will leave",
    "restored": "will be restored",
    "removed": "will be removed",
    "invited": "will be invited",
}  # an outcome while nothing is written yet
MOST_REPEATED = 20
# What the page of a file of people shows besides.
NO_FILE: dict[str, Any] = {"whole_form": None, "undo_url": "", "brakes": [], "to_invite": 0}
WITH_START = (*REASONS, "earliest_start")


@dataclass(frozen=True)
class Job:
    """How one kind of job speaks, and where its pages are (names of routes).

    ``titles`` are those of checking, doing and done, with room for its name; ``stats`` the outcomes with their labels.
    """

    kinds: tuple[str, ...]
    page: str
    refused_page: str
    again_page: str
    list_page: str
    back: str
    titles: tuple[str, str, str]
    stats: tuple[tuple[str, str], ...]
    unit: str
    many: str
    done: str
    see: str
    apply: str
    again: str
    first: str
    refused: str
    nothing_new: str
    nothing_taken: str
    row_titles: dict[str, str]
    reasons: tuple[str, ...] = WITH_START
    is_quick: bool = True  # up to 500 are done while somebody waits
    was_done: str = ""  # what the first of `stats` is called afterwards, where that is something else
    is_file: bool = True  # else its rows are people whom somebody chose, and have no number of their own
    only: Mapping[str, str] = field(default_factory=dict)  # what was done, by outcome, where it came to that one alone
    has_brake: bool = False  # it can be stopped: whoever shows its page says how it is begun
    others: tuple[Job, ...] = ()  # kinds with the same addresses and other words

    def of(self, kind: str) -> Job:
        """How a kind of job speaks that shares these addresses."""
        return next((other for other in self.others if kind in other.kinds), self)

    def title(self, batch: Batch) -> str:
        """What the page is called now."""
        at = {Batch.Status.CHECKED: 0, Batch.Status.APPLYING: 1}.get(Batch.Status(batch.status), 2)
        return self.titles[at].format(batch.file_name)


def batch_page(
    request: HttpRequest,
    job: Job,
    public_id: UUID,
    *,
    begun: Callable[[HttpRequest, Batch], str] | None = None,
    more: Callable[[Batch], dict[str, Any]] | None = None,
) -> HttpResponse:
    """The page of a job. POST does it, once: at once if it is short, else in the background.

    ``begun`` begins jobs that can be stopped, and says why they were; ``more`` is what their page shows besides.
    """
    batch = _batch(request, job, public_id)
    job = job.of(batch.kind)
    error = ""
    if request.method == "POST":
        if begun and job.has_brake:
            error = begun(request, batch)
        elif begin([batch], on=today()) and job.is_quick and batch.total <= CHUNK:
            apply_batch(batch.pk)
        if not error:
            return redirect(job.page, public_id=batch.public_id)
    show = request.GET.get("show", "")
    show = show if show in (*batches.SHOWN, batches.LOST) else ""
    after = request.GET.get("after", "")
    is_row = after.isascii() and after.isdecimal() and len(after) < 10
    rows, following = batches.rows_page(batch, show=show, after=int(after) if is_row else 0)
    counts: dict[str, Any] = batch.counts
    total = sum(counts.get(name, 0) for name, _ in job.stats)
    context = {
        "job": job,
        "news": _news(job, batch),
        "done_title": _done(job, batch),
        "title": job.title(batch),
        "batch": batch,
        "counts": counts,
        "stats": [_stat(name, _label(job, batch, name, label), counts.get(name, 0)) for name, label in job.stats],
        "total": total,
        "is_unchanged": bool(total) and counts.get("unchanged", 0) == total,
        "is_waiting": batches.is_waiting(batch),
        "is_settled": _is_settled(batch),
        "departments": counts.get(NEW_DEPARTMENTS, []),
        "changes_nothing": not _changes(batch),
        "rows": _lines(batch, rows),
        "typed_twice": _typed_twice(counts.get(TYPED_TWICE, [])),
        "rows_title": job.row_titles.get(show, "Rows to look at" if job.is_file else "To look at"),
        "show": show,
        "next_url": f"?show={show}&after={following}" if following else None,
        "back_url": reverse(job.again_page),
        "again_url": reverse(job.again_page),
        "list_url": reverse(job.list_page),
        "refused_url": reverse(job.refused_page, args=[batch.public_id]),
        "brake_error": error,
        **(more(batch) if more else NO_FILE),
    }
    return render(request, "enrolment/batch.html", context)


def refused_file(request: HttpRequest, job: Job, public_id: UUID, *, file_name: str) -> HttpResponseBase:
    """The refused rows as the file has them, each after its reason: correct them and load that file.

    Not before the others are loaded: a row that is refused because of one of them could be taken without it.
    """
    batch = _batch(request, job, public_id)
    if not _is_settled(batch):
        raise Http404
    job, refused = job.of(batch.kind), batches.refused_rows(batch)
    if batch.kind in ("moves", "undo", INVITATIONS):
        rows: Iterator[list[str]] = (
            [
                *[str(row.row), row.code, row.message, _iso(row.earliest_start)][: len(job.reasons)],
                row.staff_number,
                row.name,
            ]
            for row in refused.values()
        )
        headers = [*job.reasons, "staff_number", "name"]
    else:
        reasons = {
            number: (row.code, row.message, _iso(row.earliest_start))[: len(job.reasons) - 1]
            for number, row in refused.items()
        }
        read = Reading.from_json(batch.reading) if batch.reading else None
        rows = refused_lines(bytes(batch.content), reasons, job.reasons, read)
        headers = list(map(exports.safe_cell, next(rows)))
    answer = StreamingHttpResponse(exports.lines(headers, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


def links(request: HttpRequest, job: Job) -> list[tuple[Batch, str]]:
    """The last jobs of a kind that were done, with where they lead."""
    found = batches.latest_files(request.user, job.kinds)
    return [(batch, reverse(job.page, args=[batch.public_id])) for batch in found]


def _batch(request: HttpRequest, job: Job, public_id: UUID) -> Batch:
    rows = Batch.objects.visible_to(request.user)
    return get_object_or_404(rows.filter(kind__in=job.kinds), public_id=public_id)


def _stat(name: str, label: str, count: int) -> dict[str, Any]:
    return {"count": count, "label": label, "url": f"?show={name}#rows" if count and name in batches.SHOWN else ""}


def _label(job: Job, batch: Batch, name: str, label: str) -> str:
    is_done = name == job.stats[0][0] and batch.status == Batch.Status.APPLIED
    return job.was_done if job.was_done and is_done else label


def _news(job: Job, batch: Batch) -> str:
    """What is read out when the work has ended."""
    if batch.status != Batch.Status.APPLIED:
        return ""
    came = ((name, _label(job, batch, name, label)) for name, label in job.stats if batch.counts.get(name))
    counted = [f"{batch.counts[name]:,} {label}" for name, label in came]
    return f"{_done(job, batch)}: {', '.join(counted)}." if counted else f"{job.done}."


def _done(job: Job, batch: Batch) -> str:
    """What was done, by its name; where it came to one thing only, by the name of that."""
    came = [name for name in CHANGES if batch.counts.get(name)]
    return job.only.get(came[0], job.done) if len(came) == 1 else job.done


def _lines(batch: Batch, rows: Sequence[BatchRow]) -> list[dict[str, Any]]:
    """Rows with whether each is of somebody who is missing from the file: those have no row of their own in it."""
    is_checked = batch.status == Batch.Status.CHECKED
    missing = set(batch.leaving) if rows else set()
    return [{**_row(row, is_checked=is_checked), "is_missing": row.staff_number in missing} for row in rows]


def _row(row: BatchRow, *, is_checked: bool) -> dict[str, Any]:
    """A row as its page shows it: its outcome as it is, or as it will be; its earliest start said once."""
    earliest = row.earliest_start if row.outcome == "refused" else None
    why = row.message.replace(f" {rules.earliest_said(earliest)}", "") if earliest else row.message
    label = WILL_BE.get(row.outcome, row.outcome) if is_checked else row.outcome
    return {"row": row, "label": label, "why": why, "earliest": earliest}


def _typed_twice(repeated: Sequence[tuple[str, int]]) -> list[str]:
    """What was typed more than once, in words; the first few."""
    often = [(number, "twice" if count == 2 else f"{count} times") for number, count in repeated]
    said = [f"You typed {number} {times}: counted once." for number, times in often[:MOST_REPEATED]]
    more = len(often) - MOST_REPEATED
    return [*said, f"So were {more} more numbers that you typed more than once."] if more > 0 else said


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""


def _changes(batch: Batch) -> bool:
    return any(batch.counts.get(name) for name in CHANGES)


def _is_settled(batch: Batch) -> bool:
    """Whether nothing of this job is still to be written."""
    return batch.status == Batch.Status.APPLIED or (batch.status == Batch.Status.CHECKED and not _changes(batch))
