"""What speaker and hands say becomes the controller's events."""

import typing

import pytest

from device.hardware_events import from_input, from_speaker
from device.rules.events import (
    Brushed,
    Button,
    Event,
    Knob,
    NurseCallChanged,
    PartLost,
    PlayBegan,
    PlayEnded,
    PlayerDied,
    PlayFailed,
    PlayMeasured,
    PlayTruncated,
    Pressed,
    Released,
    SoundReady,
    StuckDown,
    Turned,
)
from firmware import speaker
from firmware.inputs import inputs
from messages import Code, Part, because

HEARD: list[tuple[speaker.Report, Event]] = [
    (speaker.Started(7), PlayBegan(7)),
    (speaker.Ended(7, 12.5), PlayEnded(7, 12.5)),
    (speaker.Faded(7, 12.5), PlayEnded(7, 12.5, faded=True)),
    (speaker.Failed(7, "missing"), PlayFailed(7, "missing")),
    (speaker.Broke(7, "cut short"), PlayTruncated(7, "cut short")),
    (speaker.Measured(7, 3.0, 44.5, 51.0), PlayMeasured(7, 3.0, 44.5, 51.0)),
    (speaker.Ready(), SoundReady()),
    (speaker.Lost("no sound card"), PartLost(Part.SOUND, because(Code.NO_SOUND, what="no sound card"))),
    (speaker.Died(7, 61.5, "no heartbeat"), PlayerDied(7, 61.5, "no heartbeat")),
    (speaker.Died(None, 0.0, "no heartbeat"), PlayerDied(None, 0.0, "no heartbeat")),
]


@pytest.mark.parametrize(("report", "event"), HEARD)
def test_each_word_of_the_speaker_is_an_event(report: speaker.Report, event: Event) -> None:
    assert from_speaker(report) == event


def test_no_word_of_the_speaker_is_left_out() -> None:
    assert {type(report) for report, _ in HEARD} == set(typing.get_args(speaker.Report))


FELT: list[tuple[inputs.Input, Event]] = [
    (inputs.Pressed(inputs.Button.PLAY, 1.0), Pressed(Button.PLAY)),
    (inputs.Brushed(inputs.Button.NEXT, 1.0), Brushed(Button.NEXT)),
    (inputs.Released(inputs.Button.NEXT, 1.0), Released(Button.NEXT)),
    (inputs.StuckDown(inputs.Button.SLEEP, 9.0), StuckDown(Button.SLEEP)),
    (inputs.Turned(inputs.Knob.CHOOSE, -2, 1.0), Turned(Knob.CHOOSE, -2)),
    (inputs.NurseCall(True, 1.0), NurseCallChanged(True)),
]


@pytest.mark.parametrize(("told", "event"), FELT)
def test_each_word_of_the_hands_is_an_event(told: inputs.Input, event: Event) -> None:
    assert from_input(told) == event


def test_no_word_of_the_hands_is_left_out() -> None:
    assert {type(told) for told, _ in FELT} == set(typing.get_args(inputs.Input))


def test_hands_and_rules_know_the_same_buttons_and_knobs() -> None:
    """They are two lists, because the rules know no hardware: a control in one only would stop the box."""
    assert list(inputs.Button) == list(Button)
    assert list(inputs.Knob) == list(Knob)
