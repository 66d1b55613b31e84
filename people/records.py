"""Taking a file apart: bytes become records, and the refused ones become a file to correct."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Protocol

from django.core.exceptions import ValidationError

MOST_LOST_QUOTES = 100
REASONS = ("row", "code", "reason")  # the first columns of the file of refused rows
DUPLICATE = "duplicate_staff_number"
LOST = "\ufffd"  # stands for a letter that was lost
WHAT_TO_DO = "Save it as “CSV UTF-8” with commas and try again."
GIVEN_UP = "Quotation marks are not closed in many rows: this one and all below were not read."
BEGINNINGS = (
    (b"PK\x03\x04", "an Excel workbook or another zipped file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)


class Reading(Protocol):
    """How a file of another system is read (`people.reading`), as far as its refused rows need it."""

    separator: str
    header_row: int
    skipped: int

    @property
    def number_at(self) -> int:
        """The place of the staff number among the cells of a row."""


LONGEST = 1_000_000  # characters of one row, its line breaks included: more is no person, and would fill the memory

csv.field_size_limit(2**31 - 1)  # a cell that is too long is that row's refusal, not the file's


class _TooLong(csv.Error):
    """A row that has more than `LONGEST` characters; as wide as it is, it never reaches the reader."""


class _Lines:
    """The lines of a text with their ends, one at a time, so that a large file is not held twice.

    ``begun`` is where the row that is being read begins.
    """

    def __init__(self, text: str) -> None:
        self.text, self.at, self.begun = text, 0, 0
        self.returns = -1  # where the next carriage return is; most files have none, and it is looked for once

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        first, self.at = self.at, self.end(self.at)
        if self.at == first:
            raise StopIteration
        if self.at - self.begun > LONGEST:
            raise _TooLong
        return self.text[first : self.at]

    def end(self, at: int) -> int:
        """Where the line that begins here ends, its end included."""
        if self.returns < at:
            found = self.text.find("\r", at)
            self.returns = len(self.text) if found < 0 else found
        end = self.text.find("\n", at, self.returns)
        if end < 0:
            end = self.returns + self.text.startswith("\r\n", self.returns)
        return min(end + 1, len(self.text))


def unreadable(sentence: str) -> ValidationError:
    """The refusal of a whole file, in one sentence."""
    return ValidationError(sentence, code="unreadable_file")


def text_of(content: bytes) -> str:
    """The file's text. Raises ValidationError when it is none."""
    for beginning, what in BEGINNINGS:
        if content.startswith(beginning):
            raise unreadable(f"This is {what}, not a CSV file. {WHAT_TO_DO}")
    if b"\0" in content[:1000].split(b"\n")[0]:
        raise unreadable(f"This is not a CSV file in UTF-8. {WHAT_TO_DO}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise unreadable(f"Line {line:,} has letters that are not in UTF-8. {WHAT_TO_DO}") from None


def records_of(text: str, separator: str = ",") -> Iterator[tuple[int, list[str], str]]:
    """Each row's number, its cells, and why it could not be taken apart, if so: then its line is one cell.

    A row with a quotation mark that is not closed in it would take the rows below with it, so reading begins again at
    the line below; a file with many of them is given up, since each may cost a walk to its end: every line that is
    left counts as a row that could not be read. Of a row that is longer than `LONGEST` no more is kept.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number, begun_again = 0, 0
    while True:
        number += 1
        begun = lines.begun = lines.at
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            end = lines.end(begun)
            has_taken_more = lines.at > end
            if has_taken_more and begun_again == MOST_LOST_QUOTES:
                lines.at = begun
                left = (line.rstrip("\r\n") for line in _whole(lines))
                yield from ((number + at, [line], GIVEN_UP) for at, line in enumerate(left) if line.strip())
                return
            kept = min(end, begun + LONGEST)
            yield number, [text[begun:kept].rstrip("\r\n")], _sentence(error, has_taken_more)
            if has_taken_more:
                begun_again += 1
                lines.at = end
                reader = csv.reader(lines, delimiter=separator, strict=True)
            continue
        yield number, cells, ""


def _whole(lines: _Lines) -> Iterator[str]:
    """The lines that are left, as long as they are."""
    while (end := lines.end(lines.at)) > lines.at:
        yield lines.text[lines.at : end]
        lines.at = end


def _sentence(error: csv.Error, is_open: bool) -> str:
    if is_open:
        return "A quotation mark in this row is not closed. Close it, or write it twice if it is part of the text."
    if isinstance(error, _TooLong):
        return (
            f"This row has more than {LONGEST:,} characters, which no person has. "
            "Look for a cell that holds a whole file, and empty it."
        )
    return "A quotation mark is in the wrong place. Write it twice if it is part of the text."


def refused_lines(
    content: bytes,
    refused: Mapping[int, tuple[str, ...]],
    reasons: tuple[str, ...] = REASONS,
    reading: Reading | None = None,
) -> Iterator[list[str]]:
    """A file with only its refused rows, each with the reason first; the header comes first.

    ``refused`` gives by row number what stands in the columns ``reasons`` after the number: code, message, perhaps
    more. It is made to be corrected and read again: no cell is added or cut, but for a row beyond `LONGEST`, and as it
    stands none of its rows is taken. So a staff number that is in a people file twice is left out, a row that could not
    be taken apart is whole in its first cell, and a NUL, which spreadsheets end a cell at, is shown as U+FFFD.
    """
    if reading:  # of another system: the file was kept as text, with its own columns
        records = records_of(content.decode(), reading.separator)
        header = next(cells for number, cells, _ in records if number == reading.header_row)
        first, number_at = reading.skipped, reading.number_at
    else:
        records = records_of(text_of(content))
        header = next(cells for _, cells, problem in records if cells and not problem)
        first = len(reasons) if tuple(header[: len(reasons)]) == reasons else 0  # a file of this kind, corrected
        number_at = [cell.strip().lower() for cell in header].index("staff_number")
    yield [*reasons, *header[first:]]
    for number, cells, problem in records:
        if number not in refused:
            continue
        code, message, *more = refused[number]
        if code == DUPLICATE:
            cells[number_at] = ""
            message = f"{message} It is left out here: write this person's own, or delete this row."
        kept = cells if problem else cells[first:]
        yield [str(number), code, message, *more, *(cell.replace("\0", LOST) for cell in kept)]
