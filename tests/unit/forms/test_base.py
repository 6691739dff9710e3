"""Test the texts of field errors that all forms share."""

import copy
import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django import forms
from django.core import validators
from django.forms import fields as django_fields

import workspaces.creation
import workspaces.forms
from workspaces.forms.base import PortalForm, set_error_texts

# A value that Django rejects for each class of fields with errors of its own, and what the person reads.
REJECTED = [
    (forms.CharField(), "", "Enter a value."),
    (forms.CharField(max_length=3), "abcd", "Use at most 3 characters. You entered 4."),
    (forms.CharField(min_length=3), "ab", "Use at least 3 characters. You entered 2."),
    (forms.CharField(), "a\0b", "Remove the null character from the text."),
    (forms.IntegerField(), "", "Enter a whole number."),
    (forms.IntegerField(), "many", "Enter a whole number."),
    (forms.IntegerField(min_value=0), "-1", "Enter 0 or more."),
    (forms.IntegerField(max_value=9), "10", "Enter 9 or less."),
    (forms.IntegerField(min_value=1, max_value=65_535), "0", "Enter a whole number from 1 to 65535."),
    (forms.IntegerField(min_value=1, max_value=65_535), "65536", "Enter a whole number from 1 to 65535."),
    (forms.ChoiceField(choices=[("a", "A")]), "b", "Choose one of the options."),
    (forms.TypedChoiceField(choices=[("a", "A")]), "", "Choose one of the options."),
    (forms.MultipleChoiceField(choices=[("a", "A")]), ["b"], "Choose one of the options."),
    (forms.BooleanField(), "", "Select this to continue."),
    (forms.TimeField(), "25:00", "Enter a time, like 09:30."),
    (forms.DateField(), "yesterday", "Enter a date, like 2026-11-25."),
    (forms.EmailField(), "alice", "Enter an email address, like alice@example.com."),
    (forms.UUIDField(), "1", "This is not an ID."),
    (forms.RegexField("^a$"), "b", "This value is not valid."),
    (forms.CharField(error_messages={"required": "Enter a name."}), "", "Enter a name."),
]


def portal_modules() -> Iterator[str]:
    """Yield the modules that declare forms."""
    for package in (workspaces.forms, workspaces.creation):
        yield from (f"{package.__name__}.{each.name}" for each in pkgutil.iter_modules(package.__path__))


def portal_forms() -> Iterator[type[forms.Form]]:
    """Yield all classes of forms."""
    for name in portal_modules():
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, type) and issubclass(each, forms.Form) and each.__module__ == name:
                yield each


def django_texts() -> set[str]:
    """Return Django's texts for errors of fields."""
    classes = [each for each in vars(django_fields).values() if isinstance(each, type)]
    texts = {str(text) for each in classes for text in vars(each).get("default_error_messages", {}).values()}
    return texts - {"Enter a whole number."}  # the portal's text, too


@pytest.mark.parametrize(("field", "value", "text"), REJECTED)
def test_rejected_value_shows_what_is_allowed(field: forms.Field, value: object, text: str) -> None:
    class OneField(PortalForm):
        one = field

    form = OneField({"one": value})
    assert form.errors["one"] == [text]


def test_every_form_has_the_texts_of_the_portal() -> None:
    classes = set(portal_forms())
    assert len(classes) > 30
    assert [each.__name__ for each in classes if not issubclass(each, PortalForm)] == []


def test_no_field_keeps_a_text_of_django() -> None:
    for form in portal_forms():
        for name, field in copy.deepcopy(form.base_fields).items():
            set_error_texts(field)
            kept = {code for code, text in field.error_messages.items() if str(text) in django_texts()}
            assert kept == set(), (form.__name__, name)
            for validator in field.validators:
                if isinstance(validator, validators.BaseValidator):
                    assert validator.code in field.error_messages, (form.__name__, name)
