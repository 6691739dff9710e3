"""A parameter as a field of a Django form, with the widget of its control."""

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
MAX_VALUE_LENGTH = 10_000  # characters of one value
type IconLocator = Callable[[str], str]  # from an icon of Coder's API to a URL that a page may load, or ""


class UnknownChoicesMixin:
    """A widget with options that adds a value that is none of them as a selected option, so that it is not lost."""

    choices: Any

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """Return the options, and the selected values that are none of them."""
        choices = self.choices
        unknown = parameters.unknown_choices(value, dict(choices))
        self.choices = [*choices, *((choice, unknown_choice_label(choice)) for choice in unknown)]
        try:
            return super().optgroups(name, value, attrs)  # type: ignore[misc]  # a ChoiceWidget
        finally:
            self.choices = choices


class ParameterSelect(UnknownChoicesMixin, forms.Select):
    """A menu for one of many options."""


class OptionDetailsMixin(UnknownChoicesMixin):
    """A widget whose options have descriptions and icons, which its template shows."""

    def __init__(self, *args: Any, options: tuple[Option, ...], locate_icon: IconLocator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.option_details = {
            option.value: (render_markdown(option.description), locate_icon(option.icon)) for option in options
        }

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return an option with `description` (HTML), `icon_url`, and whether it is `unknown` to the template."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]  # a ChoiceWidget
        description, icon = self.option_details.get(str(value), (SafeString(), ""))
        if option["index"] != "0":
            option["attrs"].pop("autofocus", None)
        unknown = bool(value) and str(value) not in self.option_details
        return option | {"description": description, "icon_url": icon, "unknown": unknown}


class ParameterRadioSelect(OptionDetailsMixin, forms.RadioSelect):
    """Radio buttons for one of a few options."""

    template_name = "workspaces/option_list.html"


class ParameterCheckboxSelect(OptionDetailsMixin, forms.CheckboxSelectMultiple):
    """Checkboxes for any number of options."""

    template_name = "workspaces/option_list.html"


class ListTextarea(forms.Textarea):
    """A list with one element on each line."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """Return all submitted values, one on each line: a URL may repeat the field."""
        return "\n".join(data.getlist(name)) if hasattr(data, "getlist") else str(data.get(name) or "")


class ParameterField(forms.Field):
    """The field of one parameter. Its clean value is Coder's text of the value; None: Coder uses its default.

    `previous`: the value of the workspace's latest build, which bounds a number that may only grow or shrink.
    """

    def __init__(
        self, parameter: Parameter, *, locate_icon: IconLocator, previous: str | None = None, prefilled: bool = False
    ) -> None:
        self.parameter = parameters.with_monotonic_bound(parameter, previous)
        self.previous = previous
        self.prefilled = prefilled  # by the URL's query
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
        """The parameter's description, as HTML."""
        return render_markdown(self.parameter.description)

    @property
    def restrictions(self) -> list[str]:
        """Short labels of what restricts later changes of the value."""
        parameter = self.parameter
        monotonic = {"increasing": _("Can only increase"), "decreasing": _("Can only decrease")}
        labels = (
            monotonic.get(parameter.monotonic, ""),
            _("Fixed at creation") if not parameter.mutable else "",
            _("Applies to the next start only") if parameter.ephemeral else "",
        )
        return [label for label in labels if label]

    @property
    def hints(self) -> list[str]:
        """Sentences about the accepted values, and Coder's warnings."""
        parameter = self.parameter
        shows_format = parameter.regex and not parameter.options and "{" not in parameter.error_text
        is_free_list = parameter.is_list and not parameter.options
        hints = (
            parameters.bounds_text(parameter.minimum, parameter.maximum) if parameter.type == "number" else "",
            parameter.error_text if parameter.type != "number" and shows_format else "",
            _("Enter one value per line.") if is_free_list else "",
            *parameter.warnings,
        )
        return [hint for hint in hints if hint]

    def submitted_values(self, value: Any) -> list[str]:
        """Return the widget's value as the values that a form submits."""
        if isinstance(value, bool):
            return ["true"] if value else []
        return list(value) if isinstance(value, list) else [] if value is None else [str(value)]

    def clean(self, value: Any) -> str | None:
        """Return the value as Coder's text. Raises ValidationError, with the template's own message if it has one."""
        text = parameters.read_value(self.parameter, self.submitted_values(value))
        if text is not None and len(text) > MAX_VALUE_LENGTH:
            raise ValidationError(_("This value is too long."))
        if message := parameters.validation_message(self.parameter, text, self.previous):
            raise ValidationError(message)
        return text


def build_widget(parameter: Parameter, locate_icon: IconLocator) -> forms.Widget:
    """Return the widget of the parameter's control."""
    attrs: dict[str, Any] = {}
    choices = [(option.value, option.name) for option in parameter.options]
    match parameter.control:
        case "radio":
            return ParameterRadioSelect(attrs, choices=choices, options=parameter.options, locate_icon=locate_icon)
        case "multi-select":
            return ParameterCheckboxSelect(attrs, choices=choices, options=parameter.options, locate_icon=locate_icon)
        case "dropdown":
            empty = [] if parameter.default else [("", _("Select an option"))]
            return ParameterSelect(attrs, choices=[*empty, *choices])
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
    pattern = parameters.html_pattern(parameter.regex)
    title = {"title": parameters.template_error_text(parameter, "")} if pattern and parameter.error_text else {}
    return forms.TextInput(attrs | ({"pattern": pattern} if pattern else {}) | title)


def unknown_choice_label(value: str) -> str:
    """Return the label of a value that is none of the options."""
    return _("%(value)s (not one of the options)") % {"value": parameters.shorten(value)}


def number_attrs(parameter: Parameter) -> dict[str, Any]:
    """Return the attributes of a number input. A script adds a slider to one with `data-slider`."""
    bounds = {"min": parameter.minimum, "max": parameter.maximum}
    attrs: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
    if parameter.control == "slider" and len(attrs) == len(bounds):
        attrs["data-slider"] = True
    return attrs | {"step": 1, "inputmode": "numeric"}


def widget_value(parameter: Parameter, value: str | None) -> Any:
    """Return Coder's text of a value as the value of the parameter's widget."""
    if parameter.control in {"checkbox", "switch"}:
        return value == "true"
    if parameter.is_list:
        elements = parameters.parse_list(value or "")
        return elements if parameter.control == "multi-select" else "\n".join(elements)
    return value
