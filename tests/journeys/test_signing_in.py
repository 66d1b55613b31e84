"""Invited, signed in by password and by code, with a second step: the ways in that need no device of one's own."""

import json
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.journeys.mailbox import code_in, link_in, mail_to

PASSWORD = "a long pass phrase"


def invitation(site, email, *roles):
    """The path of the link that an operator gives a new account."""
    words = [word for role in roles for word in ("--role", role)]
    return urlsplit(json.loads(site.command("add_user", email, *words, "--json"))["link"]).path


def app_code(secret, *, later=0):
    """What an authenticator app with this key shows now, or so many half minutes later; each counts once."""
    _, now, _ = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now + later))


def by_password(person, email, password=PASSWORD):
    """Fill in the sign-in page and send it."""
    person.open("/accounts/login/").fill("E-mail", email).fill("Password", password)
    return person.press("Sign in")


def by_mailed_code(person, site, email):
    """Have a code mailed and enter it."""
    person.open("/accounts/login/").follow("Mail me a sign-in code").fill("E-mail", email).press("Mail the code")
    return person.fill("Code from the e-mail", code_in(mail_to(site, email))).press("Sign in")


def test_somebody_invited_chooses_a_password_signs_in_with_it_and_then_by_a_mailed_code(empty_site, arrive):
    name, email = "Ann Bell", "ann.bell@sample.example"
    file = empty_site.data / "people.csv"
    file.write_text(
        f"staff_number,given_names,family_name,email,job_title,department\nS1,Ann,Bell,{email},Analyst,IT\n"
    )
    empty_site.command("import_people", str(file))
    hr = arrive().open(invitation(empty_site, "hr@sample.example", "hr")).press("Come in")
    hr.navigate("People").follow(name).look(name).reads("Ann cannot sign in yet.").press(f"Give access to {name}")
    hr.look(name).reads(f"{email} gets an invitation to choose how to sign in.", f"as {email}. The link works until")

    guest = arrive().open(link_in(mail_to(empty_site, email))).look("Welcome to Waypoint, Ann").press("Come in")
    guest.look("Your account").reads("Choose below how you sign in from now on.").follow("Choose a password")
    guest.look("Password").fill("New password", "short").fill("The new password again", "short")
    guest.press("Save the password").look("Password").reads("There is a problem", "too short")
    guest.fill("New password", PASSWORD).fill("The new password again", PASSWORD).press("Save the password")
    guest.look("Your account").reads("Your password is set.", "You have one.").press("Sign out")
    guest.open(link_in(mail_to(empty_site, email))).look("This invitation has been used")

    by_password(guest, email, "not my password").look("Sign in").reads("do not belong together")
    by_password(guest, email).look().press("Sign out")
    guest.open("/accounts/login/").follow("Mail me a sign-in code").look("Mail me a sign-in code")
    guest.press("Mail the code").look("Mail me a sign-in code").reads("There is a problem")
    guest.fill("E-mail", "an.bell@sample.example").press("Mail the code").look("Enter the code")
    guest.press("Sign in another way").look("Sign in").follow("Mail me a sign-in code")
    guest.fill("E-mail", "anne@sample.example").press("Mail the code").look("Enter the code")
    guest.press("Mail another code, or to another address").look("Mail me a sign-in code")
    guest.fill("E-mail", email).press("Mail the code").look("Enter the code")
    guest.fill("Code from the e-mail", "WRONG").press("Sign in").look("Enter the code").reads("This is not the code.")
    guest.fill("Code from the e-mail", code_in(mail_to(empty_site, email))).press("Sign in").look()
    assert guest.page.get_by_role("button", name="Sign out").is_visible()
    hr.page.reload()
    hr.look(name).reads(f"Signs in as {email}")


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(empty_site, arrive):
    email = "ann@sample.example"
    invitation(empty_site, email)
    ann = arrive().open("/accounts/login/").look("Sign in").follow("Forgot your password?")
    ann.look("Set a new password").fill("E-mail", email).press("Send the link").look("Look in your mail")
    ann.open(link_in(mail_to(empty_site, email))).look("Choose a new password")
    ann.fill("New password", PASSWORD).fill("The new password again", PASSWORD).press("Save the password")
    ann.look("Your password is new").follow("Sign in", inside=ann.main)
    by_password(ann, email).look()
    stranger = arrive().open(link_in(mail_to(empty_site, email))).look("This link has been used")
    stranger.follow("Send me a new link").fill("E-mail", "nobody@sample.example").press("Send the link")
    stranger.look("Look in your mail")
    assert mail_to(empty_site, "nobody@sample.example").subject == "No Waypoint account has this e-mail"


def test_hr_sets_up_a_second_step_before_anything_else_and_is_asked_for_it(empty_site, arrive):
    email = "hr@sample.example"
    with empty_site.told(SECOND_STEP_FOR_HR="1") as address:
        hr = arrive(address).open(invitation(empty_site, email, "hr")).look("Welcome").press("Come in")
        hr.look("Set up a second step").open("/people/").look("Set up a second step")
        hr.follow("Add an authenticator app").look("Add an authenticator app")
        hr.fill("Code that the app shows now", "000000").press("Add the app")
        hr.look("Add an authenticator app").reads("This is not the code.")
        secret = hr.main.locator(".secret").inner_text()
        hr.fill("Code that the app shows now", app_code(secret)).press("Add the app")
        hr.look("Recovery codes").reads("The authenticator app is your second step now.")
        codes = hr.main.locator(".recovery-codes code").all_inner_texts()
        assert len(set(codes)) == 10
        hr.follow("Continue").look("Today").navigate("Your account").look("Your account").reads("10 not used yet.")
        hr.follow("Remove the authenticator app").look("Remove the authenticator app").reads("HR needs a second step")
        hr.press("Sign out")

        by_mailed_code(hr, empty_site, email).look("One more step").fill("Code", "000000")
        hr.press("Sign in").look("One more step").reads("This is not the code.")
        hr.fill("Code", app_code(secret, later=1)).press("Sign in").look("Today").press("Sign out")
        by_mailed_code(hr, empty_site, email).fill("Code", codes[0]).press("Sign in").look("Today")
        hr.navigate("Your account").reads("9 not used yet.").press("Sign out")
        by_mailed_code(hr, empty_site, email).fill("Code", codes[0]).press("Sign in").look("One more step")
        hr.press("Sign in as somebody else").look("Sign in")
        empty_site.command("forget_second_step", email)
        hr.open(invitation(empty_site, email)).press("Come in").look("Set up a second step")


def test_signing_out_everywhere_else_ends_the_other_session(empty_site, arrive):
    email = "ann@sample.example"
    here, there = arrive(), arrive()
    here.open(invitation(empty_site, email)).press("Come in")
    by_mailed_code(there, empty_site, email).navigate("Your account").look("Your account")
    here.navigate("Your account").reads("In 2 browsers.").follow("See where").look("Where you are signed in")
    here.reads("(here)").press("Sign out everywhere else").look("Where you are signed in")
    here.reads("You are signed out everywhere else.", "You are signed in here only.")
    there.page.reload()
    there.look("Sign in")
    here.navigate("Your account").look("Your account").reads("In this browser only.")
