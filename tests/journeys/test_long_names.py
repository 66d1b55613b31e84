"""A name as long as the directory takes, of one word: every page that shows it keeps its width, also at 360 px."""

from tests.journeys.test_signing_in import invitation

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 6  # cut to the 200 letters that fit


def test_a_family_name_of_two_hundred_letters_breaks_and_scrolls_nothing_sideways(empty_site, arrive):
    name = LONG[:200]
    file = empty_site.data / "people.csv"
    head = "staff_number,given_names,family_name,email,job_title,department,manager_staff_number"
    rows = (f"L1,Ann,{name},ann@sample.example,Analyst,IT,", f"L2,Ben,{name},,Analyst,IT,L1")
    file.write_text("\n".join((head, *rows, "")))
    empty_site.command("import_people", str(file))
    hr = arrive().open(invitation(empty_site, "hr@sample.example", "hr")).press("Come in")
    hr.navigate("People").look("People").follow(f"Ann {name}").look(f"Ann {name}")
    hr.navigate("People").follow(f"Ben {name}").look(f"Ben {name}").follow("Enrol", inside=hr.main).look(name)
