"""The questionnaire sent out: opened from the letter, an assumed answer changed, and HR sees how far people are."""

import re
from datetime import timedelta

from enrolment.demo.mail import newest
from enrolment.demo.people import HR_ACCOUNT, staff_number
from people.clock import today
from people.rules import say
from tests.config.machine import eventually

DUE = say(today() + timedelta(days=14))
ME = staff_number(HR_ACCOUNT)  # who sends it is asked as well: the story has no answers of theirs


def test_sent_opened_from_the_letter_answered_and_followed(demo_site, arrive):
    demo_site.work()
    hr = arrive().sign_in_as("hr")
    hr.navigate("Questionnaire").follow("Who was asked to answer", inside=hr.main).look("Who was asked to answer")
    hr.follow("Send the questionnaire", inside=hr.main).look("Send the questionnaire")
    hr.choose("The people whose staff numbers I give").press("Check").look("Send the questionnaire")
    hr.reads("Give the day to answer by.").fill("Staff numbers", f"{ME}, {staff_number(HR_ACCOUNT + 1)}")
    hr.fill("Answer by", DUE).press("Check").look("Send it to").press("Send").look("Sent to").reads("How far they are")
    assert "Not opened" in hr.row(ME).inner_text()
    sending = hr.where

    assert eventually(lambda: letters(demo_site))
    (link,) = set(re.findall(r"https?://\S+", letters(demo_site)[0]))
    hr.page.context.clear_cookies(name="waypoint_session")
    hr.open("/" + link.split("/", 3)[3]).sign_in_as("hr").open("/" + link.split("/", 3)[3])
    hr.look("Your questionnaire").reads(DUE).send()
    hr.look("closest to your role").reads("We assumed an answer from your job title")
    assert hr.page.get_by_role("radio", name="Head of a function or senior manager").is_checked()
    hr.choose("Senior leader").press("Continue").answer("I set the direction")

    hr.page.context.clear_cookies(name="waypoint_session")  # the session ends half-way
    hr.choose("We are exploring").press("Continue").look("Sign in").sign_in_as("hr").open(sending).look("Sent to")
    assert "Under way" in hr.row(ME).inner_text()
    hr.navigate("My questionnaire").reads("2 of 4 questions answered").follow("Carry on")
    hr.answer("We are exploring", "Understand AI").look("Check your answers")
    hr.follow("Change your role", inside=hr.main, exact=False).reads_nothing_of("We assumed")
    hr.choose("Head of a function or senior manager").press("Continue").look("Check your answers")
    hr.press("Send the answers").look("Recommended for you: AI Leadership Literacy")

    hr.open(sending).look("Sent to")
    assert "Answered" in hr.row(ME).inner_text()
    hr.reads("Nobody is left to remind today").press("Ask nobody any more").look("Sent to").reads("ended on")
    hr.press("Ask again").look("Sent to")


def letters(site):
    """The letters about the questionnaire that went to who signs in as HR."""
    mails = newest(str(site.data / "mail"), most=200)
    return [mail.body for mail in mails if f".{HR_ACCOUNT + 1}@" in mail.to and "questionnaire" in mail.body]
