"""Turns inputs and speaker reports into the controller's events. Pure."""

from device.rules import events
from device.rules.events import Event
from firmware import speaker
from firmware.inputs import inputs
from messages import Code, Part, because


def from_input(told: inputs.Input) -> Event:
    """The event of an input."""
    match told:
        case inputs.Pressed(button):
            return events.Pressed(events.Button(button))
        case inputs.Turned(knob, detents):
            return events.Turned(events.Knob(knob), detents)
        case inputs.StuckDown(button):
            return events.StuckDown(events.Button(button))
        case inputs.Released(button):
            return events.Released(events.Button(button))
        case inputs.Brushed(button):
            return events.Brushed(events.Button(button))
        case inputs.NurseCall(active):
            return events.NurseCallChanged(active)


def from_speaker(report: speaker.Report) -> Event:  # noqa: PLR0911 - a table of what can be said
    """The event of a speaker's report."""
    match report:
        case speaker.Started(play_id):
            return events.PlayBegan(play_id)
        case speaker.Ended(play_id, heard_s):
            return events.PlayEnded(play_id, heard_s)
        case speaker.Faded(play_id, heard_s):
            return events.PlayEnded(play_id, heard_s, faded=True)
        case speaker.Failed(play_id, what):
            return events.PlayFailed(play_id, what)
        case speaker.Broke(play_id, what):
            return events.PlayTruncated(play_id, what)
        case speaker.Measured(play_id, seconds, mean_dba, max_dba):
            return events.PlayMeasured(play_id, seconds, mean_dba, max_dba)
        case speaker.Lost(what):
            return events.PartLost(Part.SOUND, because(Code.NO_SOUND, what=what))
        case speaker.Died(play_id, position_s, what, heard_dba):
            return events.PlayerDied(play_id, position_s, what, heard_dba)
        case speaker.Ready():
            return events.SoundReady()
