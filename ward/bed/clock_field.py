"""The one field for a time of day, on every form. Reads no row."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.beds.times import read_clock

# As text: a browser's own time field follows the browser, with 12 hours where the page has 24. No pattern: the form
# reads more ways of writing a time than a pattern could say.
AS_TEXT = {"inputmode": "numeric", "autocomplete": "off", "size": "5", "class": "clock"}
LONGEST = 12  # characters: "12:30 p.m."
EXAMPLE = gettext_lazy("Such as 21:30")


class ClockField(forms.CharField):
    """A time of day as text. Becomes a `time`, or None where it is left empty and need not be filled in.

    `example`: whether its help shows one. `attributes`: more of them for its input.
    """

    def __init__(
        self, label: Any, *, required: bool = True, example: bool = True, attributes: dict[str, str] | None = None
    ) -> None:
        widget = forms.TextInput(attrs=AS_TEXT | (attributes or {}))
        said = EXAMPLE if example else ""
        super().__init__(label=label, required=required, max_length=LONGEST, widget=widget, help_text=said)

    def clean(self, value: Any) -> Any:
        """Raises ValidationError."""
        words = str(value or "").strip()
        at = read_clock(words)
        if at is None and self.required:
            raise forms.ValidationError(_("Enter a time from 00:00 to 23:59, such as 21:30."))
        if at is None and words:
            raise forms.ValidationError(_("Enter a time, such as 21:30, or leave this empty."))
        return at
