"""The learner's own page and the manager's month: confirm, dispute, not now, the calendar, what happened, on paper."""

from datetime import timedelta
from urllib.parse import quote, urlsplit

from icalendar import Calendar

from people.clock import today
from people.rules import say

DAY = timedelta(days=1)
RECORDED, LONG = "Is what is recorded right?", "AI & Automation Practitioner"
A4 = {"format": "A4", "print_background": True}


def section(person, heading):
    """The part of the page under a heading."""
    return person.main.locator("section.card").filter(has=person.page.get_by_role("heading", name=heading, exact=True))


def open_one(person, heading, text=""):
    """Follow the first link under a heading, in the line that has this text."""
    lines = section(person, heading).locator("li")
    with person.page.expect_navigation():
        (lines.filter(has_text=text) if text else lines).first.get_by_role("link").click()
    return person


def test_days_that_move_are_asked_about_disputed_and_answered(demo_site, arrive):
    learner = arrive().sign_in_as("learner").look("My programme").reads("Who helps", "Is what is recorded right?")
    name = learner.page.locator(".who-name").inner_text()
    open_one(learner, RECORDED, "Not confirmed in time").look("What is recorded").reads("You could confirm or dispute")
    hr = arrive().sign_in_as("hr")
    hr.open("/people/?q=" + quote(name)).follow(name).follow(LONG, exact=False, inside=hr.main)
    hr.follow("Extend").fill("Planned end", say(today() + 480 * DAY)).press("Check").press("Extend").look(name)

    learner.navigate("My programme").look("My programme")
    open_one(learner, RECORDED, "Yours to check").look("What is recorded about you").reads("Job title", "Manager")
    learner.press("Send my word").look("What is recorded about you").reads("Say whether it is right.")
    learner.choose("No, something").press("Send my word").look("What is recorded").reads("Say what is wrong")
    learner.fill("What is wrong", "It was to end in spring.").press("Send my word")
    learner.look("What is recorded about you").reads("answers you in words", "Disputed")

    hr.navigate("Today").look("Today").reads("Records that learners dispute").follow(f"Answer what {name} disputes")
    hr.look("Answer what").reads("It was to end in spring.").press("Send the answer").look("Answer what")
    hr.reads("Write the answer").fill("Your answer", "The provider gave this day.").press("Send the answer")
    hr.reads("reads your answer", "Dispute answered")
    hr.look(name)

    learner.navigate("My programme").reads("answered what you disputed of")
    open_one(learner, RECORDED, "Dispute answered").look("What is recorded").reads("The provider gave this day.")
    learner.choose("Yes").press("Send my word").look("What is recorded about you").reads("You have confirmed it.")


def test_a_learner_says_not_now_and_hr_reads_it(demo_site, arrive):
    learner = arrive().sign_in_as("learner")
    name = learner.page.locator(".who-name").inner_text()
    learner.follow("Say “not now”", exact=False).look("Not now")
    learner.fill("Until", "1 January 2020").press("Say “not now”").look("Not now").reads("a day that has not gone")
    learner.fill("Until", "").fill("Why", "The year end comes first.").press("Say “not now”")
    learner.look("My programme").reads("Nobody reminds you", "The year end comes first.")
    hr = arrive().sign_in_as("hr")
    hr.open("/people/?q=" + quote(name)).follow(name).look(name).reads("The year end comes first.")
    learner.follow("Take it back", exact=False).look("Not now").press("Take it back").look("My programme")
    learner.reads("You are asked about")


def test_a_private_calendar_is_shown_once_follows_and_dies(demo_site, arrive):
    learner = arrive().sign_in_as("learner").follow("Add your programmes to your calendar").look("Add to your calendar")
    learner.press("Make an address").look("Add to your calendar").reads("It is shown this once.")
    address = learner.box("Address").input_value()
    path = urlsplit(address).path
    stranger = arrive(may_be_refused=True)
    answer = stranger.context.request.get(path)
    assert answer.status == 200
    assert not stranger.context.cookies()
    assert Calendar.from_ical(answer.body()).walk("VEVENT")
    learner.open("/my-programme/calendar/").look("Add to your calendar").reads("You have had a private address since")
    learner.reads_nothing_of(path)
    with learner.page.expect_download() as download:
        section(learner, "One programme as a file").get_by_role("link").first.click()
    assert download.value.suggested_filename.endswith(".ics")
    learner.press("Revoke it").look("Add to your calendar").reads("The address answers nothing any more.")
    assert stranger.context.request.get(path).status == 404


def test_a_manager_reads_the_month_and_both_pages_print(demo_site, arrive):
    manager = (
        arrive().sign_in_as("manager").navigate("My team").follow("The month, day by day").look("Away on learning")
    )
    here = manager.heading
    manager.follow("Month after").look("Away on learning").follow("Month before")
    assert manager.heading == here
    manager.follow("Month before").follow("This month")
    assert manager.heading == here
    manager.reads("The same as a table")
    printed(manager)
    learner = arrive().sign_in_as("learner")
    printed(learner)
    if learner.page.get_by_role("link", name="Older", exact=True).count():
        learner.follow("Older").look("My programme").reads("Back to the newest").follow("Back to the newest")


def printed(person):
    """On paper the page says whose it is, when, and its facts, folded or not; neither navigation nor buttons."""
    whose, folded = person.page.locator(".on-paper"), person.page.locator("details.on-paper-open table")
    assert not whose.is_visible()
    assert not any(table.is_visible() for table in folded.all())
    person.page.emulate_media(media="print")
    assert person.page.locator("h1").is_visible()
    assert " printed on " in f" {whose.inner_text()} "
    assert all(table.is_visible() for table in folded.all())
    for hidden in (".site-nav", ".site-footer", "main .btn", ".who"):
        assert not any(element.is_visible() for element in person.page.locator(hidden).all()), hidden
    assert person.page.pdf(**A4).startswith(b"%PDF-")
    person.page.emulate_media(media="screen")
