"""What ran past its planned end: the manager tells HR how it ended, HR reads it where it is closed."""

from datetime import timedelta

from people.clock import today
from people.rules import say

DAY = timedelta(days=1)
WORDS = "Handed the project in on her last day."


def test_a_manager_tells_hr_how_it_ended_and_hr_closes_by_it(demo_site, arrive):
    manager = arrive().sign_in_as("manager").look("What needs you").reads("Past their planned end")
    row = manager.main.locator("section", has_text="Past their planned end").locator("tbody tr").first
    name = row.locator(".person-name").inner_text()
    manager.follow(f"Tell HR how it ended for {name}").look(f"end for {name}?")
    page = manager.where
    manager.press("Tell HR").look(f"end for {name}?").reads("There is a problem", "Say how it ended.")
    manager.choose("Finished").fill("Last day", say(today() + DAY)).press("Tell HR").look(f"end for {name}?")
    manager.reads("The last day is over").choose("Finished").fill("Last day", say(today() - DAY))
    manager.fill("What HR should know", WORDS).press("Tell HR").look("What needs you")
    manager.reads(f"HR reads how it ended for {name}")
    assert manager.page.get_by_role("link", name=f"Tell HR how it ended for {name}").count() == 0
    manager.navigate("My team").look("My team").reads(f"HR was told how it ended on {say(today())}")
    manager.open(page).look(f"end for {name}?").reads(f"told HR: finished, last day {say(today() - DAY)}", WORDS)

    hr = arrive().sign_in_as("hr").open(page.replace("ending/", "")).look(name).reads("How it ended", WORDS)
    hr.follow("Complete, as they say").look("Complete").press("Check").look("Check before you confirm")
    hr.reads(say(today() - DAY)).follow("Leave it as it is").look(name)


def test_hr_notes_it_for_whoever_closes_it_and_today_shows_it(demo_site, arrive):
    hr = arrive().sign_in_as("hr").navigate("Today").look("Today")
    rows = hr.main.locator("section", has_text="Past their planned end, to close").locator("tbody tr")
    row = rows.filter(has_text="Not told yet").first
    name = row.locator(".person-name").inner_text()
    hr.follow("Close", inside=row, exact=False).look(name).follow("Say how it ended").look(f"end for {name}?")
    hr.choose("It goes on").fill("What HR should know", "Asked for on the telephone.").press("Tell HR").look(name)
    hr.reads("told HR: needs longer").navigate("Today").look("Today")
    hr.reads("Needs longer", "“Asked for on the telephone.”").follow(f"Extend the programme of {name}").look("Extend")
