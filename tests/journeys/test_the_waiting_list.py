"""A full cohort: somebody gives their seat up, the next who may have it gets it, and who is passed over sees a way."""

from datetime import timedelta

from people.clock import today
from people.rules import say

DAY = timedelta(days=1)


def test_a_freed_seat_goes_to_the_next_and_the_one_passed_over_gets_another(demo_site, arrive):
    demo_site.work()
    hr = arrive().sign_in_as("hr").navigate("Cohorts").look("Cohorts")
    full = hr.row("full", "waiting").get_by_role("link").inner_text()
    hr.follow(full).look(full).reads("0 free", "Yes, as soon as one is free")
    cohort, seats, line = hr.where, hr.main.get_by_role("table").nth(0), hr.main.get_by_role("table").nth(1)
    has, passed_over, comes = name(seats, 1), name(line, 1), name(line, 2)
    hr.reads("No:", "fits and has a seat")

    hr.follow(has).follow("Cancel", inside=hr.main).fill("Reason", "The project was postponed.").press("Check")
    hr.press("Cancel").open(cohort)
    until_shown(hr, seats.get_by_role("link", name=comes, exact=True))
    assert name(line, 1) == passed_over
    hr.look(full).reads("0 free", "No:")

    hr.follow("Give that seat", inside=line, exact=False).look(f"Give dates to {passed_over}")
    hr.press("Check").look("Check before you confirm").press("Give these dates").look("Dates given").open(cohort)
    assert line.get_by_role("link", name=passed_over, exact=True).count() == 0


def test_a_cohort_is_moved_and_another_closed(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Cohorts")
    full = hr.row("full", "waiting").get_by_role("link").inner_text()
    hr.follow(full)
    cohort = hr.where
    hr.follow("Move").look(f"Move {full}").fill("Start date", "tomorrow").press("See who can come")
    hr.look(f"Move {full}").reads("Enter a day like 4 May 2026.")
    start = today() + 63 * DAY
    hr.fill("Start date", say(start)).fill("Planned end date", say(start + 27 * DAY)).press("See who can come")
    hr.look("Check before").reads("can come").press("Move the cohort")
    hr.look(full).reads("was moved.", "moved with it", say(start))

    hr.follow("Close").look(f"Close {full}").press("Check").look(f"Close {full}").reads("Say why, for the history.")
    hr.fill("Reason", "Too few people.").press("Check").look("Check before you close").press("Close the cohort")
    hr.look(full).reads("was closed.", "What was done", "Closed")
    hr.press("Open it again").look(full).reads("is open again")
    assert hr.where == cohort


def name(table, row):
    """Who is in a row of a table, counted from 1."""
    return table.get_by_role("row").nth(row).get_by_role("link").first.inner_text()


def until_shown(hr, wanted):
    """Read the page again until the worker has done its part; Playwright's patience is the limit."""
    for _ in range(300):
        if wanted.count():
            return
        hr.page.wait_for_timeout(250)  # read without a pause, the page takes the time that the worker needs
        hr.open(hr.where)
    raise AssertionError(f"{hr.where} never shows it")
