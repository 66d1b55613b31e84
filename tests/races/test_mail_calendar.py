"""Mail through time, with real beats and workers under a moved clock: three beats, nine days off, clock changes."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Scale
from tests.mail_server import Letter
from tests.races.post_office import SEND, PostOffice, until

DAY = timedelta(days=1)
GOVERNANCE = "Adopting and Governing AI Systems"
LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2027, 6, 14, 9, tzinfo=UTC)  # ten in the morning in London
# The Friday before and the Monday after each change: minutes of UTC around eight in London, and around eight before.
MORNINGS = [
    (date(2027, 3, 26), (6, 59), (7, 59), (8, 1)),
    (date(2027, 3, 28), (5, 59), (6, 59), (7, 1)),  # the Sunday of the change itself
    (date(2027, 3, 29), (5, 59), (6, 59), (7, 1)),
    (date(2027, 10, 29), (5, 59), (6, 59), (7, 1)),
    (date(2027, 10, 31), (6, 59), (7, 59), (8, 1)),
    (date(2027, 11, 1), (6, 59), (7, 59), (8, 1)),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    """Servers, two workers with two processes each, and a mail server; mail has its usual hours."""
    made = PostOffice(tmp_path_factory.mktemp("office"), MAIL_HOURS="8-20")
    try:
        made.start()
        made.run("worker", "worker")
        made.run("worker", "another")
        made.sweep()
        yield made
    finally:
        made.stop()


def test_mail_leaves_in_the_morning_whatever_the_clocks_do(office):
    for day, *times in MORNINGS:
        name = f"clock{day:%m%d}-"
        moments = [datetime(day.year, day.month, day.day, *time, tzinfo=UTC) for time in times]
        office.set_now(moments[0])
        assert office.ask(f"letters(5, {name!r})") == 5
        for early in moments[:2]:
            office.set_now(early)
            office.sweep()
            assert office.letters_of(name) == [], early
        office.set_now(moments[2])
        assert office.drained(name)
        came = office.letters_of(name)
        assert len({letter.number for letter in came}) == len(came) == 5
        assert {(letter.at.astimezone(LONDON).hour, letter.at.astimezone(LONDON).date()) for letter in came} == {
            (8, day)
        }


def test_beat_was_off_for_nine_days(office):
    """What is over is not said; what still holds names its days, so that it is true on whatever day it is read."""
    office.set_now(datetime(2027, 6, 21, 9, tzinfo=UTC))
    # One starts while beat is off, one after it; a reminder of the first is due while it is off and late afterwards.
    assert office.ask("placed(1, 'began', 'ai-governance', '2027-06-29', '2027-09-20')") == 1
    assert office.ask("placed(1, 'coming', 'ai-governance', '2027-07-05', '2027-09-20')") == 1
    assert office.ask("placed(1, 'left', 'ai-governance', '2027-07-05', '2027-09-20')") == 1
    for name in ("began", "coming", "left"):
        assert office.drained(name)
        assert [subject(letter) for letter in office.letters_of(name)] == [f"You are enrolled on {GOVERNANCE}"], name
    # As if they had been told long ago: then the reminder is not left out as said just now.
    soon = "Notice.objects.filter(kind='enrolled', employee__staff_number__regex='^(began|coming|left)').update({})"
    assert office.ask(soon.format("due_on=today() - timedelta(30)")) == 3
    office.mail.letters.clear()
    office.ask(
        "[len(part) for part in in_chunks(follow, list(Employee.objects.values_list('id', flat=True)), on=today())]"
    )
    kinds = "sorted(Notice.objects.filter(employee__staff_number='began0').values_list('kind', 'status'))"
    assert ["starts_soon", "due"] in office.ask(kinds)

    office.set_now(datetime(2027, 6, 30, 9, tzinfo=UTC))
    office.ask("Employee.objects.filter(staff_number='left0').update(employed_until=today() - timedelta(2))")
    office.run("beat", "beat")
    until(lambda: len(office.letters_of("began")) and len(office.letters_of("coming")), "what is late is said")
    until(lambda: ["started", "sent"] in office.ask(kinds), "and written down")
    office.sweep()
    office.processes.stop("beat")
    began, coming = office.letters_of("began"), office.letters_of("coming")
    assert [subject(letter) for letter in began] == [f"Your time on {GOVERNANCE} has begun"]
    assert "began on 29 June 2027" in began[0].text
    assert [subject(letter) for letter in coming] == [f"You start {GOVERNANCE} on 5 July 2027"]
    assert office.letters_of("left") == []
    assert ["starts_soon", "withdrawn"] in office.ask(kinds)


def test_three_beats_say_everything_once(office, scale: Scale):
    """A faked fortnight of starts with three beats that tick by the second: one letter of each kind to each.

    Who starts more than a week ahead also hears of it a week before.
    """
    days, people = scale.pick(3, 14), scale.pick(12, 60)
    office.set_now(MONDAY)
    for day in range(days):
        start = MONDAY.date() + (day + 1) * DAY
        made = f"placed({people}, 'beats{day}-', 'ai-governance', '{start}', '{start + 89 * DAY}')"
        assert office.ask(made) == people
    for number in range(3):
        office.run("beat", f"beat{number}", DRILL_BEAT="1")
    for day in range(days + 1):
        office.set_now(MONDAY + day * DAY)
        before = office.done(SEND)
        until(partial(has_said, office, people * (days + day)), f"all of day {day} is said")
        until(partial(has_ended, office, before + 6), "they go on waking")
    for number in range(3):
        office.processes.stop(f"beat{number}")
    came = office.letters_of("beats")
    kinds = Counter(subject(letter).split(GOVERNANCE)[0] for letter in came)
    wanted = {"You are enrolled on ": days, "Your time on ": days, "You start ": max(days - 7, 0)}
    assert kinds == Counter({start: people * number for start, number in wanted.items()})
    assert set(Counter((letter.to, subject(letter)) for letter in came).values()) == {1}
    assert {letter.number for letter in came} == set(office.ask("[n for n, s in told('beats').items() if s == 'sent']"))
    begun = "EnrolmentEvent.objects.filter(move='start', subject__employee__staff_number__startswith='beats')"
    assert (
        office.ask(f"{begun}.count()") == office.ask(f"{begun}.values('subject').distinct().count()") == people * days
    )
    for letter in came:
        if subject(letter).endswith("has begun"):
            assert f"began on {letter.at.day} {letter.at:%B %Y}" in letter.text


def has_said(office: PostOffice, number: int) -> bool:
    """Whether so many of the beats' people heard that they are enrolled, or that their time has begun."""
    said = [subject(letter) for letter in office.letters_of("beats")]
    return sum(not each.startswith("You start ") for each in said) >= number


def has_ended(office: PostOffice, number: int) -> bool:
    """Whether so many sweeps have ended."""
    return office.done(SEND) > number


def subject(letter: Letter) -> str:
    """The subject line of a letter."""
    return next(line.partition(": ")[2] for line in letter.text.splitlines() if line.startswith("Subject: "))
