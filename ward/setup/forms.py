"""The form of a ward's set-up: name, hours, rooms and beds, and what a new stay begins with."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any

import msgspec
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messages import Moment
from ward.assignments.defaults import DAYS_MOST, Defaults
from ward.bed.clock_field import ClockField
from ward.bed.rules_form import NOBODY, bounds
from ward.bed.rules_words import LANGUAGES
from ward.beds.naming import Named, read, write
from ward.beds.naming_words import sentence
from ward.beds.times import skipped
from ward.places.saving import NAME_LONGEST, SetUp
from ward.usage import questions

TEXT_LONGEST = 20_000  # characters of rooms and beds
LENGTHS = {"comfort": (10, 15, 20, 24, 30, 35, 40, 45), "sleep": (25, 30, 35, 40, 45, 50, 55, 60)}  # minutes
CAPS = {"cap_day": (45, 50, 55, 60, 63, 65), "cap_night": (35, 38, 40, 43, 45, 50)}  # dB at the pillow
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, DAYS_MOST)


class ChoiceOf(forms.TypedChoiceField):
    """One of some numbers; one that the ward has already stays among them."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, coerce=int)

    def offer(self, numbers: Iterable[int], held: int, unit: Any) -> None:
        """What may be chosen."""
        self.choices = [(number, unit % {"number": number}) for number in sorted({*numbers, held})]


def _question(label: Any, moment: Moment) -> forms.ChoiceField:
    choices = [("", gettext_lazy(NOBODY)), *((one, questions.QUESTIONS[one].label) for one in questions.at(moment))]
    return forms.ChoiceField(required=False, label=label, choices=choices)


class BedsField(forms.CharField):
    """The text of rooms and beds; becomes Named. Each thing that is wrong with it is an error of its own."""

    def __init__(self) -> None:
        attributes = {"rows": "4", "spellcheck": "false", "autocomplete": "off", "aria-describedby": "beds-help"}
        widget = forms.Textarea(attrs=attributes)
        super().__init__(label=gettext_lazy("Rooms and beds"), required=False, widget=widget, strip=False)

    def clean(self, value: Any) -> Any:
        """Raises ValidationError."""
        words = str(value or "")
        if len(words) > TEXT_LONGEST:
            line = _("This text is too long. Use one line for rooms that are alike, such as “1-9: A, B”.")
            raise forms.ValidationError(line)
        named = read(words)
        if named.problems:
            raise forms.ValidationError([sentence(one) for one in named.problems])
        return named


class NameForm(forms.Form):
    """A new ward's name and the language of its boxes."""

    name = forms.CharField(
        label=gettext_lazy("Name of the ward"),
        max_length=NAME_LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter a name, such as Ward 2 East.")},
    )
    language = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Box screen language"),
        choices=[(code, capfirst(gettext_lazy(name))) for code, name in LANGUAGES.items()],
    )


class BedsForm(forms.Form):
    """The rooms and beds of a new ward, and its night."""

    beds = BedsField()
    night_from = ClockField(gettext_lazy("Night begins"))
    night_until = ClockField(gettext_lazy("Night ends"), example=False)

    def clean(self) -> dict[str, Any]:
        """A night has a length."""
        said = self.cleaned_data
        begins, ends = said.get("night_from"), said.get("night_until")
        if begins is not None and begins == ends:
            self.add_error("night_until", _("Night begins and ends at the same time. Enter two different times."))
        return said

    @property
    def named(self) -> Named:
        """What the text says, also where something is wrong with it."""
        return read(str(self["beds"].value() or "")[:TEXT_LONGEST])


class WardForm(NameForm, BedsForm):
    """All of a ward's set-up. `held`: as it is; what no field says stays."""

    evening_at = ClockField(gettext_lazy("Evening playlists"), required=False)
    comfort = ChoiceOf(gettext_lazy("Comfort and memories playlists"))
    sleep = ChoiceOf(gettext_lazy("Sleep playlists"))
    cap_day = ChoiceOf(gettext_lazy("Maximum volume (day)"))
    cap_night = ChoiceOf(gettext_lazy("Maximum volume (night)"))
    ask_before = _question(gettext_lazy("Question before music"), Moment.BEFORE)
    ask_after = _question(gettext_lazy("Question after music"), Moment.AFTER)
    ask_sleep = forms.BooleanField(required=False, label=gettext_lazy("In the morning: how did you sleep?"))
    days = ChoiceOf(gettext_lazy("Expire after"))

    def __init__(self, held: SetUp, said: QueryDict | None = None) -> None:
        super().__init__(said, initial=initial(held))
        self.held = held
        for name, numbers in (*LENGTHS.items(), *CAPS.items(), ("days", DAYS)):
            unit = (
                _("%(number)d min") if name in LENGTHS else _("%(number)d dB") if name in CAPS else _("%(number)d days")
            )
            field = self.fields[name]
            if isinstance(field, ChoiceOf):
                field.offer(_within(name, numbers), int(self.initial[name]), unit)

    def clean_evening_at(self) -> time | None:
        """A time that clocks skip would not come on that day."""
        at: time | None = self.cleaned_data["evening_at"]
        if at is not None:
            check_evening(at)
        return at

    def wanted(self) -> SetUp:
        """What was said; only after `is_valid`."""
        said = self.cleaned_data
        rules = msgspec.structs.replace(
            self.held.defaults.rules,
            comfort_s=said["comfort"] * 60.0,
            sleep_s=said["sleep"] * 60.0,
            cap_day_dba=float(said["cap_day"]),
            cap_night_dba=float(said["cap_night"]),
            ask_before=said["ask_before"] or None,
            ask_after=said["ask_after"] or None,
            ask_sleep=said["ask_sleep"],
            language=said["language"],
        )
        hours = (said["night_from"], said["night_until"], said["evening_at"])
        return SetUp(said["name"].strip(), *hours, Defaults(rules, said["days"]), said["beds"].rooms)


def check_evening(at: time) -> None:
    """Raises ValidationError where clocks go forward over this time within the year."""
    found = skipped(at, timezone.get_current_timezone(), timezone.localdate())
    if found is not None:
        said = {"day": date_format(found.day, _("j F Y")), "begins": f"{found.begins:%H:%M}"}
        said |= {"ends": f"{found.ends:%H:%M}", "time": f"{at:%H:%M}"}
        line = _(
            "On %(day)s clocks go forward from %(begins)s to %(ends)s, so there is no %(time)s that day. "
            "Enter a time before %(begins)s, or from %(ends)s on."
        )
        raise forms.ValidationError(line % said)


def initial(held: SetUp) -> dict[str, Any]:
    """The fields as the ward is."""
    rules = held.defaults.rules
    return {
        "name": held.name,
        "beds": write(held.rooms or ()),
        "night_from": f"{held.night_from:%H:%M}",
        "night_until": f"{held.night_until:%H:%M}",
        "evening_at": f"{held.evening_at:%H:%M}" if held.evening_at else "",
        "comfort": round(rules.comfort_s / 60),
        "sleep": round(rules.sleep_s / 60),
        "cap_day": round(rules.cap_day_dba),
        "cap_night": round(rules.cap_night_dba),
        "ask_before": rules.ask_before or "",
        "ask_after": rules.ask_after or "",
        "ask_sleep": rules.ask_sleep,
        "language": rules.language,
        "days": held.defaults.days,
    }


def _within(name: str, numbers: Sequence[int]) -> list[int]:
    """Those that the wire lets pass."""
    if name == "days":
        return list(numbers)
    field, by = (f"{name}_s", 60) if name in LENGTHS else (f"{name}_dba", 1)
    least, most = bounds(field)
    return [number for number in numbers if least <= number * by <= most]
