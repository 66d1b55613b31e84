"""A certificate is computed once for what a version says, and again as soon as anything that it depends on changes."""

import pytest

from assessment import queries
from assessment.actions import drafts, versions
from assessment.models import Questionnaire
from assessment.queries import certificates
from programmes.models import Programme
from tests.factories import TODAY, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def draft(hr):
    certificates.certified.cache_clear()
    return versions.draft(by=hr, on=TODAY, reason="Clearer words")


def read(version):
    """The certificate of a version, read from the database as it is now."""
    return certificates.certify(queries.version(Questionnaire.objects.get(pk=version.pk)))


def computed():
    """How often a certificate was computed."""
    return certificates.certified.cache_info().misses


def test_reading_it_again_computes_nothing(draft):
    first, before = read(draft), computed()
    assert (before, read(draft), computed()) == (1, first, 1)


def test_an_edit_computes_it_again_and_taking_it_back_does_not(draft, hr):
    first = read(draft)
    drafts.place_rule(draft, 1, 17, revision=draft.revision, by=hr, on=TODAY)
    assert read(draft) != first
    draft.refresh_from_db()
    drafts.place_rule(draft, 17, 1, revision=draft.revision, by=hr, on=TODAY)
    assert (read(draft), computed()) == (first, 2)
    draft.refresh_from_db()
    drafts.remove_rule(draft, 1, revision=draft.revision, by=hr, on=TODAY)
    after = read(draft)
    assert computed() == 3
    assert len(after.rules) == len(first.rules) - 1
    assert not after.is_ok


def test_a_programme_that_is_withdrawn_changes_the_certificate_of_an_untouched_draft(draft):
    assert set(read(draft).programmes) == set(Programme.objects.values_list("code", flat=True))
    left = Programme.objects.get(code="ai-governance")
    left.withdrawn_on = TODAY
    left.save()
    draft.rules.filter(programme=left).delete()
    assert "ai-governance" not in read(draft).programmes


def test_another_published_version_changes_the_certificate_of_an_untouched_draft(draft):
    draft.rules.filter(position=1).delete()
    assert "gap" in {problem.code for problem in read(draft).problems}
    Questionnaire.objects.filter(status="published").update(status="retired")
    assert "gap" not in {problem.code for problem in read(draft).problems}


def test_the_questions_that_decide_are_found_for_a_version(draft):
    said = certificates.said(queries.version(draft).table)
    assert certificates.deciding(said) == {"role", "does", "stage", "need"}
