"""HR corrects a record; a leaver is signed out as they read, and comes back; two records of one person become one."""

from datetime import timedelta

from enrolment.demo.people import LEARNER_ACCOUNT, staff_number
from people.clock import today

NUMBER = staff_number(LEARNER_ACCOUNT)
DAY = timedelta(days=1)


def opened(hr):
    """HR finds the learner by their number."""
    hr.navigate("People").look("People").fill("Name, number", NUMBER).press("Search")
    hr.row(NUMBER).get_by_role("link").first.click()
    hr.page.wait_for_url("**/people/*-*/")
    return hr.look()


def test_hr_edits_a_leavers_session_dies_they_come_back_and_two_records_become_one(demo_site, arrive):
    learner = arrive().sign_in_as("learner").look("My programme")
    hr = opened(arrive().sign_in_as("hr"))
    name, address = hr.heading, hr.where

    hr.follow("Edit this record").look(f"Edit {name}")
    hr.fill("Family name", "").press("Save").look(f"Edit {name}").reads("Give the family name.")
    hr.open(f"{address}edit/").fill("Job title", "Head of Letters").fill("Why", "Promoted").press("Save")
    hr.look(name).reads("Head of Letters", "Record changed, by", "Promoted")
    hr.follow("Edit this record").fill("Last day of employment", (today() + DAY).isoformat()).press("Save")
    hr.look("Check before you save").reads("What this touches", "In the night after")
    hr.press("Change the answers").look(f"Edit {name}").follow("Not now")

    hr.follow(f"{name.split()[0]} leaves").look(f"{name} leaves").press("Record the last day")
    hr.look(f"{name} leaves").reads("Give the last day.")
    hr.fill("Last day of employment", (today() - DAY).isoformat()).fill("Why", "Another job")
    hr.press("Record the last day").look("Check before you save").reads("is signed out everywhere")
    learner.follow("My programme")  # still signed in: nothing was saved yet
    hr.press("Record the last day").look(name).reads("left on", "The account was closed.", "Another job")
    learner.page.reload()
    assert learner.where.startswith("/accounts/login/"), "the session is dead"
    learner.look("Sign in")

    hr.follow(f"{name.split()[0]} comes back").look(f"{name} comes back").press("Record it")
    hr.look("Check before you save").reads("works here again").press("Record it")
    hr.look(name).reads("Works here again, by", "The account is open again.")
    learner.sign_in_as("learner").look("My programme")

    hr.navigate("People").follow("Add a person").look("Add a person").press("Add this person")
    hr.look("Add a person").reads("Give the staff number.")
    hr.fill("Staff number", "AGENCY-1").fill("Given names", name.split()[0]).fill("Family name", "Twice")
    hr.press("Add this person").look("Twice").reads("Added to the directory, by")
    twice = hr.where
    hr.open(address).follow("Merge another record into this one").look("Merge another record").press("Look at both")
    hr.look("Merge another record").reads("Give the staff number of the other record.")
    hr.fill("Staff number of the other record", "AGENCY-1").fill("Why", "The agency's number").press("Look at both")
    hr.look("Check before you merge").reads("This cannot be undone.", "Twice").press("Merge them")
    hr.look(name).reads("AGENCY-1 is merged into", "Took in the record AGENCY-1", "The agency's number")
    assert hr.open(twice).where == address, "the old address leads to the record that is kept"
