"""A programme is extended into its follower, an apprenticeship stands still and goes on, a path is planned at once."""

from datetime import timedelta

from people.clock import today
from people.rules import say
from tests.journeys.test_the_calendar import enrol, somebody_free

DAY = timedelta(days=1)
FIRST, SECOND, LONG = "AI Leadership Literacy", "Adopting and Governing AI Systems", "AI & Automation Practitioner"


def test_extending_into_a_follower_shows_what_moves_before_and_after(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    name, end = somebody_free(hr), today() + 20 * DAY
    one = enrol(hr, name, today() - 7 * DAY, end)
    follow(hr, name, SECOND, FIRST).reads(say(end + DAY)).look("Check before you confirm")
    hr.press("Enrol").look("Enrolled").reads(f"It follows {FIRST} and moves with it.")

    hr.open(one).follow("Extend").look(f"Extend {FIRST}")
    hr.fill("Planned end", say(end)).press("Check").look(f"Extend {FIRST}").reads("That is not after the planned end")
    hr.fill("Planned end", say(end + 9 * DAY)).press("Check").look("Check before you confirm")
    hr.reads(f"{say(end + DAY)} to {say(end + 28 * DAY)} → {say(end + 10 * DAY)} to {say(end + 37 * DAY)}.")
    hr.press("Extend").look(name).reads("What moved with it:", f"now {say(end + 10 * DAY)} to {say(end + 37 * DAY)}.")

    hr.follow("Shorten").fill("Planned end", say(end - 19 * DAY)).press("Check").look("Check before you confirm")
    hr.reads("for HR to say yes")
    hr.follow("Leave it as it is").look(name).reads("Active")


def test_a_break_queues_what_follows_until_the_return_is_known(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    name, start, end = somebody_free(hr), today() - 30 * DAY, today() + 400 * DAY
    hr.navigate("People").follow(name).follow("Enrol", inside=hr.main).choose(LONG)
    hr.fill("Start", say(start)).fill("Planned end", say(end)).press("Check").press("Enrol")
    long = hr.where.partition("?")[0]
    follow(hr, name, FIRST, LONG).press("Enrol")
    follower = hr.where.partition("?")[0]

    hr.open(long).follow("Begin a break").press("Check").look("Begin a break").reads("Say why, for the history.")
    hr.fill("Reason", "Parental leave.").press("Check").look("Check before you confirm")
    hr.reads(f"loses its dates until {LONG}")
    hr.press("Begin the break").look(name).reads("the return date is not known", "no dates any more")
    hr.open(follower).look(name).reads(f"Queued behind {LONG}")

    hr.open(long).follow("State the return").fill("Return date", say(today() + 90 * DAY))
    hr.fill("New planned end", say(end + 90 * DAY)).press("Check").look("Check before you confirm")
    hr.reads(f"Proposed: {say(end + 91 * DAY)} to {say(end + 118 * DAY)}").press("State the return")
    hr.look(name).reads(f"back on {say(today() + 90 * DAY)}")
    hr.navigate("Today").look("Today").press(f"Yes, these dates for {name}")
    hr.look("Today").reads(f"Dates given: {FIRST} for {name} is now planned")
    assert hr.where == "/today/"
    hr.open(follower).look(name).reads("Planned")


def test_a_whole_path_on_one_time_line(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    name = somebody_free(hr)
    hr.navigate("People").follow(name).follow("Plan a path").look(f"Plan a path for {name}")
    for box in ("First", "Then, third", "Then, fourth"):
        hr.box(box).select_option(label="Nothing")
    hr.box("Then").first.select_option(label="Nothing")
    hr.press("Show the time-line").look(f"Plan a path for {name}").reads("Choose a programme.")
    hr.box("First").select_option(label=FIRST)
    hr.box("Then, third").select_option(label=SECOND)
    hr.press("Show the time-line").look(f"Check the path of {name}").reads(f"It follows {FIRST}.")
    hr.press("Enrol on this path").look(name).reads(f"The path of {name} is planned")


def follow(hr, name, programme, ahead):
    """Ask for a programme behind another one of the same person; ends on the check page."""
    hr.navigate("People").follow(name).follow("Enrol", inside=hr.main).choose(programme)
    return hr.choose(f"Behind {ahead}").press("Check")
