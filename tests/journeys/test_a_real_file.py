"""HR loads a payroll export: matched, its days asked once, looked at, stopped by the brake, applied, and taken back."""

from tests.journeys.test_signing_in import invitation

HEADERS = "Payroll No.;Employee Name;Position;Business Unit;Line Manager No;D.O.B.;Start Date;Work E-mail;Grade"


def export(people, position):
    """As payroll writes it: Windows-1252, and no day that shows whether it or its month comes first."""
    rows = [
        f"{100 + at};Núñez{chr(97 + at)}, François;{position};Unit {at % 3};{100 + at // 8 if at else ''};"
        f"03/04/1980;05/06/2024;P.{at}@EXAMPLE.ORG;SCS1"
        for at in range(people)
    ]
    return "\r\n".join([HEADERS, *rows, ""]).encode("cp1252")


def file_of(name, *what):
    return {"name": name, "mimeType": "text/csv", "buffer": export(*what)}


def arrived(empty_site, arrive, **options):
    """Somebody in HR before the page that takes files; the worker is at work."""
    empty_site.work()
    hr = arrive(**options).open(invitation(empty_site, "hr@sample.example", "hr")).press("Come in")
    return hr.navigate("People").follow("Import your people")


def finished(hr, heading):
    """The page of a file once the worker has done it."""
    for _ in range(120):
        if heading in hr.heading:
            return hr
        hr.page.wait_for_timeout(500)
        hr.page.reload()
    raise AssertionError(f"{hr.where} is headed {hr.heading}")


def load(hr, look):
    """Load one file, then one of the whole organisation that lacks six people, then take that one back."""
    hr.page.get_by_label("Your people file").set_input_files(file_of("payroll.csv", 30, "Analyst"))
    hr.press("Check the file")
    look("Match the columns of payroll.csv").reads("Read as Windows-1252 with semicolons.")
    assert hr.box("Payroll No.").input_value() == "staff_number"
    assert hr.box("Employee Name").input_value() == "full_name"
    assert hr.box("Grade").input_value() == ""
    hr.press("Check the file").reads("There is a problem", "Say how the days are written: the file does not show it.")
    look("Match the columns of payroll.csv")
    hr.choose("day, month, year").press("Check the file")
    look("Check payroll.csv").reads("Left out: Grade.", "30", "new departments")
    finished(hr.press("Load these people"), "People loaded")
    look("People loaded").reads("30")

    hr.open("/people/import/")
    hr.page.get_by_label("Your people file").set_input_files(file_of("next.csv", 24, "Director"))
    hr.press("Check the file")
    look("Check next.csv").reads("Read as “payroll” says.", "job title Analyst → Director")
    hr.fill("Last day of the people who are not in the file", "31 March 2027").press("See who would leave")
    look("Check next.csv").reads("6 people are not in it", "Type 6 to go on", "people leave")
    hr.press("Load these people")
    look("Check next.csv").reads("There is a problem", "Type 6 if 6 people are really to leave.")
    finished(hr.fill("Type 6 to go on", "6").press("Load these people"), "People loaded")

    hr.press("See what undoing this file would do")
    look("Undo next.csv").reads("as before the file")
    finished(hr.press("Undo this file"), "File undone")
    look("File undone").reads("as before the file")


def test_a_payroll_export_is_matched_stopped_applied_and_undone(empty_site, arrive):
    hr = arrived(empty_site, arrive)
    load(hr.look("Import people"), hr.look)
    assert empty_site.count("people_employee") == 30


def test_the_same_without_javascript(empty_site, arrive):
    hr = arrived(empty_site, arrive, java_script_enabled=False)

    def look(heading):
        assert heading in hr.heading
        return hr

    load(hr, look)
    assert empty_site.count("people_employee") == 30
