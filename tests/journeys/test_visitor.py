"""A visitor asks the seed's question: what is the difference, and which is for me?"""

ANSWERS = ("Operations or business improvement", "I improve the work myself", "We are exploring", "Build improvements")


def test_a_visitor_compares_reads_and_tries_and_nothing_is_stored(empty_site, arrive):
    visitor = arrive()
    visitor.open("/").look("AI apprenticeship or AI leadership units")
    assert visitor.where == "/"
    visitor.reads("Side by side", "AI & Automation Practitioner apprenticeship", "Can one person take both?")
    visitor.navigate("Programmes").follow("Delivering AI-Enabled Transformation")
    visitor.look("Delivering AI-Enabled Transformation").reads("Who it is for", "AU0011", "What it is not")

    visitor.navigate("Which is for me?").look("Which is for me?").follow("Start")
    visitor.look("closest to your role").press("Continue")
    visitor.look("closest to your role").reads("Choose one answer.")  # the refused question, its error seen
    visitor.answer(*ANSWERS[:2])
    visitor.follow("Back")
    assert visitor.page.get_by_role("radio", name=ANSWERS[1]).is_checked()
    visitor.press("Continue").answer(*ANSWERS[2:]).look("Check your answers")
    visitor.reads(*ANSWERS)

    visitor.follow("Change what you do", exact=False)
    visitor.answer("I set the direction").look("Check your answers")
    visitor.reads(ANSWERS[0], "I set the direction", *ANSWERS[2:]).press("Show what fits")
    visitor.look("A person decides")
    visitor.follow("Back to your answers").follow("Change what you do", exact=False)
    visitor.answer(ANSWERS[1]).press("Show what fits")
    visitor.look("Recommended for you: AI & Automation Practitioner apprenticeship")
    visitor.reads("nothing is stored")

    assert [cookie["name"] for cookie in visitor.context.cookies()] == []
    for table in ("assessment_response", "assessment_recommendation", "django_session"):
        assert empty_site.count(table) == 0


def test_pages_that_are_not_there(empty_site, arrive):
    visitor = arrive(may_be_refused=True)
    visitor.open("/nowhere/").look("not")
    visitor.open("/today/").look("Sign in")
