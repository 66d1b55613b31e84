"""A password is not made of its owner's name or address."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from people.models import User
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def naomi() -> User:
    user = UserFactory(email="naomi.bailey.39@demo.example")
    EmployeeFactory(user=user, given_names="Naomi Ruth", family_name="Bailey-Okafor")
    return user


@pytest.mark.parametrize(
    "password",
    [
        "naomi.bailey.39",
        "Naomi-Bailey-39!",
        "naomibailey39naomibailey39",
        "NaomiRuthBaileyOkafor",
        "bailey-okafor naomi ruth",
    ],
)
def test_what_is_the_name_or_nearly_is_refused(naomi: User, password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, naomi)
    assert "password_too_similar" in [error.code for error in refused.value.error_list]


@pytest.mark.parametrize("password", ["correct horse battery", "a bailey full of swans", "Thirty-nine steps north"])
def test_any_other_is_taken(naomi: User, password: str) -> None:
    validate_password(password, naomi)
    validate_password(password, UserFactory(email="bo@demo.example"))
    validate_password(password, None)
