"""What became of what was last asked of a box, in words. Reads no table but what it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messages import LINES, Code, Verb
from ward.beds.times import seconds_clock
from ward.fleet.commands import VALID, Stage, outcome
from ward.fleet.models import Command
from ward.fleet.reasons import said

SHOWN_FOR = timedelta(hours=1)
BLINKS_FOR = timedelta(seconds=30)
ASKABLE = (Verb.LOCATE, Verb.LOCATE_END, Verb.SELF_TEST, Verb.RESTART, Verb.SEND_LOGS)
DISTURBS = frozenset({Code.NIGHT, Code.MUSIC_PLAYS, Code.MUSIC_ENDLESS})
NAMES = {
    Verb.LOCATE: gettext_noop("Make it blink"),
    Verb.LOCATE_END: gettext_noop("Found it"),
    Verb.SELF_TEST: gettext_noop("Self-test"),
    Verb.RESTART: gettext_noop("Restart"),
    Verb.SEND_LOGS: gettext_noop("Send logs"),
}
FINISHED = {
    Verb.LOCATE: gettext_noop("Blinked at %(time)s."),
    Verb.LOCATE_END: gettext_noop("Found at %(time)s."),
    Verb.SELF_TEST: gettext_noop("Self-test finished at %(time)s."),
    Verb.RESTART: gettext_noop("Restart began at %(time)s."),
    Verb.SEND_LOGS: gettext_noop("Logs received at %(time)s."),
}
PARTS = {
    "sound": gettext_noop("Sound card"),
    "player": gettext_noop("Player"),
    "screen": gettext_noop("Screen"),
    "controls": gettext_noop("Buttons and knobs"),
    "log": gettext_noop("Log"),
    "music": gettext_noop("Music"),
    "clock": gettext_noop("Clock"),
    "config": gettext_noop("Configuration"),
    "level": gettext_noop("Calibration"),
    "disk": gettext_noop("Memory card"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind`: waiting, done or refused. `asks_why`: someone may want it all the same and says why."""

    kind: str
    verb: str
    head: str
    text: str = ""
    asks_why: bool = False
    excerpt: int | None = None


@dataclass(frozen=True, slots=True)
class Blink:
    """The screen shows where the box is, `since` and `until` then. `may_end`: the box can be told that it is found."""

    since: str
    until: str
    may_end: bool


def blink(commands: Sequence[Command], now: datetime) -> Blink | None:
    """Whether the box blinks at `now`, by its commands, newest first, as far as the ward knows: a hand at the box ends
    it, too."""
    done = [one for one in commands if one.done and one.answered_at is not None]
    last = next((one for one in done if one.verb in (Verb.LOCATE, Verb.LOCATE_END, Verb.RESTART)), None)
    if last is None or last.verb != Verb.LOCATE or last.answered_at is None or now >= last.answered_at + BLINKS_FOR:
        return None
    ends = seconds_clock(last.answered_at + BLINKS_FOR, now)
    return Blink(seconds_clock(last.answered_at, now), ends, Verb.LOCATE_END in last.device.capabilities)


def changes_in_s(commands: Sequence[Command], now: datetime) -> int | None:
    """In how many seconds the page has to ask again because time alone changes what it says; None: no such time."""
    ends = [one.issued_at + VALID for one in commands if one.done is None]
    ends += [one.answered_at + BLINKS_FOR for one in commands if one.verb == Verb.LOCATE and one.answered_at]
    return min((ceil((end - now).total_seconds()) + 1 for end in ends if end >= now), default=None)


def answer(command: Command, now: datetime) -> Answer:
    """Of one command at `now`, in the ward's time zone."""
    verb, found = Verb(command.verb), outcome(command, now)
    if found.stage is Stage.WAITING:
        asked = {"what": _(NAMES[verb]), "time": seconds_clock(command.issued_at, now)}
        return Answer("waiting", verb, _("%(what)s: asked at %(time)s.") % asked)
    if found.stage is Stage.DONE and command.answered_at is not None:
        return _done(command, verb, command.answered_at, now)
    return _refused(command, verb, found.reason, now)


def results(command: Command) -> str:
    """What a self-test found: what is wrong, part by part, and that all else works."""
    bad = [one for one in command.results if not one["well"]]
    if not bad:
        return _("All parts work.")
    told = ({"part": part_name(one["part"]), "fault": _fault(one["code"])} for one in bad)
    words = [_("%(part)s: %(fault)s.") % one for one in told]
    return " ".join([*words, _("All else works.")] if len(bad) < len(command.results) else words)


def part_name(part: str) -> str:
    """A part in the reader's language; one of a newer box by its own word."""
    return _(PARTS[part]) if part in PARTS else part


def _fault(code: str) -> str:
    return said({"code": code, "args": {}, "reason": ""}).what if code in LINES else _("does not work")


def _done(command: Command, verb: Verb, at: datetime, now: datetime) -> Answer:
    told = {"time": seconds_clock(at, now)}
    text, excerpt = "", None
    if verb is Verb.SELF_TEST:
        text = results(command)
    elif verb is Verb.RESTART:
        text = _restarted(command, at, now)
    elif verb is Verb.SEND_LOGS:
        excerpt = getattr(getattr(command, "excerpt", None), "pk", None)
    return Answer("done", verb, _(FINISHED[verb]) % told, text, excerpt=excerpt)


def _restarted(command: Command, at: datetime, now: datetime) -> str:
    """A hello after the answer is the box's first word since."""
    back = command.device.hello_at
    if back is not None and back > at:
        return _("Back since %(time)s.") % {"time": seconds_clock(back, now)}
    return _("The box is offline for a moment.")


def _refused(command: Command, verb: Verb, reason: str, now: datetime) -> Answer:
    code = command.coded.get("code", "")
    if code == Code.NIGHT:
        until = command.coded.get("args", {}).get("until", "")
        told = {"time": f"{now:%H:%M}", "until": until}
        text = _("It is %(time)s. The light may wake someone. Night ends at %(until)s.") % told
        return Answer("refused", verb, _("Not at night"), text, asks_why=True)
    found = said(command.kept_reason)
    text = f"{capfirst(found.what)}. {found.look}".strip() if command.coded else _(reason)
    return Answer("refused", verb, _("%(what)s: not done") % {"what": _(NAMES[verb])}, text, asks_why=code in DISTURBS)
