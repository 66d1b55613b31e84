"""HR loads a payroll export without a mouse: signs in, chooses the file, matches, looks, loads, hears the end."""

from tests.config.machine import eventually
from tests.journeys.test_a_real_file import file_of
from tests.journeys.test_keyboard_and_no_script import tab_to

PEOPLE = 12
FOCUS_NAME = "() => document.activeElement.name"
CHOSEN = """() => { const radio = document.activeElement;
    return radio.checked ? radio.labels[0].innerText.trim() : ""; }"""
OF_COLUMN = "() => document.activeElement.labels?.[0]?.innerText.trim() || ''"


def tab_until(person, script, wanted):
    """Press Tab until what has the focus is this."""
    for _ in range(120):
        person.page.keyboard.press("Tab")
        if person.page.evaluate(script) == wanted:
            return
    raise AssertionError(f"Tab does not reach {wanted} on {person.where}")


def enter(person, stop, heading):
    """Press Enter on what says this, and wait for the page with this heading."""
    tab_to(person, stop)
    person.page.keyboard.press("Enter")
    person.page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()


def test_a_payroll_export_is_loaded_by_keyboard_alone(demo_site, arrive):
    demo_site.work()
    before = demo_site.count("people_employee")
    person = arrive().open("/accounts/login/")
    choosers = []  # listened for from here on: asked for at the press, it can come too late
    person.page.on("filechooser", lambda chooser: choosers.append(chooser))
    keyboard = person.page.keyboard
    enter(person, "HR", "Today")
    enter(person, "People", "People")
    enter(person, "Import people", "Import people")

    tab_until(person, FOCUS_NAME, "file")
    keyboard.press("Enter")
    assert eventually(lambda: person.page.evaluate("() => true") and choosers)
    choosers[0].set_files(file_of("payroll.csv", PEOPLE, "Analyst"))
    assert person.page.evaluate(FOCUS_NAME) == "file"  # the focus is where it was
    enter(person, "Check the file", "Match the columns of payroll.csv")

    tab_until(person, "() => document.activeElement.type", "radio")
    for _ in range(3):
        keyboard.press("ArrowDown")
        if person.page.evaluate(CHOSEN).startswith("day, month, year"):
            break
    assert person.page.evaluate(CHOSEN).startswith("day, month, year")
    tab_until(person, FOCUS_NAME, "source")
    keyboard.press("Control+A")
    keyboard.type("Payroll export")
    tab_until(person, OF_COLUMN, "Position")
    assert person.page.evaluate("() => document.activeElement.value") == "job_title"
    tab_until(person, OF_COLUMN, "Grade")
    keyboard.type("Job title")  # one fact twice is not right, and said
    enter(person, "Check the file", "Match the columns of payroll.csv")
    person.page.get_by_role("heading", name="There is a problem").wait_for()
    person.page.locator(".error-summary:focus").wait_for()
    tab_until(person, OF_COLUMN, "Grade")
    keyboard.press("Home")
    assert person.page.evaluate("() => document.activeElement.value") == ""
    enter(person, "Check the file", "Check payroll.csv")

    person.reads("Read as “Payroll export” says.", "3 new departments: Unit 0, Unit 1, Unit 2")
    enter(person, "Load these people", "People loaded")
    news = person.page.locator("#batch-news")
    assert news.inner_text() == f"People loaded: {PEOPLE} new."
    assert demo_site.count("people_employee") == before + PEOPLE
    enter(person, "See the people", "People")
