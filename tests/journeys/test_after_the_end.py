"""What a programme changed, told by somebody and added up; and the list that goes to the provider."""

from enrolment.demo.people import LEARNER_ACCOUNT, staff_number


def test_what_it_changed_is_told_and_added_up(demo_site, arrive):
    theirs = f"/enrolments/?status=completed&q={staff_number(LEARNER_ACCOUNT)}"  # of which nothing is told yet
    hr = arrive().sign_in_as("hr").open(theirs).look("Enrolments")
    hr.main.locator("tbody tr a").first.click()
    hr.follow("What did it change?").look("What did").press("Keep it").look("What did")
    hr.reads("There is a problem")
    hr.fill("What changed at work?", "The weekly report is ready on Monday.").fill("Hours saved a month", "6")
    hr.press("Keep it").reads("The weekly report is ready on Monday.", "6 hours saved a month")
    hr.navigate("Reports").look("What programmes changed").reads("The weekly report is ready on Monday.")


def test_the_list_for_the_provider_names_what_is_missing_first(demo_site, arrive):
    hr = arrive().sign_in_as("hr").open("/enrolments/?programme=ai-practitioner&status=planned").look("Enrolments")
    hr.follow("Hand-off list of these").look("Hand-off").reads("no ULN")
    with hr.page.expect_download() as sent:
        hr.main.locator("a[href*='format=apprenticeship']").first.click()
    header = sent.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.split(",")[:4] == ["CohortRef", "ULN", "FamilyName", "GivenNames"]
    assert len(header.split(",")) == 19
