"""A patient's preferences as a form. Reads and writes no row."""

from typing import Any

from django import forms
from django.http import QueryDict

from ward.therapy.models import LETTERS_MOST, Preferences
from ward.therapy.subjects import subjects


class PreferencesForm(forms.Form):
    """Ticks, and two short lines of text; all of it optional."""

    comforts = forms.CharField(required=False, max_length=LETTERS_MOST)
    hurts = forms.CharField(required=False, max_length=LETTERS_MOST)

    def __init__(self, kept: Preferences | None, said: QueryDict | None = None) -> None:
        initial: dict[str, Any] = {}
        if kept is not None:
            initial = {**kept.ticks, "comforts": kept.comforts, "hurts": kept.hurts}
        super().__init__(said, initial=initial)
        for name, (question, choices) in subjects().items():
            self.fields[name] = forms.MultipleChoiceField(required=False, label=question, choices=list(choices.items()))

    @property
    def asked(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Field, question, and its choices: value, word, ticked."""
        return [(name, question, self._choices(name, choices)) for name, (question, choices) in subjects().items()]

    @property
    def ticks(self) -> dict[str, list[str]]:
        """The ticked values, by field; only after `is_valid`."""
        return {name: list(self.cleaned_data[name]) for name in subjects() if self.cleaned_data[name]}

    def _choices(self, name: str, choices: dict[str, str]) -> list[tuple[str, str, bool]]:
        ticked = self[name].value() or ()
        return [(value, word, value in ticked) for value, word in choices.items()]
