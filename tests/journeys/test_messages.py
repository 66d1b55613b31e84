"""Messages before and after: what will go is read, held back, let go, sent; somebody chooses what they get."""

from datetime import timedelta

from people.clock import today
from tests.journeys.test_the_calendar import enrol, somebody_free, until_shown

DAY = timedelta(days=1)


def test_what_will_be_said_is_held_back_let_go_and_sent(demo_site, arrive):
    demo_site.work()
    hr = arrive().sign_in_as("hr")
    name = somebody_free(hr)
    enrol(hr, name, today() + 12 * DAY, today() + 32 * DAY)
    demo_site.command("enforce")
    hr.navigate("Messages").look("Messages").follow("Next 30 days", inside=hr.main).look("Next 30 days")
    hr.fill("Name, number, e-mail or title", name).press("Show").look("Next 30 days").reads(name, "Starts in a week")
    theirs = hr.where

    hr.page.get_by_label("Choose", exact=False).first.check()
    hr.page.get_by_label("What to do with them").select_option(label="Hold back")
    hr.press("Go on").look("Hold back: 1 message").press("Hold back").look("Hold back: 1 message")
    hr.reads("Say why, for the history.").fill("Reason", "The room is not booked.").press("Hold back")
    hr.look("Next 30 days").reads("1 message is held back.", "Held back")
    hr.main.locator("tbody a").first.click()
    hr.look().reads("What was done to it", "The room is not booked.").press("Let go").look("Let go: 1 message")
    hr.press("Let go").reads("1 message is let go.").press("Send now").look("Send now: 1 message").press("Send now")
    hr.reads("1 message is sent as soon as mail leaves.")
    hr.open(theirs).page.get_by_label("About").select_option(label="Started")
    hr.press("Show").press("Hold back all “started”, also those written later")
    hr.look("Hold this kind back: started").fill("Reason", "The words are checked.").press("Hold this kind back")
    hr.look("Next 30 days").reads("All messages “started” are held back", "Its kind is held")
    hr.press("Let all “started” go again").look("Let this kind go: started").press("Let this kind go")
    hr.look("Next 30 days").reads("Messages “started” go again.")

    sent = (
        hr.navigate("Messages")
        .follow("Sent", inside=hr.main)
        .look("Sent")
        .fill("Name, number, e-mail or title", name)
        .press("Show")
    )
    until_shown(sent, hr.main.get_by_role("row").filter(has_text=name))
    sent.look("Sent")


def test_somebody_chooses_what_they_get(demo_site, arrive):
    learner = arrive().sign_in_as("learner")
    learner.navigate("My messages").look("My messages").follow("Messages I get", inside=learner.main)
    learner.look("Messages I get").reads("You always get these", "signed training plan within 42 days")
    group = learner.page.get_by_role("group", name="Starts in a week")
    group.get_by_label("No").check()
    learner.press("Keep this").look("Messages I get").reads("Your choice is kept.")
    assert group.get_by_label("No").is_checked()
    group.get_by_label("Yes").check()
    learner.press("Keep this")


def test_whom_to_tell_in_person_is_shown_to_manager_and_hr(demo_site, arrive):
    manager = arrive().sign_in_as("manager").navigate("My team")
    manager.follow("Tell in person", inside=manager.main, exact=False).look("Tell in person")
    hr = arrive().sign_in_as("hr")
    hr.navigate("Messages").follow("Tell in person", inside=hr.main).look("Tell in person")


def test_one_message_is_held_back_before_it_is_written(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Messages")
    hr.follow("Next 30 days", inside=hr.main).look("Next 30 days")
    choice = hr.main.get_by_label("What to do with those ticked above")
    choice.select_option(label="Hold back")
    hr.press("Go on with these").look("Next 30 days").reads("Tick at least one message that is still foreseen")
    tick = hr.main.locator("input[name=foreseen]").first
    key = tick.get_attribute("value")
    tick.check()
    choice.select_option(label="Hold back")
    hr.press("Go on with these").look("Hold back: 1 message").press("Hold back").look("Hold back: 1 message")
    hr.reads("Say why, for the history.").fill("Reason", "The manager is away.").press("Hold back")
    hr.look("Next 30 days").reads("1 message is held back.", "Held back")
    assert hr.main.locator(f"input[value='{key}']").count() == 0  # it is written by now
