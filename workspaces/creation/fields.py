"""A parameter as a field of a Django form, with the control that suits it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces.creation import parameters
from workspaces.creation.parameters import Option, Parameter
from workspaces.present.markdown import render_markdown

PLAIN_TEXT_ATTRS = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "dir": "auto"}
MAX_VALUE_LENGTH = 10_000  # letters of one value
type IconLocator = Callable[[str], str]  # from an icon as Coder names it to the address that a page may load, or ""


class UnknownChoicesMixin:
    """A widget of options that shows a value which is none of them as one more, chosen: nothing said is lost."""

    choices: Any

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """The options, and what else was chosen."""
        known = self.choices
        self.choices = [
            *known,
            *((each, unknown_choice_label(each)) for each in parameters.unknown_choices(value, dict(known))),
        ]
        try:
            return super().optgroups(name, value, attrs)  # type: ignore[misc]  # a ChoiceWidget
        finally:
            self.choices = known


class ParameterSelect(UnknownChoicesMixin, forms.Select):
    """One of many."""


class OptionDetailsMixin(UnknownChoicesMixin):
    """A widget whose options have descriptions and icons; its template shows them."""

    def __init__(self, *args: Any, options: tuple[Option, ...], locate_icon: IconLocator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.option_details = {
            option.value: (render_markdown(option.description), locate_icon(option.icon)) for option in options
        }

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An option with what there is to say about it."""
        made: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]  # a ChoiceWidget
        description, icon = self.option_details.get(str(value), (SafeString(), ""))
        if made["index"] != "0":
            made["attrs"].pop("autofocus", None)
        unknown = bool(value) and str(value) not in self.option_details
        return made | {"description": description, "icon_url": icon, "unknown": unknown}


class ParameterRadioSelect(OptionDetailsMixin, forms.RadioSelect):
    """One of a few."""

    template_name = "workspaces/options.html"


class ParameterCheckboxSelect(OptionDetailsMixin, forms.CheckboxSelectMultiple):
    """Any of them."""

    template_name = "workspaces/options.html"


class ListTextarea(forms.Textarea):
    """A list: one value a line, or repeated."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """All that was posted, one value a line."""
        return "\n".join(data.getlist(name)) if hasattr(data, "getlist") else str(data.get(name) or "")


class ParameterField(forms.Field):
    """The field of one parameter. Its clean value is text as Coder takes it, or None: left to Coder.

    `previous`: what the workspace has now, which bounds a number that may only grow or shrink.
    """

    def __init__(
        self, parameter: Parameter, *, locate_icon: IconLocator, previous: str | None = None, prefilled: bool = False
    ) -> None:
        self.parameter = parameters.with_monotonic_bound(parameter, previous)
        self.previous = previous
        self.prefilled = prefilled  # the address filled it in
        super().__init__(
            label=parameter.label,
            required=parameter.required and parameter.type != "bool",
            widget=build_widget(self.parameter, locate_icon),
            disabled=parameter.disabled,
            help_text=parameter.description,
        )
        self.icon_url = locate_icon(parameter.icon)

    @property
    def description(self) -> SafeString:
        """What the template says of it, as HTML."""
        return render_markdown(self.parameter.description)

    @property
    def restrictions(self) -> list[str]:
        """For how long a choice holds, where it is not until the next one; a few words each."""
        one = self.parameter
        monotonic = {"increasing": _("can only grow"), "decreasing": _("can only shrink")}
        return [
            words
            for words in (
                monotonic.get(one.monotonic, ""),
                _("cannot be changed later") if not one.mutable else "",
                _("holds for one start alone") if one.ephemeral else "",
            )
            if words
        ]

    @property
    def hints(self) -> list[str]:
        """What else there is to know before one chooses."""
        one, listed = self.parameter, self.parameter.is_list and not self.parameter.options
        shape = one.error_text if one.regex and not one.options and "{" not in one.error_text else ""
        return [
            hint
            for hint in (
                parameters.bounds_text(one.minimum, one.maximum) if one.type == "number" else shape,
                _("One value on each line.") if listed else "",
                *one.warnings,
            )
            if hint
        ]

    def submitted_values(self, value: Any) -> list[str]:
        """What the widget read, as a form sends it."""
        if isinstance(value, bool):
            return ["true"] if value else []
        return list(value) if isinstance(value, list) else [] if value is None else [str(value)]

    def clean(self, value: Any) -> str | None:
        """The value as Coder takes it. Raises ValidationError in the template's own words, where it has some."""
        posted = self.submitted_values(value)
        said = parameters.read_value(self.parameter, posted)
        if said is not None and len(said) > MAX_VALUE_LENGTH:
            raise ValidationError(_("This is too long for one value."))
        if wrong := parameters.validation_message(self.parameter, said, self.previous):
            raise ValidationError(wrong)
        return said


def build_widget(parameter: Parameter, locate_icon: IconLocator) -> forms.Widget:
    """The control."""
    attrs: dict[str, Any] = {}
    choices = [(option.value, option.name) for option in parameter.options]
    match parameter.control:
        case "radio":
            return ParameterRadioSelect(attrs, choices=choices, options=parameter.options, locate_icon=locate_icon)
        case "multi-select":
            return ParameterCheckboxSelect(attrs, choices=choices, options=parameter.options, locate_icon=locate_icon)
        case "dropdown":
            nothing = [] if parameter.default else [("", _("Choose one"))]
            return ParameterSelect(attrs, choices=[*nothing, *choices])
        case "checkbox" | "switch":
            role = {"role": "switch"} if parameter.control == "switch" else {}
            return forms.CheckboxInput(attrs | role | {"value": "true"})
    attrs |= PLAIN_TEXT_ATTRS | ({"placeholder": parameter.placeholder} if parameter.placeholder else {})
    if parameter.is_list:
        return ListTextarea(attrs | {"rows": 3})
    if parameter.control == "textarea":
        return forms.Textarea(attrs | {"rows": 4} | ({"class": "masked"} if parameter.masked else {}))
    if parameter.type == "number":
        return forms.NumberInput(attrs | number_attrs(parameter))
    if parameter.masked:
        return forms.PasswordInput(attrs | {"autocomplete": "off"}, render_value=True)
    plain = parameters.html_pattern(parameter.regex)
    title = {"title": parameters.template_error_text(parameter, "")} if plain and parameter.error_text else {}
    return forms.TextInput(attrs | ({"pattern": plain} if plain else {}) | title)


def unknown_choice_label(value: str) -> str:
    """How a value that is none of the options is named among them."""
    return _("%(value)s (none of the options)") % {"value": parameters.shorten(value)}


def number_attrs(parameter: Parameter) -> dict[str, Any]:
    """The bounds of a number; a slider is drawn beside it by script."""
    bounds = {"min": parameter.minimum, "max": parameter.maximum}
    attrs: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
    if parameter.control == "slider" and len(attrs) == len(bounds):
        attrs["data-slider"] = True
    return attrs | {"step": 1, "inputmode": "numeric"}


def widget_value(parameter: Parameter, value: str | None) -> Any:
    """A value as the widget of this parameter wants it."""
    if parameter.control in {"checkbox", "switch"}:
        return value == "true"
    if parameter.is_list:
        elements = parameters.parse_list(value or "")
        return elements if parameter.control == "multi-select" else "\n".join(elements)
    return value
