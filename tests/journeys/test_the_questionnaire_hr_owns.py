"""HR writes a version: what is missing is told with a person whom it would meet, mended, checked and published."""

SENTENCE = "You said that you oversee delivery, so a colleague talks with you about what fits."


def test_author_fail_mend_check_and_publish(demo_site, arrive):
    hr = arrive().sign_in_as("hr")
    hr.navigate("Questionnaire").look("Questionnaire").follow("Draft a new version", inside=hr.main)
    hr.look("Draft a new version").press("Begin the draft").look("Draft a new version").reads("Say why")
    hr.fill("What should change", "A person talks with those who deliver").press("Begin the draft")
    hr.look("Version 2").reads("Nothing is wrong with it")

    hr.press("Remove rule 17").look("Version 2").reads("No rule fits 12 combinations", "For example, somebody")
    assert hr.main.get_by_role("button", name="Check", exact=True).count() == 0
    hr.follow("Rule 17 of version 1 takes them today", inside=hr.main).look("Version 1")
    hr.page.go_back()
    hr.follow("Add a rule for these answers", inside=hr.main).look("Add a rule")
    for role in ("Finance or administration", "Sales or marketing", "Project, transformation or change"):
        hr.box(role).check()
    for role in ("Operations or business improvement", "Technical or data", "Something else"):
        hr.box(role).check()
    hr.box("We are embedding").check()
    hr.box("We are choosing").check()
    hr.choose("A person decides").press("Save").look("Add a rule").reads("Say why, in a sentence")
    hr.fill("Because", SENTENCE).press("Save").look("Version 2").reads(SENTENCE, "Nothing is wrong with it")

    hr.press("Move rule 17 up").press("Move rule 16 down")
    hr.follow("Add an answer to “How far you have come”", inside=hr.main).look("Add an answer")
    hr.fill("Answer", "We have stopped").press("Save").look("Version 2").reads("1,250 combinations")
    hr.follow("Change “We have stopped”", inside=hr.main).look("Change").follow("Cancel", inside=hr.main)
    hr.press("Remove “We have stopped”")
    hr.follow("Change “Your role”", inside=hr.main).look("Change “Your role”").follow("Cancel", inside=hr.main)
    hr.follow("Change rule 2", inside=hr.main).look("Change rule 2").follow("Cancel", inside=hr.main)
    hr.follow("Add a question", inside=hr.main).look("Add a question").follow("Cancel", inside=hr.main)
    hr.follow("Change the name", inside=hr.main).look("Change the name").follow("Cancel", inside=hr.main)
    hr.follow("Discard", inside=hr.main).look("Discard").follow("Keep it", inside=hr.main)

    hr.follow("Change rule 4", inside=hr.main).choose("A person decides").fill("Because", SENTENCE).press("Save")

    hr.press("Check").look("Version 2").reads("Version 2 is checked")
    hr.follow("Read and print the policy", inside=hr.main).look("version 2").reads("What differs from version 1")
    hr.reads("A person decides").page.go_back()
    hr.follow("Publish", inside=hr.main).look("Publish version 2").reads("What still keeps it from being published")
    hr.follow("Open the replay", inside=hr.main).look("Replay of version 2").reads("AI Leadership Literacy → A person")
    hr.press("Accept the ticked groups").look("Replay of version 2").reads("Say why")
    hr.fill("Why", "We talk with them first").press("Accept the ticked groups").look("Replay of version 2")
    hr.reads("Accepted by").follow("Version 2", inside=hr.main).follow("Publish", inside=hr.main)
    hr.look("Publish version 2").press("Publish").look("Publish").reads("Say why")
    hr.fill("Why", "Agreed with those who deliver").press("Publish").look("Version 2").reads("Version 2 is published")
    hr.navigate("Questionnaire").look("Questionnaire")
    assert "Retired" in hr.row("Version 1").inner_text()


def test_two_people_write_one_draft(demo_site, arrive):
    one, other = arrive().sign_in_as("hr"), arrive().sign_in_as("hr")
    one.navigate("Questionnaire").follow("Draft a new version", inside=one.main)
    one.fill("What should change", "Words").press("Begin the draft").follow("Change rule 3", inside=one.main)
    other.open(one.where.partition("rules/")[0]).press("Remove rule 2")
    one.fill("Because", "What the first of us wrote.").press("Save").look("Change rule 2")
    one.reads("What changed while you had this page open", "How it stands now", "What the first of us wrote.")
    one.press("Save").look("Version 2").reads("What the first of us wrote.")
    with one.page.expect_navigation():  # as the arrows do, in one go
        one.page.locator("#rule-2 > th").drag_to(one.page.locator("#rule-5 > th"))
    one.reads("Rule 2 was put in place 5.")
    assert "What the first of us wrote." in one.page.locator("#rule-5").inner_text()
