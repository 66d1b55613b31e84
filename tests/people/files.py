"""People files for tests: written row by row, or generated with the properties of a real organisation's."""

import csv
import io
import random
from datetime import date, timedelta

from people.imports import HEADER

PLAIN = {"given_names": "Ada", "family_name": "Byron"}


def people_file(*rows: dict[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    """A people CSV with these rows; names are given where a row has none."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    writer.writerows({**PLAIN, **row} for row in rows)
    return text.getvalue().encode()


def organisation(people: int, *, seed: int = 1) -> bytes:
    """A file like a real one: shuffled, so that managers come after their reports; letters of many languages, commas in
    cells, 49 departments, one person without a manager, some who leave and one who joins."""
    dice = random.Random(seed)
    given = ("Imogen", "François", "Yusuf", "Siân", "Łukasz", "Chidi", "Mary Ann", "Đorđe")
    family = ("Szymański", "Yeboah", "Zielińska", "O'Brien", "McAllister", "van der Berg", "Nuñez", "Ng")
    rows = []
    for number in range(people):
        start = date(2005, 1, 1) + timedelta(days=dice.randrange(7000))
        rows.append(
            {
                "staff_number": f"{100_000 + number}",
                "given_names": dice.choice(given),
                "family_name": dice.choice(family),
                "email": f"person.{number}@example.org",
                "job_title": dice.choice(("Director, Finance", "Analyst", "Head of Data", "Economist")),
                "department": f"Department {number % 49}",
                "manager_staff_number": f"{100_000 + (number - 1) // 8}" if number else "",
                "date_of_birth": str(date(1960, 1, 1) + timedelta(days=dice.randrange(14_000))),
                "employed_from": "2027-01-04" if number == people - 1 else str(start),
                "employed_until": "2026-12-31" if number % 97 == 5 else "",
            }
        )
    dice.shuffle(rows)
    return people_file(*rows)
