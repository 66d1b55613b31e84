"""HR works through the clash desk: evidence first, one click, what it did, undo; and confirms what no record proves."""

from datetime import timedelta

from people.clock import today
from people.rules import say
from tests.journeys.test_the_calendar import enrol, somebody_free

DAY = timedelta(days=1)


def test_a_fix_wants_its_evidence_and_then_says_what_it_did(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    hr.navigate("Clash desk").look("Clash desk")
    hr.follow("queued without dates", exact=False)
    card = hr.main.get_by_role("article").first
    waits = card.get_by_role("heading").inner_text().split(",")[0]
    card.locator("summary").filter(has_text="Withdraw").click()
    hr.look("Clash desk")
    card.get_by_role("button", name="Withdraw").click()
    hr.look("Clash desk").reads("There is a problem", "As it stands now:")
    opened = hr.main.locator("details[open]")
    opened.get_by_label("Last day of learning").fill(say(today() - 30 * DAY))
    opened.get_by_label("Reason").fill("Moved to another team.")
    opened.get_by_role("button", name="Withdraw").click()
    hr.reads("Withdrawn:", "Open it").look("Clash desk")
    assert waits in hr.main.locator(".notice-success").inner_text()
    hr.navigate("Clash desk").follow("queued without dates", exact=False)
    card = hr.main.get_by_role("article").first
    card.locator("summary").filter(has_text="Give up the place").click()
    card.locator("details[open]").get_by_label("Reason").fill("Not needed any more.")
    card.locator("details[open]").get_by_role("button", name="Give up the place").click()
    hr.reads("The place is given up:").look("Clash desk")
    hr.press("Undo this").reads("Undone:").look("Clash desk")


def test_a_place_that_waits_gets_its_dates_by_one_click(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    hr.navigate("Clash desk").follow("queued without dates", exact=False)
    card = hr.main.get_by_role("article").first
    who = card.get_by_role("heading").inner_text()
    card.locator("summary").filter(has_text="Complete").click()
    card.locator("details[open]").get_by_role("button", name="Complete").click()
    hr.reads("Completed:").look("Clash desk")
    assert who.split(",")[0] in hr.main.locator(".notice-success").inner_text()
    hr.navigate("Clash desk").follow("nominations that would clash", exact=False)
    with hr.page.expect_navigation():
        hr.main.get_by_role("button", name="Approve").first.click()
    hr.reads("Approved and enrolled:").look("Clash desk")
    hr.follow("Open it", exact=False).reads("approved")


def test_facts_are_confirmed_and_a_no_is_on_the_desk(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    name = somebody_free(hr)
    enrolment = enrol(hr, name, today() + 10 * DAY, today() + 30 * DAY)
    hr.navigate("Today").reads("Starting within 28 days, to confirm").look("Today")
    hr.open(enrolment).reads("To confirm").look(name)
    hr.follow("Answer these").look("Confirm the facts")
    hr.press("Record these answers").reads("There is a problem").look("Confirm the facts")
    rights = hr.main.get_by_role("group", name="Right to work")
    rights.get_by_text("No", exact=True).click()
    hr.press("Record these answers").reads("puts this on the clash desk").look(name)
    hr.navigate("Clash desk").follow("answered no", exact=False).reads("right to work").look("Clash desk")
    with hr.page.expect_navigation():
        hr.main.get_by_role("button", name="Move the start to").first.click()
    hr.reads("Moved to other dates:").look("Clash desk")
