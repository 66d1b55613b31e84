"""Days pass: what was planned starts, what ran on is overdue, a reminder goes out once, and the pages say so."""

from datetime import timedelta

from enrolment.rules.working_days import first_working_day
from people.clock import today
from people.rules import say

DAY = timedelta(days=1)
UNIT = "AI Leadership Literacy"


def test_the_days_move_an_enrolment(demo_site, arrive):
    start, end = today() + 5 * DAY, today() + 25 * DAY
    hr = arrive().sign_in_as("hr")
    name = somebody_free(hr)
    enrolment = enrol(hr, name, start, end)
    hr.open(enrolment).look(name)
    pill = hr.main.locator(".pill").first

    demo_site.command("enforce", "--on", (start - DAY).isoformat())
    hr.open(enrolment)
    assert pill.inner_text() == "Planned"
    demo_site.command("enforce", "--on", start.isoformat())
    hr.open(enrolment).look(name).reads("Started by the calendar")
    assert pill.inner_text() == "Active"
    demo_site.command("enforce", "--on", end.isoformat())
    hr.open(enrolment)
    assert pill.inner_text() == "Active"  # the last day still counts
    demo_site.command("enforce", "--on", (end + DAY).isoformat())
    hr.open(enrolment).look(name).reads("Marked overdue by the calendar")
    assert pill.inner_text() == "Overdue"


def test_a_reminder_goes_out_once_however_often_the_day_is_enforced(demo_site, arrive):
    demo_site.work()
    hr = arrive().sign_in_as("hr")
    name = somebody_free(hr)
    before = reminders(hr, name)
    enrol(hr, name, today() - 10 * DAY, today() + 5 * DAY)
    for _ in range(2):
        demo_site.command("enforce")
    assert reminders(hr, name) == before + 1
    hr.look("Messages")
    if first_working_day(today()) != today():  # it waits for one, unless somebody sends it now
        hr.main.get_by_role("row").filter(has_text=name).get_by_role("link").last.click()
        hr.press("Send now").look("Send now: 1 message").press("Send now")
    address = f"{name.replace(' ', '.').lower()}."
    mails = hr.main.get_by_role("article").filter(has_text=address).filter(has_text=f"What comes after {UNIT}")
    until_shown(hr.navigate("Sent mail"), mails)
    hr.look("Sent mail")
    assert mails.count() == 1
    mails.locator("summary").click()
    assert f"planned to end on {say(today() + 5 * DAY)}" in mails.inner_text()


def until_shown(hr, wanted):
    """Read the page again until the worker has done its part; Playwright's patience is the limit."""
    for _ in range(300):
        if wanted.count():
            return
        hr.page.wait_for_timeout(250)  # read without a pause, the page takes the time that the worker needs
        hr.open(hr.where)
    raise AssertionError(f"{hr.where} never shows it")


def reminders(hr, name):
    """How many messages about what comes next the list has for this person."""
    hr.navigate("Messages").page.get_by_label("About").select_option(label="Ends soon")
    rows = hr.press("Show").main.get_by_role("row").filter(has_text=name)
    return rows.count()


def somebody_free(hr):
    """The first person of the list with nothing running and nothing planned."""
    hr.navigate("People")
    row = hr.main.locator("tbody tr").filter(has=hr.page.locator("td[data-label='Programme now'] .quiet"))
    row = row.filter(has=hr.page.locator("td[data-label=Next] .quiet")).first
    return row.locator(".person-name").inner_text()


def enrol(hr, name, start, end):
    """Enrol somebody on a unit; returns the address of the enrolment."""
    hr.navigate("People").follow(name).follow("Enrol", inside=hr.main).choose(UNIT)
    hr.fill("Start", say(start)).fill("Planned end", say(end)).press("Check").press("Enrol")
    return hr.reads("Your reference").where.partition("?")[0]
