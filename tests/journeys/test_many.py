"""HR does for many what was done for one: a file of enrolments, one move on ticked rows, people onto a programme."""

from tests.enrolment.files import enrolments_file, row


def test_hr_does_many_at_once(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    load_a_file(hr)
    load_answers(hr)
    move_ticked_rows(hr)
    enrol_ticked_people(hr)


def test_many_wait_for_a_seat_at_once(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Cohorts")
    full = hr.row("full", "waiting").get_by_role("link").inner_text()
    people_are_enrolled_onto_the_list(hr, full)
    planned_ones_join_the_list(hr, full)  # last: their seats are free then
    hr.navigate("Cohorts").follow(full).look(full).reads("In order of joining")
    hr.open("/enrolments/?status=waiting").look("Enrolments")


def planned_ones_join_the_list(hr, full):
    hr.open("/enrolments/?status=planned&programme=ai-transformation")
    for box in range(2):
        hr.page.locator("input[name=chosen]").nth(box).check()
    hr.page.get_by_label("What to do with them").select_option("wait")
    hr.press("Go on").look("Join a waiting list: 2 enrolments")
    hr.press("Check").look("Join a waiting list: 2 enrolments").reads("Choose a cohort.")
    choose_cohort(hr, full)
    hr.press("Check").look("Check: Join a waiting list, 2 enrolments").reads("planned → waiting list")
    hr.press("Do it").look("Done").reads("planned → waiting list")


def people_are_enrolled_onto_the_list(hr, full):
    hr.navigate("People")
    for box in range(4, 9):
        hr.page.locator("input[name=chosen]").nth(box).check()
    hr.press("Enrol the ticked people").choose("Delivering AI-Enabled")
    choose_cohort(hr, full)
    hr.press("Check").look("Check 5 people onto Delivering AI-Enabled Transformation")
    hr.reads("on a waiting list", "is full: on its waiting list")
    hr.press("Enrol these people").look("On the waiting list").reads("is full: on its waiting list")


def choose_cohort(hr, name):
    """The cohort of this name, which is full."""
    option = hr.page.locator("option", has_text=name).filter(has_text="full")
    hr.page.get_by_label("Cohort").select_option(option.get_attribute("value"))


def load_a_file(hr):
    hr.navigate("Enrolments").follow("Load enrolments").look("Load enrolments")
    hr.press("Check the file").look("Load enrolments").reads("Choose a file.")
    content = enrolments_file(row("2027-03-01", "2027-03-28", staff_number="404"), row("soon"))
    file = {"name": "plans.csv", "mimeType": "text/csv", "buffer": content}
    hr.page.get_by_label("Your enrolments file").set_input_files(file)
    hr.press("Check the file").look("Check plans.csv").reads("Nobody has the staff number 404", "No row of this file")


def load_answers(hr):
    hr.navigate("Questionnaire").follow("Load answers from a file").look("Load answers")
    hr.press("Check the file").look("Load answers").reads("Choose a file.")
    content = b"staff_number,role,does,stage,need\n404,other,none_of_these,not_sure,not_sure\n"
    file = {"name": "answers.csv", "mimeType": "text/csv", "buffer": content}
    hr.page.get_by_label("Your file of answers").set_input_files(file)
    hr.press("Check the file").look("Check answers.csv").reads("Nobody has the staff number 404", "No row of this file")


def move_ticked_rows(hr):
    hr.navigate("Enrolments").follow("Changes to many").look("Change many enrolments")
    hr.open("/enrolments/?status=queued").look("Enrolments")
    hr.press("Go on").look("Change many enrolments").reads("Tick at least one enrolment.")
    hr.open("/enrolments/?status=queued")
    hr.page.locator("input[name=chosen]").first.check()
    hr.page.get_by_label("What to do with them").select_option("cancel")
    hr.press("Go on").look("Cancel: 1 enrolment")
    hr.press("Check").look("Cancel: 1 enrolment").reads("Say why, for the history.")
    hr.fill("Reason", "The provider is closed.").press("Check").look("Check: Cancel, 1 enrolment")
    hr.press("Do it").look("Done").reads("done", "cancelled")


def enrol_ticked_people(hr):
    hr.navigate("People")
    for box in range(3):
        hr.page.locator("input[name=chosen]").nth(box).check()
    hr.press("Enrol the ticked people").look("Enrol many people")
    hr.press("Check").look("Enrol many people").reads("Choose a programme.")
    hr.choose("Adopting and Governing").press("Check")
    hr.look("Check 3 people onto Adopting and Governing AI Systems")
