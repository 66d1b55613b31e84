"""Loading answers from a file: read it against the published version, foresee what it comes to, apply it in chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import uuid4

from assessment.models import Question, Questionnaire
from assessment.queries import Version, published_at
from assessment.queries import version as version_of
from enrolment.actions.batches import finish, keep
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.actions.responses import counted, foresee, import_responses, kept, skip_rows
from enrolment.answers import AnswersRow
from enrolment.models import Batch
from enrolment.queries.batches import turn
from people.cells import cleaned, listed, places, short, unguarded
from people.clock import now
from people.models import User
from people.records import DUPLICATE, LOST, REASONS, records_of, text_of, unreadable
from people.retry import patient

KIND = "responses"
NUMBER = "staff_number"
MOST_ROWS = 2_000_000
MOST_NUMBER = 40  # characters of a staff number


def published() -> Version:
    """The version that answers are to. Raises ValidationError ``unreadable_file`` while none is published."""
    found = Questionnaire.objects.published().first()
    if found is None:
        raise unreadable("No questionnaire is published, so there is nothing that people could have answered.")
    return version_of(found)


def read_responses(content: bytes, version: Version, *, most: int = MOST_ROWS) -> list[AnswersRow]:
    """The rows of a file, each with all answers to a version, or refused; of two about one person the first counts.

    Raises ValidationError ``unreadable_file``, also for a column that is no question and a question without a column.
    """
    records = records_of(text_of(content))
    header = next((cells for _, cells, problem in records if cells and not problem), None)
    if header is None:
        raise unreadable("The file is empty. Its first row names the columns, and each row below is one person.")
    reader = _Reader(header, version)
    rows: list[AnswersRow] = []
    for number, cells, problem in records:
        if problem:  # before the cells: of such a row there is only its line
            rows.append(AnswersRow(number, "", None, "not_readable", problem, "refused"))
        elif any(cells):
            rows.append(reader.read(number, cells))
        if len(rows) > most:
            raise unreadable(f"The file has more than {most:,} rows. Split it and load the parts one by one.")
    if not rows:
        raise unreadable("The file has its header and nothing below it. Add one row for each person.")
    return _in_order(rows)


def check_responses(content: bytes, *, file_name: str, by: User | None, on: date, most: int = MOST_ROWS) -> Batch:
    """Read and judge a file and keep what it would come to; nothing is recorded.

    Raises ValidationError ``unreadable_file``.
    """
    version = published()
    rows = read_responses(content, version, most=most)
    for outcomes in in_chunks(foresee, rows, version=version, on=on):
        _not_done(outcomes)
    total, counts = len(rows), counted(rows)
    return keep(kept(rows), kind=KIND, name=file_name, content=content, total=total, counts=counts, by=by, on=on)


def load_responses(content: bytes, *, file_name: str, by: User | None, on: date) -> list[AnswersRow]:
    """Load a file here and now; returns its rows in file order with their outcomes.

    Raises ValidationError ``unreadable_file``.
    """
    version = published()
    rows = read_responses(content, version)
    public_id, total, counts = uuid4(), len(rows), counted(())
    how = {"content": content, "total": total, "counts": counts, "by": by, "on": on, "public_id": public_id}
    with turn(public_id):
        batch = keep((), kind=KIND, name=file_name, is_begun=True, **how)  # type: ignore[arg-type]
        for _ in _apply(batch, rows, version):
            pass
    return rows


def apply_responses(batch: Batch) -> int | None:
    """Apply a kept file from where it stands to its end; returns how many rows were done now.

    None when somebody else is at it: the next sweep comes back. It is read with the version that it was checked
    against; once another is published, its rows come back with that reason.
    """
    with turn(batch.public_id) as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING:
            return 0
        version = published_at(batch.made_at)
        rows = read_responses(bytes(batch.content), version)
        return sum(_apply(batch, rows[batch.done :], version))


def _apply(batch: Batch, rows: Sequence[AnswersRow], version: Version) -> Iterator[int]:
    """Chunk after chunk from where the batch stands; gives how many rows each did. At its end the batch is applied."""
    for outcomes in in_chunks(patient(import_responses), rows, version=version, batch=batch, on=batch.made_on):
        if failed := _not_done(outcomes):
            skip_rows(failed, batch=batch)
        yield len(outcomes)
    finish(batch, at=now())


def _not_done(outcomes: Sequence[Outcome[AnswersRow]]) -> list[AnswersRow]:
    """The rows of a chunk that the database refused whole; each of them says so."""
    failed = [outcome for outcome in outcomes if outcome.refusal and outcome.refusal.code == "not_done"]
    for outcome in failed:
        outcome.subject.refuse("not_done", outcome.refusal.message if outcome.refusal else "")
    return [outcome.subject for outcome in failed]


def _in_order(rows: list[AnswersRow]) -> list[AnswersRow]:
    for position, row in enumerate(rows):
        row.position = position
    return rows


class _Reader:
    """Turns the cells of one row into answers or a refusal; knows the columns, and whom it has met."""

    def __init__(self, header: Sequence[str], version: Version) -> None:
        first = len(REASONS) if tuple(header[: len(REASONS)]) == REASONS else 0  # refused rows, corrected
        columns = {question.code.lower(): question for question in version.questions}
        wanted = (NUMBER, *columns)
        at, unused = places(header[first:], wanted, len(wanted))
        if unused:
            number = version.questionnaire.version
            raise unreadable(
                f"The column “{short(unused[0])}” is no question of version {number}. "
                f"The questions are {listed(list(columns))}."
            )
        self.width = len(header)
        self.number_at = at[NUMBER] + first
        self.questions = [(question, at[code] + first) for code, question in columns.items()]
        self.options = {question.code: _options(question) for question in version.questions}
        self.first_rows: dict[str, int] = {}

    def read(self, number: int, cells: Sequence[str]) -> AnswersRow:
        """One row: its answers, or refused with the code of the first thing that is wrong and a sentence for each."""
        cells = [unguarded(cell.strip()) for cell in cells]
        problems: list[tuple[str, str]] = []
        text = "".join(cells)
        if not text.isprintable() or LOST in text:
            cells, problems = cleaned(cells)
        if len(cells) > self.width and any(cells[self.width :]):
            problems.append(("too_many_cells", f"The row has {len(cells)} cells and the header {self.width}."))
        staff_number = cells[self.number_at] if self.number_at < len(cells) else ""
        problems[:0] = self._number_problems(number, staff_number)  # first: nobody else may be taken for this person
        answers: dict[str, str] = {}
        for question, place in self.questions:
            said = cells[place] if place < len(cells) else ""
            option = self.options[question.code].get(_folded(said))
            if option:
                answers[question.code] = option
            elif said:
                problems.append(("unknown_option", f"“{short(said)}” is no answer to “{question.short}”."))
            else:
                problems.append(("answer_missing", f"The answer to “{question.short}” is missing."))
        if problems:
            message = " ".join(dict.fromkeys(sentence for _, sentence in problems))
            return AnswersRow(number, staff_number[:60], None, problems[0][0], message, "refused")
        return AnswersRow(number, staff_number, answers)

    def _number_problems(self, number: int, staff_number: str) -> Iterator[tuple[str, str]]:
        if not staff_number:
            yield "staff_number_missing", "The staff number is missing."
            return
        first = self.first_rows.setdefault(staff_number, number)
        if first != number:
            yield DUPLICATE, f"Staff number {short(staff_number)} is in row {first} already, which counts."
        if len(staff_number) > MOST_NUMBER:
            count = len(staff_number)
            yield "too_long_text", f"The staff number has {count:,} characters; at most {MOST_NUMBER} fit."


def _options(question: Question) -> dict[str, str]:
    """What may stand in a cell, in small letters, for each option of a question: its code, or its words.

    A code wins over the words of another option; words that two options share stand for neither.
    """
    offered = list(question.options.all())
    words = Counter(_folded(option.label) for option in offered)
    said = {label: option.code for option in offered if words[label := _folded(option.label)] == 1}
    return said | {_folded(option.code): option.code for option in offered}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
