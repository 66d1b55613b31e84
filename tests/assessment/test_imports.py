"""The built-in questionnaire comes with the migrations, published, and is written once."""

from django.apps import apps

from assessment import imports, queries
from assessment.models import Option, Question, Questionnaire, Rule


def test_version_1_is_published_with_the_migrations(db):
    version = queries.published()
    assert version.questionnaire.version == 1
    assert version.questionnaire.published_on
    assert [question.code for question in version.questions] == ["role", "does", "stage", "need"]


def test_what_is_stored_is_the_table_of_the_file(db):
    assert queries.published().table == imports.table(imports.read())


def test_loading_it_again_changes_nothing(db):
    before = [model.objects.count() for model in (Questionnaire, Question, Option, Rule)]
    assert imports.load(imports.read(), apps) is False
    assert [model.objects.count() for model in (Questionnaire, Question, Option, Rule)] == before


def test_every_answer_has_words_for_you_said_that():
    for question in imports.read()["questions"]:
        for option in question["options"]:
            assert option["label"]
            assert option["phrase"].startswith("you")
            assert not option["phrase"].endswith(".")
