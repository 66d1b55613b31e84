"""The learner's and the manager's side: a sentence, a questionnaire of one's own, a nomination and what came of it."""

from datetime import timedelta

from people.clock import today
from people.rules import say

DAY = timedelta(days=1)
ANSWERS = ("Senior leader", "I set the direction", "We are exploring", "Understand AI")


def test_a_learner_reads_their_programme_and_answers_again(demo_site, arrive):
    learner = arrive().sign_in_as("learner").look("My programme")
    sentence = learner.main.locator(".lead").inner_text()
    assert sentence.startswith("You are ")
    assert ", because " in sentence
    assert " next" in sentence
    learner.reads("Your programmes over time", "The decision", "Everything that happened and was said", "Who helps")
    learner.main.locator("details summary").first.click()
    learner.look("My programme")

    learner.navigate("My questionnaire").look("Your questionnaire").press("Answer again")
    learner.look("closest to your role").choose(ANSWERS[0]).press("Save and come back later")
    learner.look("Your questionnaire").reads("The answers are kept.", "1 of 4 questions answered")
    learner.press("Sign out").sign_in_as("learner").navigate("My questionnaire").follow("Carry on")
    learner.look("what do you mostly do").follow("Back")
    assert learner.page.get_by_role("radio", name=ANSWERS[0]).is_checked()
    learner.press("Continue").press("Continue").look("what do you mostly do").reads("Choose one answer.")
    learner.answer(*ANSWERS[1:]).look("Check your answers").reads(*ANSWERS)
    learner.press("Send the answers").look("Recommended for you: AI Leadership Literacy")
    learner.reads("This is a recommendation. A person decides.")


def test_a_manager_nominates_and_hears_what_hr_decided(demo_site, arrive):
    manager = (
        arrive()
        .sign_in_as("manager")
        .look("What needs you")
        .navigate("My team")
        .look("My team")
        .reads("Now", "Next", "Over time")
    )
    first, second = free_people(manager)[:2]
    manager.follow(f"Nominate {first}").look("Nominate somebody").press("Check")
    manager.look("Nominate somebody").reads("Choose a programme.", "Say why")
    for name in (first, second):
        nominate(manager, name)
    hr = arrive().sign_in_as("hr").navigate("Nominations").look("Nominations")
    hr.follow(f"Read the nomination of {first}", exact=False).look(f"Nomination of {first}").follow("Decide")
    hr.look(f"Decide on {first}").press("Decline with this reason").look(f"Decide on {first}")
    hr.press("Check").look(f"Decide on {first}").reads("Choose a cohort, or give a start below.")
    hr.fill("Start", say(today() + 700 * DAY)).press("Check").look("Check before you confirm")
    hr.press("Approve and enrol").look("Enrolled").reads("Your reference")
    hr.navigate("Nominations").follow(f"Read the nomination of {second}", exact=False).follow("Decide")
    hr.fill("Why you decline", "The audit comes first; ask again in spring.").press("Decline with this reason")
    hr.look(f"Nomination of {second}").reads("is declined", "ask again in spring")

    manager.navigate("Nominations").look("Nominations").follow(f"Read the nomination of {first}", exact=False)
    manager.look(f"Nomination of {first}").reads("Approved:", "The reference is")
    manager.navigate("Nominations").follow(f"Read the nomination of {second}", exact=False)
    manager.look(f"Nomination of {second}").reads("Declined:", "ask again in spring")


def test_a_manager_answers_for_somebody_and_takes_a_nomination_back(demo_site, arrive):
    manager = arrive().sign_in_as("manager").navigate("My team")
    name = free_people(manager)[0]
    nominate(manager, name)
    manager.follow("Retract").look("Retract").press("Retract this nomination").look(f"Nomination of {name}").reads(
        "is retracted"
    )
    manager.navigate("My team").follow(f"Answer the questionnaire for {name}").look(f"Questionnaire for {name}")
    manager.send().answer(*ANSWERS).look("Check the answers").press("Send the answers")
    manager.look(f"Recommended for {name}: AI Leadership Literacy").reads("A person decides.")


def free_people(manager):
    """Those of the team who are on nothing and for whom nothing is planned or asked."""
    rows = manager.main.locator("tbody tr", has_text="Nothing planned").filter(has_text="Free")
    rows = rows.filter(has_not_text="Nominated for")
    return rows.locator("th .person-name").all_inner_texts()


def nominate(manager, name):
    manager.navigate("My team").follow(f"Nominate {name}").choose("AI Leadership Literacy")
    manager.fill("Why", "Speaks for the department on AI.").fill("Protected time, in words", "Friday mornings.")
    manager.press("Check").look("Nominate somebody").reads("Who would be away together")
    warned = manager.page.get_by_role("button", name="Nominate all the same").count()
    manager.press("Nominate all the same" if warned else "Nominate")
    manager.look(f"Nomination of {name}").reads("HR answers next.")


def test_a_manager_nominates_three_and_hr_decides_many(demo_site, arrive):
    learner = arrive().sign_in_as("learner")
    signed_in = learner.page.locator("header").first.inner_text()
    manager = arrive().sign_in_as("manager").look("What needs you").navigate("My team").look("My team")
    free = free_people(manager)[0]
    mine = next(name for name in manager.main.locator("th .person-name").all_inner_texts() if name in signed_in)
    # Somebody who is on a programme without a known end: the check says what has to be closed first.
    overdue = manager.main.locator("tbody tr", has_text="has passed").filter(has_not_text="Nominated for")
    stuck = overdue.locator("th .person-name").all_inner_texts()[0]
    manager.follow("Nominate several").look("Nominate several people").press("Check")
    manager.look("Nominate several people").reads("Tick at least one person.", "Choose a programme.")
    for name in (free, mine, stuck):
        manager.page.get_by_role("checkbox", name=name).check()
    manager.choose("Adopting and Governing").fill("Why", "Reads every contract that has AI in it.")
    manager.fill("Protected time, in words", "Friday mornings.").press("Check")
    manager.look("Check before you nominate").reads("Not legal.", "Legal from", "Who would be away together")
    assert not manager.page.get_by_role("checkbox", name=f"Nominate {stuck}").is_checked()
    manager.page.get_by_role("checkbox", name=f"Nominate {stuck}").check()
    manager.press("Nominate those ticked").look("Nominations").reads("HR answers next")

    learner.navigate("My programme").look("My programme").reads("HR holds the decision since")
    learner.follow("Adopting and Governing", exact=False).look("Nominated for").choose("Yes").press("Give my word")
    learner.look("Nominated for").reads("HR holds the decision since")

    hr = arrive().sign_in_as("hr").navigate("Nominations").follow("Decide many on one page")
    hr.look("Decide nominations").press("Approve those ticked").look("Decide nominations")
    hr.reads("Tick at least one nomination.")
    tick(hr, free).press("Approve those ticked").look("Decide nominations").reads("1 approved.", free)
    assert "Their word: yes" in hr.row(mine).inner_text()
    tick(hr, mine, stuck).press("Decline those ticked").look("Decide nominations")
    hr.reads("Say why, so that the managers can pass it on.")
    tick(hr, mine, stuck).fill("Why", "The audit comes first.").press("Decline those ticked")
    hr.look("Decide nominations").reads("2 declined.")

    for name in (mine, stuck):
        manager.navigate("Nominations").follow(f"Read the nomination of {name}", exact=False)
        manager.look(f"Nomination of {name}").reads("Declined:", "The audit comes first.")
    learner.navigate("My programme").follow("Adopting and Governing", exact=False).look("Nominated for")
    learner.reads("hears first and speaks with you").reads_nothing_of("The audit comes first.")


def test_a_learner_asks_is_turned_down_asks_again_and_is_nominated(demo_site, arrive):
    learner = arrive().sign_in_as("learner").look("My programme")
    manager = arrive().sign_in_as("manager").look("What needs you").navigate("My team").look("My team")
    signed_in = learner.page.locator("header").first.inner_text()
    mine = next(name for name in manager.main.locator("th .person-name").all_inner_texts() if name in signed_in)
    ask_for_governing(learner)
    manager.navigate("My team").look("My team").follow("Asks for Adopting and Governing", exact=False)
    manager.look(f"{mine} asks to be nominated").reads("I check our models already.", "holds the decision since")
    manager.follow("Turn down").look(f"Turn down what {mine} asks for").press("Turn down with this reason")
    manager.look(f"Turn down what {mine} asks for").reads("Say why; they read it.")
    manager.fill("Why not now", "After the audit, gladly.").press("Turn down with this reason")
    manager.look(f"{mine} asks to be nominated").reads("Turned down:", "After the audit, gladly.")
    learner.navigate("My programme").follow("Adopting and Governing", exact=False)
    learner.look("You asked for Adopting and Governing").reads("Not now:", "After the audit, gladly.")

    ask_for_governing(learner).press("Take it back").look("You asked for").reads("You took it back.")
    ask_for_governing(learner)
    manager.navigate("My team").follow("Asks for Adopting and Governing", exact=False)
    manager.follow("Nominate").look("Nominate somebody")
    assert manager.box("Why").input_value() == "I check our models already."
    manager.fill("Protected time, in words", "Friday mornings.").press("Check").look("Nominate somebody")
    manager.reads("Who would be away together", "Legal")
    manager.page.get_by_role("button", name="Nominate").first.click()
    manager.look(f"Nomination of {mine}").reads("HR answers next.", "Nominated, as they asked", "Yes, on")
    learner.navigate("My programme").follow("Adopting and Governing", exact=False).look("Nominated for")
    learner.reads("nominated you on", "as you asked", "HR holds the decision since")


def ask_for_governing(learner):
    learner.navigate("My programme").follow("Ask to be nominated for a programme you choose")
    learner.look("Ask to be nominated").press("Ask to be nominated").look("Ask to be nominated")
    learner.reads("Choose a programme.").choose("Adopting and Governing")
    learner.fill("Why, if you like", "I check our models already.").press("Ask to be nominated")
    return learner.look("You asked for Adopting and Governing").reads("Unanswered, it expires on", "Take it back")


def tick(person, *names):
    for name in names:
        person.page.get_by_role("checkbox", name=f"Answer for {name}").check()
    return person
