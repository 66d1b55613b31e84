"""What a person's record suggests before they are asked: chosen beforehand, shown as assumed, theirs to change."""

from __future__ import annotations

import re
from collections.abc import Mapping

from people.rules import folded

type Titles = Mapping[str, str]  # by option code, words of job titles between commas


def suggested(offered: Titles, job_title: str) -> str:
    """The option that a job title suggests: that of the longest words found in it, whole and in order; "" for none.

    Words of the same length that suggest different options suggest nothing: nobody is put where a coin would fall.
    """
    said = f" {_words(job_title)} "
    found: dict[int, set[str]] = {}
    for code, titles in offered.items():
        for title in map(_words, titles.split(",")):
            if title and f" {title} " in said:
                found.setdefault(len(title), set()).add(code)
    longest = found[max(found)] if found else set()
    return longest.pop() if len(longest) == 1 else ""


def _words(text: str) -> str:
    """Without capitals, accents and marks, one blank between words."""
    return " ".join(re.findall(r"\w+", folded(text)))
