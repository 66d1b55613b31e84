"""The pages on which HR reads and writes versions of the questionnaire."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assessment.actions import drafts, versions
from assessment.models import Questionnaire
from enrolment.queries import decisions
from tests.factories import TODAY, EmployeeFactory, UserFactory

LIST = "/questionnaire/versions/"


@pytest.fixture
def hr(db):
    return UserFactory(is_hr=True, email="hr@example.org")


@pytest.fixture
def client(hr) -> Client:
    browser = Client()
    browser.force_login(hr)
    return browser


@pytest.fixture
def draft(hr) -> Questionnaire:
    return versions.draft(by=hr, on=TODAY, reason="Clearer words")


def text(response) -> str:
    """What a page says, without tags and runs of space."""
    assert response.status_code == 200, response
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


def found(pattern: str, html: str) -> str:
    """The first group of a pattern that a page has."""
    match = re.search(pattern, html)
    assert match, pattern
    return match[1]


def at(name: str, version: Questionnaire, *more: str) -> str:
    """The address of a page of a version."""
    return reverse(f"assessment:{name}", args=[version.public_id, *more])


def rule_form(version: Questionnaire, position: int, **changes):
    """What the form of a rule sends."""
    row = version.rules.get(position=position)
    return {
        "revision": version.revision,
        "row": row.pk,
        "programme": row.programme.code if row.programme else "person",
        "because": row.because,
        **{f"if-{code}": options for code, options in row.conditions.items()},
        **changes,
    }


def somebody_else_removes_rule(version: Questionnaire, position: int) -> None:
    """Another person of HR edits the draft meanwhile."""
    other = UserFactory(is_hr=True)
    EmployeeFactory(user=other, given_names="Sam", family_name="Reyes")
    drafts.remove_rule(version, position, revision=version.revision, by=other, on=TODAY)


class TestReading:
    """Reading versions."""

    def test_the_list_leads_to_a_draft_or_goes_on_with_it(self, client, hr):
        assert "Draft a new version" in text(client.get(LIST))
        step = client.post(reverse("assessment:draft"), {"reason": "Clearer words"}, follow=True)
        assert "Version 2 of the questionnaire" in text(step)
        assert "Go on with version 2" in text(client.get(LIST))
        refused = client.post(reverse("assessment:draft"), {"reason": "Another"})
        assert "is being drafted already" in text(refused)

    def test_a_draft_begins_with_a_reason(self, client):
        assert "Say why" in text(client.post(reverse("assessment:draft"), {"reason": ""}))
        assert Questionnaire.objects.count() == 1

    def test_what_is_published_has_its_certificate_and_no_buttons(self, client):
        published = Questionnaire.objects.get(status="published")
        page = client.get(at("version", published))
        said = text(page)
        assert "Every one of the 1,000 combinations" in said
        assert "62.8 %" in said
        assert "exactly 157/250" in said
        assert "Nothing is wrong with it" in said
        assert "Change" not in said
        assert said.index("62.8 %") < said.index("17 rules")  # the picture first
        assert page.content.decode().count("<rect") == 10
        for name, more in (("rename", ()), ("write_rule", ("1",)), ("write_question", ("role",)), ("add_rule", ())):
            assert client.get(at(name, published, *more)).status_code == 404

    def test_an_auditor_reads_and_changes_nothing(self, draft):
        browser = Client()
        browser.force_login(UserFactory(is_auditor=True))
        assert "Change" not in text(browser.get(at("version", draft)))
        assert browser.get(at("write_rule", draft, "1")).status_code == 403

    def test_the_policy_says_how_it_differs(self, client, draft, hr):
        drafts.remove_rule(draft, 17, revision=1, by=hr, on=TODAY)
        said = text(client.get(at("policy", draft), {"against": "1"}))
        assert "What differs from version 1" in said
        assert "Rule 17 of before is gone" in said
        assert "12 (1.2 %)" in said
        assert "Otherwise no rule fits A person decides" in said
        assert "What differs" not in text(client.get(at("policy", draft), {"against": "nonsense"}))

    def test_two_versions_that_say_the_same(self, client, draft):
        assert "both say the same" in text(client.get(at("policy", draft), {"against": "1"}))


class TestWriting:
    """Editing a draft by its forms."""

    def test_a_rule_is_changed(self, client, draft):
        page = client.get(at("write_rule", draft, "1")).content.decode()
        assert re.search(r'value="improves_work"[^>]*checked', page)
        sent = rule_form(draft, 1, because="A new sentence.", programme="person", **{"if-need": ["build"]})
        assert client.post(at("write_rule", draft, "1"), sent)["Location"] == f"{at('version', draft)}#rule-1"
        row = draft.rules.get(position=1)
        assert (row.because, row.programme) == ("A new sentence.", None)
        assert row.conditions["need"] == ["build"]
        assert "Edited by hr@example.org" in text(client.get(at("version", draft)))

    def test_a_rule_needs_its_sentence_and_where_it_leads(self, client, draft):
        said = text(client.post(at("add_rule", draft), {"revision": "1"}))
        assert "There is a problem" in said
        assert "Choose where this rule leads." in said
        assert draft.rules.count() == 17

    def test_a_rule_of_an_older_revision_is_shown_again_with_what_was_written(self, client, draft):
        sent = rule_form(draft, 5, because="What I wrote.")
        somebody_else_removes_rule(draft, 2)
        page = client.post(at("write_rule", draft, "5"), sent)
        said = text(page)
        assert "What changed while you had this page open" in said
        assert "Rule 2 (" in said
        assert "Sam Reyes" in said
        assert "Change rule 4" in said  # where it stands now
        assert "What I wrote." in said
        sent["revision"] = found(r'name="revision" value="(\d+)"', page.content.decode())
        client.post(at("write_rule", draft, "5"), sent)
        assert draft.rules.get(position=4).because == "What I wrote."

    def test_a_rule_that_was_removed_meanwhile_is_added_again_on_request(self, client, draft):
        sent = rule_form(draft, 5, because="What I wrote.")
        somebody_else_removes_rule(draft, 5)
        said = text(client.post(at("write_rule", draft, "5"), sent))
        assert "It is no longer there: saving adds it again" in said
        client.post(at("write_rule", draft, "5"), {**sent, "revision": "2"})
        assert draft.rules.get(position=17).because == "What I wrote."

    def test_questions_answers_and_the_name(self, client, draft):
        def revision():
            draft.refresh_from_db()
            return draft.revision

        new = {"text": "Do you lead?", "short": "Lead", "answers": "Yes\nNo\n", "revision": revision()}
        client.post(at("add_question", draft), new)
        change = {"text": "Do you lead a team?", "short": "Lead", "hint": "", "revision": revision()}
        client.post(at("write_question", draft, "lead"), change)
        client.post(at("add_option", draft, "lead"), {"label": "Sometimes", "revision": revision()})
        client.post(at("write_option", draft, "lead", "no"), {"label": "Not now", "revision": revision()})
        client.post(at("rename", draft), {"name": "Where to?", "revision": revision()})
        said = text(client.get(at("version", draft)))
        for words in ("Do you lead a team?", "Sometimes", "Not now", "“Where to?”", "3,000 combinations"):
            assert words in said
        assert client.get(at("write_question", draft, "gone")).status_code == 404
        assert client.get(at("write_option", draft, "lead", "gone")).status_code == 404

    def test_a_question_with_one_answer_is_refused_beside_what_was_written(self, client, draft):
        said = text(
            client.post(at("add_question", draft), {"text": "Q?", "short": "Q", "answers": "only", "revision": "1"})
        )
        assert "Give at least two answers, one a line." in said
        assert draft.questions.count() == 4

    def test_an_answer_that_reads_like_another_is_refused(self, client, draft):
        label = draft.questions.get(code="role").options.first().label
        sent = {"label": f" {label.upper()} ", "revision": "1"}
        assert "reads" in text(client.post(at("add_option", draft, "role"), sent))
        other = at("write_option", draft, "role", "other")
        assert "People could not tell them apart." in text(client.post(other, sent))
        assert draft.questions.get(code="role").options.count() == 10

    def test_moving_and_removing(self, client, draft):
        before = list(draft.rules.values_list("pk", flat=True))
        step = client.post(at("arrange", draft), {"revision": "1", "do": "rule/2 to 1"})
        assert step["Location"].endswith("#rule-1")
        assert list(draft.rules.values_list("pk", flat=True))[:2] == before[1::-1]
        client.post(at("arrange", draft), {"revision": "2", "do": "option/role/other up"})
        client.post(at("arrange", draft), {"revision": "3", "do": "question/role down"})
        assert [q.code for q in draft.questions.all()][:2] == ["does", "role"]
        client.post(at("arrange", draft), {"revision": "4", "do": "rule/1 remove"})
        assert draft.rules.count() == 16

    def test_moving_on_an_older_revision_does_nothing_and_says_who_was_first(self, client, draft):
        somebody_else_removes_rule(draft, 2)
        said = text(client.post(at("arrange", draft), {"revision": "1", "do": "rule/1 remove"}, follow=True))
        assert "Sam Reyes: Rule 2 (" in said
        assert "Nothing was moved or removed." in said
        assert draft.rules.count() == 16

    @pytest.mark.parametrize(
        "do", ["", "rule/1 sideways", "rule/x up", "option/role up", "staff/1 remove", "rule/1/2 up"]
    )
    def test_what_no_button_sends_is_not_found(self, client, draft, do):
        assert client.post(at("arrange", draft), {"revision": "1", "do": do}).status_code == 404


class TestPublishing:
    """Check, publish, discard."""

    def test_the_whole_way(self, client, draft):
        client.post(at("arrange", draft), {"revision": "1", "do": "rule/17 remove"})
        said = text(client.get(at("version", draft)))
        assert "No rule fits 12 combinations" in said
        assert "For example, somebody who answers: Your role" in said
        assert "Rule 17 of version 1 takes them today" in said
        page = client.get(at("version", draft)).content.decode()
        assert 'type="submit">Check<' not in page
        refused = client.post(at("check_version", draft), {"revision": "2"}, follow=True)
        assert "The certificate names what has to be mended first." in text(refused)
        link = found(r'href="([^"]*add-rule/\?[^"]*)"', page).replace("&amp;", "&")
        form = client.get(link).content.decode()
        assert re.search(r'value="ai-transformation"[^>]*checked', form)
        mend = {
            "revision": "2",
            "programme": "person",
            "because": "A person looks at this.",
            "if-does": ["oversees_delivery"],
            "if-need": ["deliver"],
        }
        client.post(at("add_rule", draft), mend)
        assert "is checked" in text(client.post(at("check_version", draft), {"revision": "3"}, follow=True))
        assert "Only a checked version" not in text(client.get(at("publish", draft)))
        assert "Say why" in text(client.post(at("publish", draft), {"revision": "3", "reason": ""}))
        done = client.post(at("publish", draft), {"revision": "3", "reason": "Agreed in June"}, follow=True)
        assert "Version 2 is published" in text(done)
        assert dict(Questionnaire.objects.values_list("version", "status")) == {1: "retired", 2: "published"}

    def test_what_was_discarded_has_no_health(self, client, draft, hr):
        versions.discard(draft, revision=1, by=hr, on=TODAY, reason="No.")
        assert client.get(at("version", draft)).context["health"] == []
        assert [found.version for found in decisions.versions()] == [1]

    def test_a_rule_that_never_decides_names_those_that_take_everything(self, client, draft, hr):
        whole = drafts.RuleWords({}, None, "Everybody.")
        drafts.save_rule(draft, whole, revision=1, by=hr, on=TODAY)
        drafts.place_rule(draft, 18, 17, revision=2, by=hr, on=TODAY)
        page = client.get(at("version", draft)).content.decode()
        assert "Rule 18 never decides: rule 17 stands above it and takes everything" in page
        assert 'href="#rule-17"' in page

    def test_a_rule_that_is_dropped_says_where(self, client, draft):
        third = draft.rules.get(position=3).because
        put = client.post(at("arrange", draft), {"revision": "1", "do": "rule/3 to 1"})
        assert put["Location"].endswith("#rule-1")
        assert draft.rules.get(position=1).because == third
        for nonsense in ("rule/3 to", "rule/3 to x", "rule/3 to -1", "question/role to 2", "rule/3"):
            assert client.post(at("arrange", draft), {"revision": "2", "do": nonsense}).status_code == 404

    def test_a_stale_publish_publishes_nothing(self, client, draft, hr):
        versions.check(draft, revision=1, by=hr, on=TODAY)
        said = text(client.post(at("publish", draft), {"revision": "9", "reason": "Now"}))
        assert "was changed after you opened the page" in said
        assert Questionnaire.objects.get(status="published").version == 1

    def test_discarding(self, client, draft):
        said = text(client.post(at("discard", draft), {"revision": "1", "reason": "Not needed"}, follow=True))
        assert "Version 2 is discarded" in said
        assert "Discarded" in said


class TestFiles:
    """Export and import."""

    def test_out_and_in(self, client, draft):
        file = client.get(at("export", draft))
        assert 'filename="questionnaire-version-2.json"' in file["Content-Disposition"]
        client.post(at("discard", draft), {"revision": "1", "reason": "To import it"})
        upload = SimpleUploadedFile("version.json", file.content)
        said = text(client.post(reverse("assessment:bring_in"), {"file": upload, "reason": "Reviewed"}, follow=True))
        assert "Version 3 is a draft now" in said

    def test_a_bad_file_is_told_by_line(self, client):
        upload = SimpleUploadedFile("version.json", b'{"name": "N",\n"questions": [],\n"rules": []}')
        said = text(client.post(reverse("assessment:bring_in"), {"file": upload, "reason": "Reviewed"}))
        assert "2 Questions needs at least 1." in said
        assert Questionnaire.objects.count() == 1

    def test_the_schema(self, client):
        assert json.loads(client.get(reverse("assessment:schema")).content)["title"]
