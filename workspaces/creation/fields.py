"""A parameter as a field of a Django form, with the widget of its control."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.creation import form_values, validation
from workspaces.creation.parameters import Option, Parameter
from workspaces.present.markdown import render_markdown

PLAIN_TEXT_ATTRS = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "dir": "auto"}
QUOTED_LINES_HINT = gettext_noop("A line in double quotes is one value, in which \\n is a line break.")
type IconLocator = Callable[[str], str]  # from an icon of Coder's API to a URL that a page may load, or ""


class UnknownChoicesMixin:
    """A widget with options that adds a value that is none of them as a selected option, so that it is not lost.

    Where the empty text is offered, `offers_empty`, no value is not taken for it.
    """

    choices: Any
    offers_empty = False

    def format_value(self, value: Any) -> list[str]:
        """Return the selected values."""
        if value is None and self.offers_empty:
            return []
        selected: list[str] = super().format_value(value)  # type: ignore[misc]  # a ChoiceWidget
        return selected

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """Return the options, and the selected values that are none of them."""
        choices = self.choices
        unknown = validation.unknown_choices(value, dict(choices))
        self.choices = [*choices, *((choice, unknown_choice_label(choice)) for choice in unknown)]
        try:
            return super().optgroups(name, value, attrs)  # type: ignore[misc]  # a ChoiceWidget
        finally:
            self.choices = choices


class ParameterSelect(UnknownChoicesMixin, forms.Select):
    """A menu for one of many options. `placeholder`: the label of an entry for no value, "" for none."""

    def __init__(self, attrs: dict[str, Any], *, options: tuple[Option, ...], placeholder: str) -> None:
        choices = option_choices(options)
        super().__init__(attrs, choices=[("", placeholder), *choices] if placeholder else choices)
        self.has_placeholder = bool(placeholder)
        self.offers_empty = any(option.value == "" for option in options)

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """Return the options. Browsers do not submit a disabled placeholder, so it differs from an empty option."""
        groups = super().optgroups(name, value, attrs)
        if self.offers_empty and self.has_placeholder:
            placeholder, *others = (options[0] for _group, options, _index in groups)
            placeholder["attrs"] = {"disabled": True} | ({} if value else {"selected": True})
            if value == [""]:
                next(option for option in others if option["value"] == "")["attrs"]["selected"] = True
        return groups


class OptionDetailsMixin(UnknownChoicesMixin):
    """A widget whose options have descriptions and icons, which its template shows."""

    def __init__(self, *args: Any, options: tuple[Option, ...], locate_icon: IconLocator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = option_choices(options)
        self.offers_empty = any(option.value == "" for option in options)
        self.option_details = {
            form_values.encode_choice(option.value): (render_markdown(option.description), locate_icon(option.icon))
            for option in options
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

    `value`: the one that it begins with. `original`: the one that a submitted form says it began with. `previous`: the
    value of the workspace's latest build, which bounds a number that may only grow or shrink.
    """

    def __init__(
        self,
        parameter: Parameter,
        *,
        locate_icon: IconLocator,
        value: str | None = None,
        original: str | None = None,
        previous: str | None = None,
        prefilled: bool = False,
    ) -> None:
        self.parameter = validation.with_monotonic_bound(
            form_values.with_multiline_control(parameter, value, previous), previous
        )
        self.previous = previous
        latest = None if parameter.ephemeral else previous
        self.originals = (original, value or None, latest, parameter.default or None)
        self.original_token = form_values.original_token(self.parameter, value)
        self.prefilled = prefilled  # by the URL's query
        super().__init__(
            label=parameter.label,
            required=parameter.required and parameter.type != "bool",
            widget=build_widget(self.parameter, locate_icon),
            initial=form_values.widget_value(self.parameter, value),
            disabled=parameter.disabled,
            help_text=parameter.description,
        )
        self.icon_url = locate_icon(parameter.icon)

    @property
    def disabled_values(self) -> list[str]:
        """The values that browsers do not submit for a disabled field, so that hidden fields have to."""
        return form_values.submitted_values(self.initial) if self.disabled else []

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
        is_free_list = parameter.is_list and parameter.control != "multi-select"
        shows_format = parameter.regex and not parameter.options and "{" not in parameter.error_text
        hints = (
            validation.bounds_text(parameter.minimum, parameter.maximum) if parameter.type == "number" else "",
            parameter.error_text if parameter.type != "number" and shows_format else "",
            _("Enter one value per line.") if is_free_list else "",
            _(QUOTED_LINES_HINT) if is_free_list and '"' in str(self.initial) else "",
            *parameter.warnings,
        )
        return [hint for hint in hints if hint]

    def read_value(self, value: Any) -> str | None:
        """Return the widget's value as Coder's text; None: there is none."""
        return form_values.read_value(self.parameter, form_values.submitted_values(value), self.originals)

    def clean(self, value: Any) -> str | None:
        """Return the value as Coder's text. Raises ValidationError, with the template's own message if it has one."""
        text = self.read_value(value)
        if text is None and self.is_emptied_number(value):
            raise ValidationError(validation.not_a_number_text(self.parameter))
        if message := validation.validation_message(self.parameter, text, self.previous):
            raise ValidationError(message)
        return text

    def is_emptied_number(self, value: Any) -> bool:
        """Return whether a number was cleared, for which Coder would take another one than the form shows: its own."""
        is_number = self.parameter.type == "number" and not form_values.is_choice(self.parameter)
        replacement = self.parameter.default if self.previous is None else self.previous
        return is_number and bool(replacement) and form_values.submitted_values(value) != []


def option_choices(options: tuple[Option, ...]) -> list[tuple[str, str]]:
    """Return the choices of a widget: what the form submits for each option, and its label."""
    return [(form_values.encode_choice(option.value), option.name) for option in options]


def build_widget(parameter: Parameter, locate_icon: IconLocator) -> forms.Widget:
    """Return the widget of the parameter's control."""
    attrs: dict[str, Any] = {}
    match parameter.control:
        case "radio":
            return ParameterRadioSelect(attrs, options=parameter.options, locate_icon=locate_icon)
        case "multi-select":
            return ParameterCheckboxSelect(attrs, options=parameter.options, locate_icon=locate_icon)
        case "dropdown":
            has_value = parameter.default or (form_values.has_option(parameter, "") and not parameter.required)
            placeholder = "" if has_value else _("Select an option")
            return ParameterSelect(attrs, options=parameter.options, placeholder=placeholder)
        case "checkbox" | "switch":
            role = {"role": "switch"} if parameter.control == "switch" else {}
            return forms.CheckboxInput(attrs | role | {"value": "true"})
    attrs |= PLAIN_TEXT_ATTRS | ({"placeholder": parameter.placeholder} if parameter.placeholder else {})
    if parameter.is_list:
        return ListTextarea(attrs | {"rows": 3})
    if parameter.control == "textarea":
        return forms.Textarea(attrs | {"rows": 4} | ({"class": "masked"} if parameter.masked else {}))
    if parameter.masked:
        return forms.PasswordInput(attrs | {"autocomplete": "off"}, render_value=True)
    return forms.TextInput(attrs | (number_attrs(parameter) if parameter.type == "number" else {}))


def unknown_choice_label(value: str) -> str:
    """Return the label of a value that is none of the options."""
    return _("%(value)s (not one of the options)") % {"value": validation.shorten(value)}


def number_attrs(parameter: Parameter) -> dict[str, Any]:
    """Return the attributes of a number, which is a text field: in a number field browsers drop what is no number.

    A script adds a slider to one with `data-slider`.
    """
    low, high = parameter.minimum, parameter.maximum
    attrs: dict[str, Any] = {"data-number": True}
    if parameter.control == "slider" and low is not None and high is not None:
        attrs |= {"data-slider": True, "data-min": low, "data-max": high}
    has_sign = low is None or low < 0  # for which the keys of a phone that has digits only lack the sign
    return attrs if has_sign or not validation.needs_whole_number(parameter) else attrs | {"inputmode": "numeric"}
