"""HR writes a text and goes back to the original; a yes to the next step nominates, and HR asks the others."""

import re

from tests.config.machine import eventually

WARM = "Dear {{ person.given_names }},\n\nYou are on {{ enrolment.programme.name }}.\n\n{{ site }}/my-programme/"


def test_a_text_is_written_read_tried_saved_and_taken_back(demo_site, arrive):
    demo_site.work()
    hr = arrive().sign_in_as("hr").navigate("Messages").follow("Texts of messages").look("Texts of messages")
    hr.follow("Enrolled", inside=hr.main).look("Enrolled: text").reads("The original text holds.", "What you may use")
    hr.fill("Text", WARM + "\n{{ person.nmae }}").press("Preview").look("Enrolled: text")
    hr.reads("Line 6: “person.nmae” is not known here. You may use person.given_names")
    hr.fill("Text", WARM).press("Preview").look("Enrolled: text").reads(
        "Dear Amara,", "A sample, with a made-up person."
    )
    hr.press("Send a trial to me").look("Enrolled: text").reads("A trial is on its way to")
    assert eventually(lambda: any("Trial: " in text for text in mails(demo_site)))
    hr.press("Save").look("Enrolled: text").reads("Say why the text changes")
    hr.fill("Why does it change?", "Shorter and warmer.").press("Save").look("Enrolled: text")
    hr.reads("Your own text holds, version 1.", "Shorter and warmer.")
    hr.press("Back to the original").look("Enrolled: text").reads("The original text holds", "Version 2")
    hr.follow("Version 1", inside=hr.main).look("Enrolled: text")
    assert hr.box("Text").input_value().startswith("Dear {{ person.given_names }}")


def test_a_yes_on_a_page_nominates_and_hr_asks_those_who_are_left(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Reports").follow("Who could go on").look("Who could go on")
    hr.reads("What fits next", "By department")
    after = hr.main.locator("table a[href*='/next-step/']").first
    address = after.get_attribute("href")
    hr.open(address).look("What comes after").reads("Saying yes nominates")
    hr.press("Nominate for it").look("Nomination of").reads("The next step after")
    hr.open(address).look("What comes after").reads("Somebody in HR decides")
    hr.navigate("Reports").follow("Who could go on").look("Who could go on")
    ask(hr)
    if hr.heading.startswith("Ask "):
        ask(hr.look("Ask "))
    hr.look("Who could go on").reads("asked whether to go on")


def ask(hr):
    """Press the button that asks, however many it says."""
    with hr.page.expect_navigation():
        hr.main.get_by_role("button", name=re.compile("^Ask ")).click()


def mails(site):
    """What was mailed."""
    return [path.read_text() for path in (site.data / "mail").iterdir()]
