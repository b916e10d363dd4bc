"""The message of a room that was stopped: each box confirms by itself. Reads no row."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ward.beds.models import Bed, Room
from ward.beds.times import seconds_clock
from ward.fleet.commands import Stage, outcome
from ward.fleet.models import Command
from ward.message import Button, Kind, Message

Stops = Sequence[tuple[Bed, Command]]


def message_of(room: Room, asked: Stops, now: datetime) -> Message:
    """`asked`: the newest Stop of each bed of the room that was asked to stop."""
    by_stage: dict[Stage, list[tuple[Bed, Command]]] = {stage: [] for stage in Stage}
    for bed, command in asked:
        by_stage[outcome(command, now).stage].append((bed, command))
    done, failed = by_stage[Stage.DONE], by_stage[Stage.FAILED]
    if not asked:
        return Message(_("Room %(room)s: no box reports music") % {"room": room.number}, _("Nothing was stopped."))
    if failed:
        return _may_play(room, done, failed, by_stage[Stage.WAITING], now)
    if waiting := by_stage[Stage.WAITING]:
        waits = _("Waiting for %(beds)s to confirm.") % {"beds": _named(waiting)}
        return Message(_("Stopping room %(room)s") % {"room": room.number}, " ".join([*_confirmed(done, now), waits]))
    goes_on = _("To go on, the patient presses PLAY.")
    return Message(_("Room %(room)s stopped") % {"room": room.number}, " ".join([*_confirmed(done, now), goes_on]))


def is_waiting(asked: Stops, now: datetime) -> bool:
    """Whether a box may still answer."""
    return any(outcome(command, now).stage is Stage.WAITING for _bed, command in asked)


def _may_play(room: Room, done: Stops, failed: Stops, waiting: Stops, now: datetime) -> Message:
    facts = {"room": room.number, "stopped": _named(done), "beds": _named(failed)}
    head = _("Room %(room)s: %(stopped)s stopped, %(beds)s may still play") if done else None
    head = head or _("Room %(room)s: %(beds)s may still play")
    parts = [*_confirmed(done, now), _("No reply from %(beds)s. Press PLAY at %(beds)s to stop.") % facts]
    if waiting:
        parts.append(_("Waiting for %(beds)s to confirm.") % {"beds": _named(waiting)})
    again = tuple(_again(bed) for bed, _command in failed)
    return Message(head % facts, " ".join(parts), Kind.MAY_PLAY, again)


def _again(bed: Bed) -> Button:
    word = _("Stop bed %(bed)s again") % {"bed": bed}
    return Button(word, reverse("stop", args=[bed.pk]), (("from", "room"),), "stop")


def _confirmed(done: Stops, now: datetime) -> list[str]:
    times = [command.answered_at for _bed, command in done if command.answered_at]
    if not times:
        return []
    line = _("%(beds)s confirmed at %(time)s.") % {"beds": _named(done), "time": seconds_clock(max(times), now)}
    return [f"{line[:1].upper()}{line[1:]}"]


def _named(beds: Stops) -> str:
    """With the word before each name, for a bed's bare name reads as a count."""
    return ", ".join(_("bed %(bed)s") % {"bed": bed} for bed, _command in beds)
