"""The settings of one bed, as a form: each bound is the wire's own. Reads and writes no row."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
from django import forms
from django.http import QueryDict
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec.inspect import FloatType, StructType

from messages import Moment
from messages.wire import Rules
from ward.assignments.assigning import wire
from ward.assignments.defaults import DAYS_MOST
from ward.assignments.models import Assignment
from ward.bed.clock_field import ClockField
from ward.bed.rules_words import LANGUAGES, clock_of
from ward.usage import questions

TRACKS_MOST = 500  # excluded tracks, on the wire
REMINDERS = ("reminder_1", "reminder_2", "reminder_3")
ASSIGN = {"form": "assign"}  # the fields are all over the page; the form is one
NOBODY = gettext_noop("No question")
PARTS = {  # the rows of the page of assigning, each with its fields; all else is in More settings
    "time": ("comfort", "sleep"),
    "volume": ("cap_day", "cap_night", "shared_room"),
    "question": ("ask_before", "ask_after", "ask_sleep"),
    "never": ("never",),
}


def bounds(field: str) -> tuple[float, float]:
    """The least and the greatest that the wire lets pass in a number of the rules."""
    info = msgspec.inspect.type_info(Rules)
    fields = info.fields if isinstance(info, StructType) else ()
    found = next(one.type for one in fields if one.name == field)
    if not isinstance(found, FloatType) or found.ge is None or found.le is None:
        raise LookupError(f"{field} has no bounds on the wire")
    return found.ge, found.le


def _whole(least: float, most: float, label: Any) -> forms.IntegerField:
    outside = format_lazy(
        gettext_lazy("Enter a whole number from {least} to {most}."), least=round(least), most=round(most)
    )
    names = ("required", "invalid", "min_value", "max_value")
    return forms.IntegerField(
        min_value=round(least),
        max_value=round(most),
        label=label,
        widget=forms.NumberInput(attrs=ASSIGN | {"inputmode": "numeric"}),
        error_messages=dict.fromkeys(names, outside),
    )


def _minutes(field: str, label: Any) -> forms.IntegerField:
    least, most = bounds(field)
    return _whole(least / 60, most / 60, label)


def _time(label: Any) -> ClockField:
    return ClockField(label, required=False, attributes=ASSIGN)


def _question(label: Any, moment: Moment) -> forms.ChoiceField:
    choices = [("", gettext_lazy(NOBODY)), *((one, questions.QUESTIONS[one].label) for one in questions.at(moment))]
    return forms.ChoiceField(required=False, label=label, choices=choices, widget=forms.Select(attrs=ASSIGN))


def _box(label: Any) -> forms.BooleanField:
    return forms.BooleanField(required=False, label=label, widget=forms.CheckboxInput(attrs=ASSIGN))


class RulesForm(forms.Form):
    """The settings of one bed. `held`: those of its stay, which keep what no field says; `tracks`: what may be
    excluded.

    Continuous music needs `vigil_sure` as well when it is switched on.
    """

    comfort = _minutes("comfort_s", gettext_lazy("Comfort and memories playlists"))
    sleep = _minutes("sleep_s", gettext_lazy("Sleep playlists"))
    cap_day = _whole(*bounds("cap_day_dba"), gettext_lazy("During the day"))
    cap_night = _whole(*bounds("cap_night_dba"), gettext_lazy("At night"))
    shared_room = _box(gettext_lazy("Shared room: lower volume limit"))
    reminder_1 = _time(gettext_lazy("Reminder 1"))
    reminder_2 = _time(gettext_lazy("Reminder 2"))
    reminder_3 = _time(gettext_lazy("Reminder 3"))
    sleep_starts = _time(gettext_lazy("Start sleep music automatically at"))
    ask_before = _question(gettext_lazy("Before music"), Moment.BEFORE)
    ask_after = _question(gettext_lazy("After music"), Moment.AFTER)
    ask_sleep = _box(gettext_lazy("In the morning: how did you sleep?"))
    language = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Box screen language"),
        choices=[(code, capfirst(gettext_lazy(name))) for code, name in LANGUAGES.items()],
        widget=forms.Select(attrs=ASSIGN),
    )
    days = _whole(1, DAYS_MOST, gettext_lazy("Playlists and settings expire after"))
    vigil = _box(gettext_lazy("Continuous music"))
    vigil_sure = _box(gettext_lazy("Yes, use continuous music for this bed"))
    never = forms.MultipleChoiceField(required=False)

    def __init__(self, held: Rules, days: int, tracks: Collection[str], said: QueryDict | None = None) -> None:
        super().__init__(said, initial=_initial(held, days))
        self.held = held
        self.ticked: list[str] = said.getlist("never") if said is not None else list(held.never_play)
        self.unknown = set(held.never_play) - set(tracks)  # of a library that the ward no longer has: stay excluded
        self.fields["never"] = forms.MultipleChoiceField(required=False, choices=[(track, track) for track in tracks])

    def clean_never(self) -> list[str]:
        """At most what the wire carries."""
        never: list[str] = self.cleaned_data["never"]
        if len(never) > TRACKS_MOST:
            facts = {"number": len(never), "most": TRACKS_MOST}
            raise forms.ValidationError(_("%(number)d tracks are selected. You can exclude at most %(most)d.") % facts)
        return never

    def clean(self) -> dict[str, Any]:
        """Continuous music is asked for twice: it removes the end and the questions."""
        said = self.cleaned_data
        if said.get("vigil") and not self.held.vigil and not said.get("vigil_sure"):
            self.add_error(
                "vigil", _("Nothing was assigned yet. Read what continuous music does, then tick “Yes” below.")
            )
        return said

    def parts_in_error(self) -> set[str]:
        """The rows with a field that needs another look; none for a form that was not sent."""
        of_field = {field: part for part, fields in PARTS.items() for field in fields}
        return {of_field.get(field, "more") for field in self.errors}

    def rules(self, now: datetime) -> Rules:
        """What was said, as it travels; only after `is_valid`."""
        said = self.cleaned_data
        return msgspec.structs.replace(
            self.held,
            comfort_s=said["comfort"] * 60.0,
            sleep_s=said["sleep"] * 60.0,
            cap_day_dba=float(said["cap_day"]),
            cap_night_dba=float(said["cap_night"]),
            shared_room=said["shared_room"],
            vigil=said["vigil"],
            ask_before=said["ask_before"] or None,
            ask_after=said["ask_after"] or None,
            ask_sleep=said["ask_sleep"],
            reminders=tuple(sorted({_minute(said[name]) for name in REMINDERS if said[name] is not None})),
            sleep_starts=None if said["sleep_starts"] is None else _minute(said["sleep_starts"]),
            never_play=tuple(sorted({*said["never"], *self.unknown})),
            language=said["language"],
            expires_at=(now + timedelta(days=said["days"])).astimezone(UTC),
        )


def days_of(of_stay: Iterable[Assignment], held: Rules, usual: int) -> int:
    """For how many days a stay's music was assigned last; `usual` where no one said. `of_stay`: its assignments, the
    oldest first: what was only added to keeps its end, so the first with that end is the one that set it."""
    ends = held.expires_at
    assigned = next((row for row in of_stay if ends is not None and wire(row).rules.expires_at == ends), None)
    if assigned is None or ends is None:
        return usual
    return min(DAYS_MOST, max(1, round((ends - assigned.assigned_at) / timedelta(days=1))))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _initial(held: Rules, days: int) -> dict[str, Any]:
    times = {name: clock_of(minute) for name, minute in zip(REMINDERS, held.reminders, strict=False)}
    return times | {
        "comfort": round(held.comfort_s / 60),
        "sleep": round(held.sleep_s / 60),
        "cap_day": round(held.cap_day_dba),
        "cap_night": round(held.cap_night_dba),
        "shared_room": held.shared_room,
        "sleep_starts": None if held.sleep_starts is None else clock_of(held.sleep_starts),
        "ask_before": held.ask_before or "",
        "ask_after": held.ask_after or "",
        "ask_sleep": held.ask_sleep,
        "language": held.language,
        "days": days,
        "vigil": held.vigil,
        "never": list(held.never_play),
    }
