"""Which column of a file of another system is which fact: guessed from its name and from what its cells look like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from people import days
from people.reading import DAYS, FULL_NAME, MANAGER_NAME

NOT_LETTERS = re.compile(r"[^a-z0-9]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Names of columns without blanks, points and capitals, the likeliest first; then parts that are enough.
SYNONYMS = {
    "staff_number": (
        "staffnumber staffno staffid employeenumber employeeno employeeid employeeref empno empid empnumber payrollno "
        "payrollnumber payrollid payrollref personnelnumber personnelno personnelnr personnelid personnumber personid "
        "workerid workernumber assignmentnumber assignmentno associateid colleagueid userid id number no ref"
    ),
    FULL_NAME: "employeename fullname name personname staffname displayname workername colleaguename preferredname",
    "given_names": (
        "givennames givenname firstname firstnames forename forenames christianname employeefirstname legalfirstname"
    ),
    "family_name": "familyname surname lastname secondname employeelastname employeesurname legallastname",
    "email": "email emailaddress workemail workemailaddress mail emailwork businessemail primaryemail emailid",
    "job_title": "jobtitle position positiontitle title job role jobname post posttitle postname jobrole businesstitle",
    "department": (
        "department dept departmentname businessunit unit orgunit organisationunit organisationalunit organizationunit "
        "team directorate division section costcentrename costcentre supervisoryorganization organisation function"
    ),
    "manager_staff_number": (
        "managerstaffnumber managerstaffno managernumber managerno managerid manageremployeeid linemanagerno "
        "linemanagernumber linemanagerid linemanagerstaffnumber supervisorid supervisornumber reportstoid reportsto "
        "reportstonumber linemanageremployeenumber managerpayrollno managerref linemanagerpayrollno"
    ),
    MANAGER_NAME: (
        "linemanager linemanagername manager managername managersname supervisor supervisorname reportstoname "
        "reportingmanager reportsto"
    ),
    "date_of_birth": "dateofbirth dob birthdate birthday birthdt dateborn",
    "employed_from": (
        "employedfrom startdate dateofjoining datejoined joindate joiningdate hiredate dateofhire hired "
        "employmentstartdate employmentstart continuousservicedate joined contractstart start latesthiredate"
    ),
    "employed_until": (
        "employeduntil enddate leavingdate leavedate dateleft dateofleaving terminationdate employmentenddate "
        "employmentend lastday lastdayofemployment leftdate contractend left end lastworkingday"
    ),
}
NAMES = {fact: tuple(words.split()) for fact, words in SYNONYMS.items()}
# Names that leave it open whether a number stands there; all others of the two facts say so themselves.
OPEN = {"id", "number", "no", "ref", "userid", "reportsto"}
NUMBERED = {*NAMES["staff_number"], *NAMES["manager_staff_number"]} - OPEN


def guess(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """For each column the fact that it most likely is ("": none): by its name unless its cells speak against it.

    No fact is guessed twice. A column whose name says nothing is taken for the e-mail where all its cells are
    addresses; nothing else is guessed from cells alone.
    """
    names = [NOT_LETTERS.sub("", header.lower()) for header in headers]
    cells = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(len(headers))]
    guessed: dict[int, str] = {}
    ranks = []
    for fact, synonyms in NAMES.items():
        for at, name in enumerate(names):
            if name in synonyms and ((name in NUMBERED and _can_be_number(cells[at])) or _fits(fact, cells[at])):
                ranks.append((synonyms.index(name), at, fact))
    for _, at, fact in sorted(ranks):
        if at not in guessed and fact not in guessed.values():
            guessed[at] = fact
    if "email" not in guessed.values():
        addresses = [at for at, texts in enumerate(cells) if at not in guessed and texts and _fits("email", texts)]
        if len(addresses) == 1:
            guessed[addresses[0]] = "email"
    if FULL_NAME in guessed.values() and {"given_names", "family_name"} <= set(guessed.values()):
        guessed = {at: fact for at, fact in guessed.items() if fact != FULL_NAME}
    return tuple(guessed.get(at, "") for at in range(len(headers)))


def _fits(fact: str, texts: Sequence[str]) -> bool:
    """Whether cells can be this fact; blank ones can be any."""
    if not texts:
        return True
    if fact == "email":
        return _most(EMAIL.fullmatch(text) for text in texts)
    if fact in DAYS:
        return _most(days.NUMBERS.fullmatch(text) or days.read(text, days.DAY_FIRST, "1900") for text in texts)
    if fact == FULL_NAME:
        return _most("," in text for text in texts)
    if fact == MANAGER_NAME:
        return _most(" " in text and not any(letter.isdigit() for letter in text) for text in texts)
    if fact in ("staff_number", "manager_staff_number"):
        return _most(" " not in text and "@" not in text and any(letter.isdigit() for letter in text) for text in texts)
    return True


def _can_be_number(texts: Sequence[str]) -> bool:
    """Whether cells under a name that says “number” can be one: any code without blanks, but no address."""
    if not texts:
        return True
    return _most("@" not in text and (" " not in text or any(letter.isdigit() for letter in text)) for text in texts)


def _most(answers: object) -> bool:
    found = [bool(answer) for answer in answers]  # type: ignore[attr-defined]
    return sum(found) >= 0.8 * len(found)
