"""Without a mouse, and without JavaScript: the same work can be done."""

from datetime import timedelta

import pytest

from people.clock import today
from people.rules import say
from tests.journeys.mailbox import code_in, mail_to
from tests.journeys.test_signing_in import PASSWORD, app_code, by_mailed_code, by_password, invitation

DAY = timedelta(days=1)

OUTLINED = """() => { const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none"; }"""
FOCUSED = "() => document.activeElement.outerHTML.slice(0, 200)"
SAYS = "() => document.activeElement.innerText || document.activeElement.value || ''"
REACHABLE = """() => [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(element => element.checkVisibility() && !element.disabled && element.tabIndex >= 0)
    .filter(element => element.type !== "radio" || element.checked || !document.querySelector(
        `input[name="${element.name}"]:checked`) && element === document.querySelector(`input[name="${element.name}"]`))
    .length"""


def tab_to(person, text):
    """Press Tab until what has the focus says this; every stop on the way shows that it has the focus."""
    keyboard = person.page.keyboard
    for _ in range(120):
        keyboard.press("Tab")
        said = person.page.evaluate(SAYS)
        assert person.page.evaluate(OUTLINED), f"no visible focus: {person.page.evaluate(FOCUSED)}"
        if said.strip() == text:
            return
    raise AssertionError(f"Tab does not reach {text} on {person.where}")


def test_sign_in_skip_and_enrol_by_keyboard_alone(demo_site, arrive):
    person = arrive().open("/accounts/login/")
    keyboard = person.page.keyboard
    tab_to(person, "HR")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Today", level=1).wait_for()

    keyboard.press("Tab")
    assert person.page.evaluate(SAYS) == "Skip to the main part"
    skip = person.page.get_by_role("link", name="Skip to the main part").bounding_box()
    assert skip["x"] >= 0
    assert skip["y"] >= 0
    keyboard.press("Enter")
    assert person.page.evaluate("() => document.activeElement.id") == "main"
    tab_to(person, "Search")  # past the box: the first button after the skip is of the main part
    keyboard.press("Shift+Tab")
    keyboard.type("a")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="People", level=1).wait_for()

    row = person.main.locator("tbody tr").filter(has=person.page.locator("td[data-label='Programme now'] .quiet"))
    name = row.filter(has=person.page.locator("td[data-label=Next] .quiet")).first.locator(".person-name").inner_text()
    tab_to(person, name)
    keyboard.press("Enter")
    person.page.get_by_role("heading", name=name, level=1).wait_for()
    tab_to(person, "Enrol")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name=f"Enrol {name}", level=1).wait_for()
    while person.page.evaluate("() => document.activeElement.type") != "radio":
        keyboard.press("Tab")
    keyboard.press("ArrowDown")
    while person.page.evaluate("() => document.activeElement.name") != "start_date":
        keyboard.press("Tab")
    keyboard.type("not a day")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="There is a problem").wait_for()
    person.page.locator(".error-summary:focus").wait_for()
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert person.page.evaluate("() => document.activeElement.name") == "start_date"
    keyboard.press("Control+A")
    keyboard.type(say(today() + 5 * DAY))
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Check before you confirm").wait_for()
    tab_to(person, "Enrol")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Enrolled", level=1).wait_for()


def test_the_questionnaire_by_keyboard_alone(demo_site, arrive):
    person = arrive().open("/accounts/login/")
    keyboard, asked = person.page.keyboard, "() => document.querySelector('h1').innerText"
    for stop in ("A learner", "My questionnaire", "Answer again"):
        tab_to(person, stop)
        with person.page.expect_navigation():
            keyboard.press("Enter")
    for _ in range(4):
        while person.page.evaluate("() => document.activeElement.type") != "radio":
            keyboard.press("Tab")
        keyboard.press("Space")
        question = person.page.evaluate(asked)
        tab_to(person, "Continue")
        with person.page.expect_navigation():
            keyboard.press("Enter")
        assert person.page.evaluate(asked) != question
    assert person.heading == "Check your answers"
    tab_to(person, "Send the answers")
    with person.page.expect_navigation():
        keyboard.press("Enter")
    assert "/result/" in person.where


def test_asking_to_be_nominated_by_keyboard_alone(demo_site, arrive):
    person = arrive().open("/accounts/login/")
    keyboard = person.page.keyboard
    for stop in ("A learner", "Ask to be nominated for a programme you choose"):
        tab_to(person, stop)
        with person.page.expect_navigation():
            keyboard.press("Enter")
    while person.page.evaluate("() => document.activeElement.type") != "radio":
        keyboard.press("Tab")
    keyboard.press("ArrowDown")
    while person.page.evaluate("() => document.activeElement.name") != "why":
        keyboard.press("Tab")
    keyboard.type("I check our models already.")
    tab_to(person, "Ask to be nominated")
    with person.page.expect_navigation():
        keyboard.press("Enter")
    assert person.heading == "You asked for Adopting and Governing AI Systems"
    tab_to(person, "Take it back")
    with person.page.expect_navigation():
        keyboard.press("Enter")
    person.reads("You took it back.")


@pytest.mark.parametrize("address", ["/today/", "/enrolments/", "/nominations/new/", "/people/import/"])
def test_tab_goes_through_the_whole_page_and_out_again(demo_site, arrive, address):
    person = arrive().sign_in_as("hr").open(address)
    wanted = person.page.evaluate(REACHABLE)
    person.page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    stops = []
    for _ in range(wanted + 5):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("() => document.activeElement === document.body"):
            break
        assert person.page.evaluate(OUTLINED), f"no visible focus: {person.page.evaluate(FOCUSED)}"
        stops.append(person.page.evaluate(FOCUSED))
    assert len(stops) == wanted


def test_the_whole_enrolment_without_javascript(demo_site, arrive):
    hr = arrive(java_script_enabled=False).sign_in_as("hr").navigate("People")
    row = hr.main.locator("tbody tr").filter(has=hr.page.locator("td[data-label='Programme now'] .quiet"))
    row = row.filter(has=hr.page.locator("td[data-label=Next] .quiet")).first
    name = row.locator(".person-name").inner_text()
    hr.follow(name).follow("Enrol", inside=hr.main).choose("AI Leadership Literacy").press("Check")
    hr.reads("There is a problem", "Choose a cohort, or give a start below.")
    start, end = today() + 10 * DAY, today() + 30 * DAY
    hr.fill("Start", say(start)).fill("Planned end", say(end)).press("Check")
    assert hr.heading == "Check before you confirm"
    hr.press("Enrol").reads("Your reference")
    hr.follow(name, inside=hr.main).follow("Enrol", inside=hr.main).choose("Adopting and Governing AI Systems")
    hr.fill("Start", say(end)).press("Check")
    assert hr.heading == f"{name} is on another programme on those days"
    hr.press(f"Start on {say(end + DAY)} instead").press("Enrol").reads("Your reference")
    hr.follow("Cancel").fill("Reason", "A trial run.").press("Check").press("Cancel").reads("is now cancelled")

    learner = arrive(java_script_enabled=False).sign_in_as("learner").navigate("My questionnaire")
    learner.send().answer("Senior leader", "I set the direction", "We are exploring", "Understand AI")
    learner.press("Send the answers")
    assert learner.heading == "Recommended for you: AI Leadership Literacy"


def test_a_password_is_chosen_and_used_and_a_code_entered_by_keyboard_alone(empty_site, arrive):
    email = "ann@sample.example"
    person = arrive().open(invitation(empty_site, email))
    keyboard = person.page.keyboard

    def enter(stop, heading):
        tab_to(person, stop)
        keyboard.press("Enter")
        person.page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()

    def write(name, text):
        while person.page.evaluate("() => document.activeElement.name") != name:
            keyboard.press("Tab")
        keyboard.type(text)

    enter("Come in", "Your account")
    enter("Choose a password", "Password")
    write("password1", PASSWORD)
    write("password2", PASSWORD)
    keyboard.press("Enter")
    person.reads("Your password is set.")
    enter("Sign out", "AI apprenticeship or AI leadership units: what is the difference, and who are they for?")
    enter("Sign in", "Sign in")
    write("login", email)
    write("password", "not my password")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="There is a problem").wait_for()
    person.page.locator(".error-summary:focus").wait_for()
    write("password", PASSWORD)
    with person.page.expect_navigation():
        keyboard.press("Enter")
    tab_to(person, "Sign out")
    with person.page.expect_navigation():
        keyboard.press("Enter")
    enter("Sign in", "Sign in")
    enter("Mail me a sign-in code", "Mail me a sign-in code")
    write("email", email)
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Enter the code", level=1).wait_for()
    write("code", code_in(mail_to(empty_site, email)))
    with person.page.expect_navigation():
        keyboard.press("Enter")
    tab_to(person, "Sign out")


def test_password_code_and_second_step_without_javascript(empty_site, arrive):
    email = "ann@sample.example"
    ann = arrive(java_script_enabled=False).open(invitation(empty_site, email)).press("Come in")
    ann.follow("Choose a password").fill("New password", PASSWORD).fill("The new password again", PASSWORD)
    ann.press("Save the password").reads("Your password is set.").press("Sign out")
    by_password(ann, email).navigate("Your account").follow("Add an authenticator app")
    ann.fill("Password", PASSWORD).press("Continue")
    secret = ann.main.locator(".secret").inner_text()
    ann.fill("Code that the app shows now", app_code(secret)).press("Add the app").reads("your second step now")
    ann.press("Sign out")
    by_mailed_code(ann, empty_site, email).fill("Code", app_code(secret, later=1)).press("Sign in")
    assert ann.page.get_by_role("button", name="Sign out").is_visible()
