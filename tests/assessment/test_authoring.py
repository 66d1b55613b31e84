"""Drafting, editing, checking and publishing a version; versions as files; what differs between two."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from assessment import exports, imports, queries, rules
from assessment.actions import Answered, answer, begin, drafts, submit, versions
from assessment.actions.drafts import OptionWords, QuestionWords, RuleWords
from assessment.models import Questionnaire, Recommendation
from assessment.queries import authoring
from people.models import User
from programmes.models import Programme
from tests.factories import TODAY, EmployeeFactory, UserFactory, programme

SCHEMA = json.loads(imports.SCHEMA.read_text())
CODES = ("ai-practitioner", "ai-leadership-literacy", "ai-governance", "ai-transformation")


@pytest.fixture
def hr(db) -> User:
    return UserFactory(is_hr=True, email="hr@example.org")


@pytest.fixture
def draft(hr) -> Questionnaire:
    return versions.draft(by=hr, on=TODAY, reason="Clearer words")


@pytest.fixture
def edit(hr, draft):
    """Makes an edit of the draft by an action's name, on the revision that it has unless another is given."""

    def make(name, *subjects, revision=None, by=hr):
        draft.refresh_from_db()
        action = getattr(drafts, name, None) or getattr(versions, name)
        return action(draft, *subjects, revision=revision or draft.revision, by=by, on=TODAY, reason="Because.")

    return make


def refused(code, make, *args, **kwargs):
    """The refusal of a call, which has this code."""
    with pytest.raises(ValidationError) as refusal:
        make(*args, **kwargs)
    assert (
        refusal.value.error_list[0].code == code
        if not hasattr(refusal.value, "error_dict")
        else code in {error.code for errors in refusal.value.error_dict.values() for error in errors}
    )
    return refusal.value


def said(version: Questionnaire):
    """What a version says, without its number."""
    return {name: part for name, part in authoring.document(queries.version(version)).items() if name != "version"}


def because(version: Questionnaire) -> list[str]:
    """The sentences of a version's rules, in their order."""
    return list(version.rules.order_by("position").values_list("because", flat=True))


class TestDraft:
    """Beginning a version."""

    def test_it_says_what_the_published_one_says(self, draft, hr):
        published = Questionnaire.objects.get(status="published")
        assert (draft.version, draft.status, draft.drafted_from) == (2, "draft", published)
        assert said(draft) == said(published)
        [event] = draft.events.all()
        assert (event.move, event.by, event.on, event.reason) == ("draft", hr, TODAY, "Clearer words")

    def test_one_at_a_time(self, draft, hr):
        refused("draft_open", versions.draft, by=hr, on=TODAY, reason="Another")
        refused("draft_open", versions.bring_in, said(draft), by=hr, on=TODAY, reason="Another")
        assert Questionnaire.objects.count() == 2

    def test_it_wants_a_reason(self, hr):
        refused("reason_missing", versions.draft, by=hr, on=TODAY, reason=" ")
        assert Questionnaire.objects.count() == 1


class TestEdit:
    """Editing a draft."""

    def test_a_rule_is_changed_added_moved_and_removed(self, draft, edit):
        row = draft.rules.get(position=1)
        edit("save_rule", RuleWords({"does": ["improves_work"]}, programme("ai-governance"), "First.", row.pk))
        edit("save_rule", RuleWords({"stage": ["exploring"], "need": []}, None, "A person looks."))
        edit("place_rule", 18, 17)
        assert because(draft)[0] == "First."
        assert because(draft)[16] == "A person looks."
        assert draft.rules.get(position=17).conditions == {"stage": ["exploring"]}
        edit("remove_rule", 1)
        assert because(draft)[15] == "A person looks."
        assert list(draft.rules.values_list("position", flat=True)) == list(range(1, 18))
        draft.refresh_from_db()
        assert draft.revision == 5
        assert draft.events.filter(move="edit").count() == 4

    def test_every_answer_ticked_does_not_matter(self, draft, edit):
        every = [option.code for option in draft.questions.get(code="stage").options.all()]
        edit("save_rule", RuleWords({"stage": every, "need": ["build"]}, None, "So."))
        assert draft.rules.last().conditions == {"need": ["build"]}

    def test_an_answer_that_is_not_offered_is_refused(self, edit):
        refused("unknown_answer", edit, "save_rule", RuleWords({"stage": ["gone"]}, None, "So."))

    def test_a_question_is_added_changed_moved_and_removed(self, draft, edit):
        edit(
            "save_question", QuestionWords("Do you lead a team?", "Your team", answers=("Yes", "No, I do not", "Yes!"))
        )
        added = draft.questions.get(code="your_team")
        assert [(o.code, o.label) for o in added.options.all()] == [
            ("yes", "Yes"),
            ("no_i_do_not", "No, I do not"),
            ("yes_2", "Yes!"),
        ]
        edit("move_question", "your_team", "up")
        assert [q.code for q in draft.questions.all()] == ["role", "does", "stage", "your_team", "need"]
        edit("save_question", QuestionWords("Do you lead?", "Your team", "Anybody counts.", "your_team"))
        assert draft.questions.get(code="your_team").hint == "Anybody counts."
        edit("remove_question", "your_team")
        assert [q.position for q in draft.questions.all()] == [1, 2, 3, 4]

    @pytest.mark.parametrize(("dragged", "to", "lands"), [(2, 5, 5), (5, 2, 2), (3, 3, 3), (1, 99, 17), (17, 0, 1)])
    def test_a_rule_is_put_where_another_stands_and_the_others_keep_their_order(self, draft, edit, dragged, to, lands):
        before = because(draft)
        edit("place_rule", dragged, to)
        after = because(draft)
        assert after[lands - 1] == before[dragged - 1]
        assert [one for one in after if one != before[dragged - 1]] == [
            one for one in before if one != before[dragged - 1]
        ]

    @pytest.mark.parametrize("short", ["Check", "Result?", "Staff number"])
    def test_a_question_takes_no_code_that_an_address_or_a_file_needs(self, draft, edit, short):
        edit("save_question", QuestionWords("Really?", short, answers=("Yes", "No")))
        assert draft.questions.last().code.endswith("_2")

    def test_no_two_answers_of_a_question_read_the_same(self, edit):
        refused("said_twice", edit, "save_question", QuestionWords("Why?", "Why", answers=("So", "so")))
        edit("save_option", "stage", OptionWords("We have stopped"))
        refused("said_twice", edit, "save_option", "stage", OptionWords("we have  stopped"))
        refused("said_twice", edit, "save_option", "stage", OptionWords("WE HAVE STOPPED", "", "", "exploring"))
        edit("save_option", "stage", OptionWords("We HAVE stopped", "", "", "we_have_stopped"))

    def test_a_question_needs_two_answers_and_one_that_rules_ask_about_stays(self, edit):
        refused("too_few", edit, "save_question", QuestionWords("Why?", "Why", answers=("So",)))
        assert "Rules " in refused("rules_ask", edit, "remove_question", "need").messages[0]

    def test_an_option_is_added_changed_moved_and_removed_from_the_rules_too(self, draft, edit):
        edit("save_option", "stage", OptionWords("We have stopped"))
        edit("save_option", "stage", OptionWords("We stopped", "For now", "you stopped", "we_have_stopped"))
        edit("move_option", "stage", "we_have_stopped", "up")
        options = draft.questions.get(code="stage").options.all()
        assert [o.code for o in options] == ["exploring", "choosing", "embedding", "we_have_stopped", "not_sure"]
        edit("remove_option", "stage", "not_sure")
        assert all("not_sure" not in rule.conditions.get("stage", ()) for rule in draft.rules.all())
        assert all(rule.conditions.get("stage", ["x"]) for rule in draft.rules.all())

    def test_an_option_that_a_rule_asks_for_alone_stays(self, draft, edit):
        refused("rules_ask", edit, "remove_option", "does", "improves_work")
        edit("save_question", QuestionWords("Sure?", "Sure", answers=("Yes", "No")))
        refused("too_few", edit, "remove_option", "sure", "yes")

    def test_an_edit_of_an_older_revision_changes_nothing_and_tells_who_did_what(self, draft, edit):
        other = UserFactory(is_hr=True, email="other@example.org")
        edit("remove_rule", 3, by=other)
        refused("changed_meanwhile", edit, "place_rule", 1, 2, revision=1)
        [event] = authoring.meanwhile(Questionnaire.objects.get(pk=draft.pk), 1)
        assert event.by == other
        assert event.reason.startswith("Rule 3 (")
        assert draft.rules.count() == 16

    @pytest.mark.parametrize(
        ("code", "name", "subjects"),
        [
            ("question_gone", "move_question", ("gone", "up")),
            ("option_gone", "remove_option", ("role", "gone")),
            ("rule_gone", "remove_rule", (99,)),
        ],
    )
    def test_what_is_not_there_is_not_moved(self, edit, code, name, subjects):
        refused(code, edit, name, *subjects)

    def test_at_the_end_of_the_line_nothing_moves(self, draft, edit):
        before = because(draft)
        edit("place_rule", 1, 0)
        edit("place_rule", 17, 18)
        assert because(draft) == before


class TestPublish:
    """Checking, publishing, discarding."""

    def test_checked_edited_checked_published(self, draft, edit, hr):
        assert edit("check").status == "checked"
        assert edit("rename", "Which one?").status == "draft"
        refused("move_not_allowed", edit, "publish")
        edit("check")
        published = edit("publish")
        assert (published.status, published.published_on) == ("published", TODAY)
        old = Questionnaire.objects.get(version=1)
        assert old.status == "retired"
        assert [event.move for event in old.events.all()] == ["retire"]
        assert [event.move for event in draft.events.all()] == ["draft", "check", "edit", "check", "publish"]
        refused("move_not_allowed", edit, "remove_rule", 1)

    def test_without_a_row_it_is_not_checked_and_names_a_persona(self, draft, edit):
        edit("remove_rule", 17)
        refused("certificate_failed", edit, "check")
        problems = authoring.certificate(queries.version(draft)).problems
        gap = problems[-1]
        assert "Delivering AI-Enabled Transformation" in gap.sentence
        assert gap.links[0][0] == "Rule 17 of version 1 takes them today"
        assert [short for short, _ in gap.persona] == [
            "Your role",
            "What you do",
            "How far you have come",
            "What you need",
        ]

    def test_it_is_certified_once_more_when_it_is_published(self, draft, edit):
        edit("check")
        new = Programme.objects.get(code="ai-governance")
        new.pk, new.code, new.name, new.position, new.official_reference = None, "new-one", "New", 9, "XX0000"
        new.save()
        assert "No answers lead to New." in refused("not_ready", edit, "publish").messages[0]
        assert Questionnaire.objects.get(status="published").version == 1

    def test_who_is_in_the_middle_finishes_the_old_version(self, edit, hr):
        learner = EmployeeFactory(user=UserFactory())
        [response] = begin([learner], by=learner.user, on=TODAY)
        edit("check")
        edit("publish")
        answers = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}
        answer([Answered(response, answers)], by=learner.user)
        [made] = submit([response], by=learner.user, on=TODAY)
        assert isinstance(made, Recommendation)
        assert made.response.questionnaire.version == 1
        [later] = begin([EmployeeFactory()], by=hr, on=TODAY)
        assert later.questionnaire.version == 2

    def test_what_is_discarded_stays_to_be_read_and_another_can_begin(self, draft, edit, hr):
        assert edit("discard").status == "retired"
        assert versions.draft(by=hr, on=TODAY, reason="Again").version == 3

    def test_the_database_lets_nobody_change_a_part_of_what_is_checked(self, draft, edit):
        edit("check")
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.rules.update(because="Otherwise.")

    @pytest.mark.parametrize(
        "change", [{"status": "draft"}, {"status": "checked"}, {"name": "Otherwise"}, {"published_on": None}]
    )
    def test_the_database_lets_nobody_change_what_is_published_or_retired(self, edit, change):
        edit("check")
        edit("publish")
        for version in (1, 2):
            with pytest.raises(IntegrityError), transaction.atomic():
                Questionnaire.objects.filter(version=version).update(**change)


class TestFile:
    """A version as a file."""

    def test_out_and_in_again_says_the_same(self, draft, edit, hr):
        edit("save_rule", RuleWords({"stage": ["exploring"]}, None, "A person looks."))
        text = exports.version_json(queries.version(draft))
        content, faults = imports.read_version(text.encode(), CODES)
        assert not faults
        edit("discard")
        made = versions.bring_in(content, by=hr, on=TODAY, reason="From the other site")
        assert said(made) == said(draft)
        assert (made.status, made.events.get().move) == ("draft", "bring_in")

    def test_the_built_in_version_keeps_to_the_schema(self, db):
        text = exports.version_json(queries.published())
        assert rules.faults(text, SCHEMA, CODES)[1] == []

    @pytest.mark.parametrize(
        ("old", "new", "code", "reason"),
        [
            ('"name": "N"', '"name": ""', "too_short", "“name” is empty"),
            ('"name": "N",', "", "missing", "The file lacks “name”"),
            ('"name": "N"', '"title": "N", "name": "N"', "unknown_name", "no “title”"),
            ('"label": "Yes"', '"label": 3', "wrong_type", "Question 1, option 1, “label” has to be text"),
            ('"code": "yes"', '"code": "Yes!"', "bad_code", "Yes!"),
            ('"code": "no"', '"code": "yes"', "said_twice", "Two options of “lead”"),
            ('"then": null', '"then": "gone"', "unknown_programme", "no programme “gone”"),
            ('["yes"]', '["maybe"]', "unknown_answer", "wants “maybe”"),
            ('{"lead": ["yes"]}', '{"led": ["yes"]}', "unknown_question", "asks about “led”"),
            ('["yes"]', "[]", "too_few", "at least 1"),
            ('["yes"]', '["yes", "yes"]', "said_twice", "twice"),
            ('"then": null', '"then": null, "then": null', "said_twice", "“then”"),
            ('"then": null,', '"then": null', "not_json", "not JSON"),
            ('"because": "So."', f'"because": "{"x" * 401}"', "too_long", "400"),
            ('"code": "yes"', r'"code": "yes\n"', "bad_code", "yes"),
            ('"label": "No"', '"label": " YES"', "said_twice", "Two options of “lead” read “YES”"),
            ('"name": "N"', r'"name": "\u200b"', "too_short", "“name” is empty"),
            ('"name": "N"', r'"name": "N\u0000"', "bad_character", "“name” has a character"),
            ('"because": "So."', r'"because": "\ud800"', "bad_character", "Rule 1, “because” has a character"),
            ('"name": "N"', r'"\udfff": 1, "name": "N"', "bad_character", "The file has a name with a character"),
        ],
    )
    def test_a_bad_file_gets_the_line_and_the_reason(self, old, new, code, reason):
        lines = [
            '{"name": "N",',
            ' "questions": [{"code": "lead", "text": "Lead?", "short": "Lead", "options": [',
            '   {"code": "yes", "label": "Yes"},',
            '   {"code": "no", "label": "No"}]}],',
            ' "rules": [',
            '   {"if": {"lead": ["yes"]},',
            '    "then": null,',
            '    "because": "So."}]}',
        ]
        good = "\n".join(lines)
        assert rules.faults(good, SCHEMA, CODES)[1] == []
        at = next(number for number, line in enumerate(lines, start=1) if old in line)
        content, [fault] = rules.faults(good.replace(old, new), SCHEMA, CODES)
        assert content == {}
        assert fault.code == code
        assert reason.lower() in fault.reason.lower()
        assert fault.line == at + (code == "not_json")

    @pytest.mark.parametrize("code", ["check", "result", "staff_number"])
    def test_a_code_that_an_address_or_a_file_needs_is_told(self, db, code):
        text = exports.version_json(queries.published()).replace('"need"', f'"{code}"')
        [fault] = rules.faults(text, SCHEMA, CODES)[1]
        assert (fault.code, fault.reason) == ("bad_code", f"No question can have the code “{code}”.")

    def test_a_number_that_is_too_long_to_read_is_told(self):
        [fault] = rules.faults(f'{{"version": {"9" * 5000}}}', SCHEMA, CODES)[1]
        assert (fault.line, fault.code) == (1, "not_json")

    def test_what_is_no_text_is_told(self):
        assert imports.read_version(b"{\n\xff", CODES)[1][0].line == 2

    def test_deep_nesting_is_told(self):
        assert rules.faults("[" * 100_000, SCHEMA, CODES)[1][0].code == "not_json"

    def test_a_word_of_the_schema_that_is_not_understood_is_an_error(self):
        with pytest.raises(ValueError, match="oneOf"):
            rules.faults("{}", {"oneOf": []}, CODES)


class TestDifferences:
    """Two versions compared in words."""

    NAMES = {"ai-governance": "AI Governance"}

    @pytest.fixture
    def compared(self, draft):
        def compare():
            before = queries.version(Questionnaire.objects.get(version=1))
            after = queries.version(Questionnaire.objects.get(pk=draft.pk))
            documents = (authoring.document(before), authoring.document(after))
            return [one.sentence for one in rules.differences(*documents, self.NAMES)], authoring.moved(after, before)

        return compare

    def test_none(self, compared):
        assert compared() == ([], [])

    def test_a_rule_that_moved_and_one_that_is_gone(self, compared, edit):
        edit("place_rule", 2, 1)
        assert compared()[0] in (
            ["Rule 1 was rule 2 before: another order."],
            ["Rule 2 was rule 1 before: another order."],
        )
        edit("place_rule", 2, 1)
        edit("remove_rule", 17)
        told, moved = compared()
        assert len(told) == 1
        assert told[0].startswith("Rule 17 of before is gone: if “Your role” is")
        assert [now for _, now, _ in moved] == [authoring.PERSON]
        assert moved[0][2].combinations > 0

    def test_words_that_changed(self, compared, edit, draft):
        row = draft.rules.get(position=5)
        edit("save_rule", RuleWords({"does": ["none_of_these"]}, programme("ai-governance"), row.because, row.pk))
        edit("save_option", "stage", OptionWords("We look around", "", "", "exploring"))
        edit("save_option", "stage", OptionWords("We have stopped"))
        told = compared()[0]
        assert any("also offers “We have stopped”" in one for one in told)
        assert any("offers “We look around” instead of" in one for one in told)
        assert any(one.startswith("Rule 5 fits if “What you do” is") for one in told)
