"""Many people invited at once, after a file of them: who is and who is not, then the link that lets one of them in."""

from tests.journeys.mailbox import link_in, mail_to
from tests.journeys.test_a_real_file import finished
from tests.journeys.test_signing_in import invitation


def test_everybody_of_a_file_is_invited_and_whoever_cannot_be_is_listed_with_the_reason(empty_site, arrive):
    file = empty_site.data / "people.csv"
    rows = [f"S{at},Ann{at},Bell,ann{at}@sample.example" for at in range(51)]
    file.write_text("\n".join(["staff_number,given_names,family_name,email", *rows, "X1,Nora,Nomail,"]) + "\n")
    empty_site.command("import_people", str(file))
    empty_site.work()
    hr = arrive().open(invitation(empty_site, "hr@sample.example", "hr")).press("Come in")

    hr.navigate("People").follow("Invite many people").look("Invite many people").reads("52 people have no account yet")
    hr.press("Invite those without an account").look("Check the invitations to 52 people")
    hr.reads("51 people would be mailed at once.", "Nora Nomail has no e-mail")
    hr.press("Send the invitations").look("Check the invitations").reads("There is a problem", "Type 51 to invite")
    finished(hr.fill("Type 51 to go on", "51").press("Send the invitations"), "Invitations sent")
    hr.look("Invitations sent").reads("51", "Nora Nomail has no e-mail")

    guest = arrive().open(link_in(mail_to(empty_site, "ann7@sample.example"))).look("Welcome to Waypoint, Ann7")
    guest.press("Come in").look("Your account")

    hr.open("/people/").box("Choose Ann7 Bell, S7").check()
    hr.box("Choose Ann8 Bell, S8").check()
    hr.press("Invite the ticked people to sign in").look("Check the invitations to 2 people")
    hr.reads("Ann7 Bell has an account already", "Ann8 Bell was invited on", "None of these people can be invited.")
