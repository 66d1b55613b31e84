"""A learner asks for a second look; HR writes what came of it; the learner reads it. And a complaint is answered."""

from datetime import timedelta

from enrolment.demo.people import COLLEAGUE_ACCOUNT, staff_number
from people.clock import today

WORDS = "I lead nobody, and the rule read it so."
ANSWERS = ("Senior leader", "I set the direction", "We are exploring", "Understand AI")


def test_a_learner_asks_and_whoever_did_not_decide_looks_again(demo_site, arrive):
    learner = arrive().sign_in_as("learner").follow("Ask for a second look").look("Ask for a second look")
    learner.fill("What should we look at again?", WORDS).press("Ask for a second look")
    learner.look("Second look").reads(WORDS, "looks again, and answers in writing by")

    colleague = arrive().sign_in_as("colleague").look("Today").reads("second looks open")
    colleague.navigate("Second looks").follow("Open SL-", exact=False).follow("Write what came of it")
    colleague.fill("What came of it", "Your report named three people.").choose("No, it stays")
    colleague.press("Close the second look").look("Second look for").reads("What was decided stays.")
    learner.navigate("My programme").look("My programme").follow("SL-", exact=False)
    learner.look("Second look").reads("Your report named three people.")


def test_a_learner_asks_and_it_waits_where_nobody_else_may_decide(demo_site, arrive, tmp_path):
    colleague = arrive().sign_in_as("colleague")
    name, last = colleague.page.locator(".who-name").inner_text().replace(" ", ",", 1), today() - timedelta(1)
    leaver = tmp_path / "leaver.csv"
    header = "staff_number,given_names,family_name,employed_until"
    leaver.write_text(f"{header}\n{staff_number(COLLEAGUE_ACCOUNT)},{name},{last}\n")
    demo_site.command("import_people", str(leaver))

    learner = arrive().sign_in_as("learner").look("My programme").reads("Second look")
    learner.follow("Ask for a second look").look("Ask for a second look").press("Ask for a second look")
    learner.look("Ask for a second look").reads("Say what looks wrong to you")
    learner.fill("What should we look at again?", WORDS).press("Ask for a second look")
    learner.look("Second look").reads(WORDS, "Reference", "It waits: nobody else in HR may decide.")
    learner.navigate("My programme").look("My programme").reads("until HR or the administrator names somebody")
    hr = arrive().sign_in_as("hr").look("Today").reads("second looks open", "nobody yet")
    hr.navigate("Second looks").look("Second looks").follow("Open SL-", exact=False).look("Second look for")
    hr.follow("Name who looks again").look("Who looks again for").reads("Nobody else in HR may decide.")


def test_a_manager_asks_hr_writes_what_came_of_it_and_the_manager_reads_it(demo_site, arrive):
    manager = arrive().sign_in_as("manager").navigate("My team")
    rows = manager.main.locator("tbody tr", has_text="Not asked yet")
    name = rows.locator("th .person-name").first.inner_text()
    manager.follow(f"Answer the questionnaire for {name}").send().answer(*ANSWERS).press("Send the answers")
    manager.look(f"Recommended for {name}").follow("ask for a second look").look(f"Ask for a second look for {name}")
    manager.fill("What should we look at again?", WORDS).press("Ask for a second look")
    manager.look(f"Second look for {name}").reads("looks again, and answers in writing by")

    hr = arrive().sign_in_as("hr").navigate("Second looks").follow("Open SL-", exact=False).look(name)
    hr.follow("Write what came of it").look("What came of the second look").press("Close the second look")
    hr.look("What came of the second look").reads("Write what came of it: the person reads it.")
    hr.fill("What came of it", "The answers name three reports.").choose("No, it stays")
    hr.press("Close the second look").look("Second look for").reads("What was decided stays.")

    manager.navigate("My team").follow(name).look(name).reads("The answers name three reports.")
    manager.follow("SL-", exact=False).look(f"Second look for {name}").reads("The answers name three reports.")


def test_a_complaint_is_made_answered_and_read(demo_site, arrive):
    learner = arrive().sign_in_as("learner").navigate("Your data")
    learner.look("Complain about how your data are used").press("Send the complaint")
    learner.look("Complain about how your data are used").reads("Say what is wrong")
    learner.fill("What is wrong", "My date of birth is on a list.").press("Send the complaint")
    learner.look("Complaint DC-").reads("You have the answer here by")
    hr = arrive().sign_in_as("hr").navigate("Complaints").look("Complaints about data use")
    hr.follow("DC-", exact=False).look("Complaint DC-").follow("Answer").look("Answer")
    hr.fill("Your answer", "It is off the list since today.").press("Send the answer").look("Complaint DC-")
    learner.navigate("Your data").follow("DC-", exact=False).look("Complaint DC-").reads("off the list since today")


def test_hr_decides_on_many_after_reading_their_list(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Recommendations").look("Recommendations")
    boxes = hr.main.get_by_role("checkbox")
    chosen = min(boxes.count(), 2)
    for place in range(chosen):
        boxes.nth(place).check()
    hr.press("Read those ticked together")
    if hr.main.get_by_role("heading", name="These have different outcomes").count():
        hr.look("These have different outcomes")
        hr.page.locator("main ul a").first.click()
    hr.page.wait_for_selector("#agreed")
    hr.look(" for ").main.locator("form button[type=submit]").click()
    hr.page.wait_for_selector(".error-summary")
    hr.look(" for ").reads("Say that you have read the list.")
    hr.page.get_by_role("checkbox").check()
    hr.send().look("decided").reads("Placed, dates to follow")
    hr.navigate("Reports").follow("Decisions and rules").look("Decisions and rules").reads("Rules of version")
