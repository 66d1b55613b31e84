"""HR's whole job once through on a new installation: load people, answer, decide, enrol, be refused, close."""

import re
from datetime import timedelta

import pytest

from people.clock import today
from people.rules import say

DAY = timedelta(days=1)
PASSWORD = "a long pass phrase of HR"
PRACTITIONER = "AI & Automation Practitioner apprenticeship"
HEADER = (
    "staff_number,given_names,family_name,email,job_title,department,"
    "manager_staff_number,date_of_birth,employed_from,employed_until\n"
)
PEOPLE = (
    HEADER
    + """1001,Amira,Khan,amira@sample.example,Head of Operations,Operations,,1979-03-02,2012-04-01,
1002,Tom,Ellis,tom@sample.example,Operations analyst,Operations,1001,1991-11-30,2019-09-02,
1003,Mai,Nguyen,mai@sample.example,Finance manager,Finance,9999,1988-02-14,2016-01-11,
1004,Jo,Baker,jo@sample.example,Clerk,Finance,1001,31/02/1990,2020-01-01,
1002,Tom,Again,again@sample.example,Clerk,Finance,1001,1990-01-01,2020-01-01,
,No,Number,number@sample.example,Clerk,Finance,1001,1990-01-01,2020-01-01,
"""
)
ANSWERS = ("Operations or business improvement", "I improve the work myself", "We are exploring", "Build improvements")


@pytest.fixture
def hr(empty_site, arrive):
    """The first account of a new installation, made by the operator; HR chooses a password and signs in with it."""
    said = empty_site.command("add_user", "hr@sample.example", "--role", "hr")
    link = re.search(r"http\S+", said)
    assert link, said
    person = arrive()
    person.open(link[0]).look("Welcome to Waypoint").press("Come in").look("Your account").follow("Choose a password")
    person.look("Password").fill("New password", PASSWORD).fill("The new password again", "something else entirely")
    person.press("Save the password").look("Password").reads("There is a problem")
    person.fill("New password", PASSWORD).fill("The new password again", PASSWORD).press("Save the password")
    person.look("Your account").reads("Your password is set.").press("Sign out").open("/accounts/login/")
    person.fill("E-mail", "hr@sample.example").fill("Password", "not the pass phrase").press("Sign in")
    person.look("Sign in")
    person.fill("E-mail", "hr@sample.example").fill("Password", PASSWORD).press("Sign in")
    return person.look("Today").reads("Load your people")


def test_load_answer_decide_enrol_clash_and_close(hr, empty_site):
    empty_site.work()
    for page in ("People", "Recommendations", "Enrolments", "Nominations", "Cohorts", "Providers", "Messages"):
        hr.navigate(page).look(page)  # each with nothing in it yet
    load_people(hr)
    answer_for_tom(hr)
    decide_and_enrol(hr)
    meet_a_clash(hr)
    close(hr)


def load_people(hr):
    hr.navigate("People").follow("Import your people").look("Import people")
    hr.press("Check the file").look("Import people").reads("Choose a file.")
    send(hr, "notes.csv", "this is no list of people\nat all\n")
    hr.look("Import people")
    send(hr, "people.csv", PEOPLE)
    hr.look("Check people.csv").reads("Nothing is written yet.", "31/02/1990", "9999")
    for row in ("Row 4", "Row 5", "Row 6", "Row 7"):
        hr.reads(row)
    hr.press("Load these people")
    hr.page.get_by_role("heading", name="People loaded").wait_for()
    hr.look("People loaded").reads("31/02/1990")
    send(hr.navigate("People").follow("Import people"), "people.csv", PEOPLE)
    hr.look("Check people.csv").reads("Nothing would change")
    hr.navigate("People").look("People").reads("Amira Khan", "Tom Ellis", "Mai Nguyen")
    hr.reads_nothing_of("Jo Baker")


def send(hr, name, text):
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    hr.page.get_by_label("Your people file").set_input_files(file)
    hr.press("Check the file")


def answer_for_tom(hr):
    hr.page.get_by_label("Name, number").fill("oper tom")
    hr.press("Search").look("People").reads_nothing_of("Mai Nguyen")
    hr.page.get_by_label("Name, number").fill("nobody of that name")
    hr.press("Search").look("People").reads("Nobody matches").follow("Show everybody", inside=hr.main)
    hr.follow("Tom Ellis").look("Tom Ellis").reads("Tom has not answered the questionnaire.")
    hr.follow("Answer the questionnaire for Tom").look("Questionnaire for Tom Ellis").press("Start")
    hr.look("closest to your role").reads("We assumed an answer from the job title")
    hr.answer(ANSWERS[0]).press("Continue").look("what do you mostly do").reads("Choose one answer.")
    hr.answer(*ANSWERS[1:]).look("Check the answers").reads("You are answering on behalf of Tom Ellis.")
    hr.press("Send the answers").look(f"Recommended for Tom Ellis: {PRACTITIONER}")
    hr.reads("Answered by hr@sample.example on behalf of Tom Ellis", "This is a recommendation. A person decides.")


def decide_and_enrol(hr):
    start, end = today() + 10 * DAY, today() + 400 * DAY
    hr.navigate("Today").look("Today").reads("Recommendations to decide")
    hr.navigate("Recommendations").look("Recommendations")
    hr.follow("Decide about Tom Ellis").look("Decide about Tom Ellis").reads("The rules recommend")
    hr.choose("AI Leadership Literacy").fill("Start", "the tenth").press("Check")
    hr.look("Decide about Tom Ellis").reads("Say why", "Enter a day like")
    hr.choose(PRACTITIONER).fill("Start", say(start)).fill("Planned end", say(end)).press("Check")
    hr.look("Check before you confirm").reads("as recommended", say(start), say(end))
    hr.follow("Change start").look("Decide about Tom Ellis")
    assert hr.box("Start").input_value() == say(start)
    hr.press("Check").press("Record this decision").look("Decided and enrolled").reads("Your reference")
    assert re.search(r"WP-\w{6,}", hr.main.locator(".done-panel").inner_text())
    hr.reads("Planned")


def meet_a_clash(hr):
    wished, end = today() + 300 * DAY, today() + 400 * DAY
    hr.navigate("People").follow("Tom Ellis").follow("Enrol", inside=hr.main).look("Enrol Tom Ellis")
    hr.choose("AI Leadership Literacy").press("Check").look("Enrol Tom Ellis").reads("Choose a cohort, or give a start")
    hr.fill("Start", say(wished)).fill("Planned end", say(wished + 300 * DAY)).press("Check")
    hr.look("Enrol Tom Ellis")  # longer than a unit may be: refused beside the form
    hr.fill("Start", say(wished)).fill("Planned end", say(wished + 110 * DAY)).press("Check")
    hr.look("Tom Ellis is on another programme on those days")
    assert "Error" not in hr.page.title()
    hr.reads(PRACTITIONER, say(today() + 10 * DAY), say(end), "101 days")
    hr.follow("use these days").look("Enrol Tom Ellis").press("Check")  # more than a year away: no button
    hr.look("Check before you confirm").reads(say(end + DAY), say(end + 111 * DAY)).press("Enrol")
    hr.look("Enrolled").reads("Your reference")
    hr.navigate("People").follow("Tom Ellis").look("Tom Ellis").reads(PRACTITIONER, "AI Leadership Literacy")


def close(hr):
    hr.navigate("Enrolments").look("Enrolments").fill("Starts from", "soon").press("Show").look("Enrolments")
    hr.reads("Enter a day like").follow("Show all", inside=hr.main)
    hr.page.get_by_label("Programme").select_option(label="AI Leadership Literacy")
    hr.press("Show").look("Enrolments").follow("Tom Ellis").look("AI Leadership Literacy for Tom Ellis")
    hr.follow("Cancel").look("Cancel AI Leadership Literacy").press("Check").look("Cancel AI").reads("Say why")
    hr.fill("Reason", "Tom moves to another team.").press("Check").look("Check before you confirm")
    hr.press("Cancel").look("AI Leadership Literacy for Tom Ellis").reads("is now cancelled", "Tom moves to another")
    hr.navigate("Enrolments").page.get_by_label("Status").select_option(label="Overdue")
    hr.press("Show").look("Enrolments").reads("No enrolment matches")
    withdraw_who_began(hr)


def withdraw_who_began(hr):
    """Somebody who began weeks ago: withdrawn, then somebody else completed; each refused once on the way."""
    began = today() - 20 * DAY
    enrol_on_unit(hr, "Mai Nguyen", began, today() + 5 * DAY)
    hr.follow("Withdraw").look("Withdraw AI Leadership Literacy")
    hr.fill("Last day of learning", say(today() + DAY)).press("Check").look("Withdraw").reads("Say why")
    hr.fill("Last day of learning", say(today() - DAY)).fill("Reason", "Other work comes first.").press("Check")
    hr.look("Check before you confirm").press("Withdraw").look("AI Leadership Literacy for Mai Nguyen").reads(
        "Withdrawn"
    )
    enrol_on_unit(hr, "Amira Khan", began, today() - DAY)
    hr.reads("Overdue").navigate("Today").look("Today").reads("Past their planned end, to close")
    hr.follow("Amira Khan", inside=hr.main, exact=False).follow("Complete").look("Complete AI Leadership Literacy")
    hr.press("Check").look("Complete").reads("Give the day it was finished.")
    hr.fill("Actual finish", say(today())).press("Check").look("Check before you confirm").press("Complete")
    hr.look("AI Leadership Literacy for Amira Khan").reads("is now completed")
    hr.navigate("Messages").look("Messages").reads("Amira Khan", "Mai Nguyen", "Tom Ellis")


def enrol_on_unit(hr, name, start, end):
    hr.navigate("People").follow(name).follow("Enrol", inside=hr.main).choose("AI Leadership Literacy")
    hr.fill("Start", say(start)).fill("Planned end", say(end)).press("Check").press("Enrol")
    hr.reads("Your reference")
