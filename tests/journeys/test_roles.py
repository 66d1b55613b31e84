"""Roles are given by an administrator, departments arranged, and a deputy sees a team while somebody is away."""

from datetime import timedelta

from people.clock import today
from people.rules import say
from tests.journeys.test_signing_in import invitation


def test_a_role_a_tree_and_a_deputy(empty_site, arrive):
    file = empty_site.data / "people.csv"
    rows = (
        "M1,Mo,Manager,mo@s.example,Head,Field,",
        "D1,Di,Deputy,di@s.example,Head,Sales,",
        "R1,Ri,Report,,Engineer,Field,M1",
    )
    head = "staff_number,given_names,family_name,email,job_title,department,manager_staff_number"
    file.write_text("\n".join([head, *rows]) + "\n")
    empty_site.command("import_people", str(file))

    admin = arrive().open(invitation(empty_site, "admin@s.example", "administrator")).press("Come in")
    admin.navigate("Departments").look("Departments").follow("Add a department").look("Add a department")
    admin.fill("Name", "Services").press("Add the department").look("Departments").reads("Services is on the list.")
    admin.follow("Field", exact=False, inside=admin.main).look("Change Field")
    admin.page.get_by_label("Belongs to").select_option(label="Services")
    admin.press("Save").look("Departments").reads("Field moved, the top → Services")

    admin.navigate("Accounts").look("Accounts").fill("Work e-mail", "hr@s.example").press("Add and invite")
    admin.look("hr@s.example").box("HR").check()
    admin.choose("The departments chosen here, and all below them")
    admin.press("Save the roles").look("hr@s.example").reads("Choose at least one department")
    admin.box("Services").check()
    admin.press("Save the roles").look("hr@s.example").reads("HR, no → Services")

    hr = arrive().open(invitation(empty_site, "hr@s.example")).press("Come in")
    hr.navigate("People").look("People").reads("Ri Report").reads_nothing_of("Di Deputy")
    hr.follow("Mo Manager", exact=False).follow("Deputies").look("Deputies of Mo Manager")
    assert "Mo Manager" in hr.main.inner_text()

    mo = arrive().open(invitation(empty_site, "mo@s.example")).press("Come in")
    mo.navigate("Deputies").look("Deputies").fill("Deputy’s staff number or work e-mail", "D1")
    mo.fill("First day", say(today())).fill("Last day", say(today() + timedelta(days=5)))
    mo.press("Name the deputy").look("Deputies").reads("Di Deputy acts for you on these days.")

    di = arrive().open(invitation(empty_site, "di@s.example")).press("Come in")
    di.navigate("My team").look("My team").reads("Ri Report")
    mo.press("End now for Di Deputy").look("Deputies").reads("Di Deputy does not act any more.")
    assert di.context.request.get(di.page.url).status == 403
