"""What the screen costs on the bus, counted in bytes at the bus; the figures are those of
tests/benchmarks/screen.py."""

import itertools
from typing import Any

import numpy as np
import pytest

from device.display.screens import draw
from device.rules.view import Scene, View
from tests.benchmarks.figures import OURS
from tests.benchmarks.screen import (
    BYTE_MS,
    CHANGES,
    EACH_CHANGE,
    EACH_SECOND,
    HOUR_S,
    NIGHT,
    NIGHT_VOLUMES,
    VOLUMES,
    WAVES,
    CountedBus,
    OurScreen,
    PlainDriver,
    change_cost,
    measure_screen,
    playing,
)

FULL_FRAME_BYTES = 6 * 3 + 1026  # six commands of three bytes, then address, control byte and 1024 of picture
OVERLAY_MS = 10
BAND = slice(40, 64)


def test_an_hour_of_playing_costs_less_than_a_tenth_of_a_full_frame_a_second() -> None:
    ours = OurScreen()
    spent = ours.run(playing(HOUR_S))
    assert not ours.reports
    assert spent / HOUR_S <= FULL_FRAME_BYTES / 10
    assert spent / HOUR_S <= 16, "about eleven bytes a second are promised"


def test_adafruits_show_sends_a_full_frame_whatever_changed() -> None:
    plain = PlainDriver()
    assert [plain.cost(view) for view in (WAVES[0], WAVES[0], VOLUMES[0])] == [FULL_FRAME_BYTES] * 3


def test_each_volume_overlay_is_on_the_screen_within_10_ms() -> None:
    for wave, volume in itertools.product(WAVES[::3], VOLUMES):
        assert change_cost([wave], [volume]) * BYTE_MS <= OVERLAY_MS
    for one, other in itertools.pairwise(VOLUMES):
        assert change_cost([one], [other]) * BYTE_MS <= 1


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Erinnern"), ("fr", "Détente"), ("es", "Sueños"), ("en", "MMMMMMMM")]
)
@pytest.mark.parametrize("scene", [Scene.READY, Scene.PLAYING, Scene.SLEEP, Scene.NEXT])
def test_a_volume_overlay_is_that_quick_over_any_name_and_language(scene: Scene, language: str, word: str) -> None:
    before = View(scene, word=word, language=language, minutes=88, progress=900)
    volume = View(Scene.VOLUME, word=word, language=language, bars=13, bars_most=13, wall=True)
    assert change_cost([before], [volume]) * BYTE_MS <= OVERLAY_MS


class BandBus(CountedBus):
    """Remembers at how many bytes the band of a picture was whole."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.wanted = np.asarray(draw(view))[BAND]
        self.whole_at: int | None = None

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        super().writeto(address, buffer, start=start, end=end)
        if self.whole_at is None and np.array_equal(self.pixels()[BAND], self.wanted):
            self.whole_at = self.bytes


def test_by_night_the_volumes_band_comes_before_the_name_goes_and_within_10_ms() -> None:
    for volume in NIGHT_VOLUMES:
        ours = OurScreen(bus := BandBus(volume))
        ours.cost(NIGHT)
        before = bus.bytes
        spent = ours.cost(volume)
        assert bus.whole_at is not None
        assert (bus.whole_at - before) * BYTE_MS <= OVERLAY_MS < spent * BYTE_MS


def test_no_change_costs_more_than_everything_anew() -> None:
    most = FULL_FRAME_BYTES + 60  # registers, light and the question for power
    assert all(change_cost(*change) <= most for change in CHANGES["everything"] + CHANGES["from_dark"])


def test_the_bench_has_a_figure_for_each_run_and_change_and_compares_it() -> None:
    said: list[str] = []
    values = measure_screen(quick=True, say=said.append).values
    assert said
    assert {OURS, EACH_CHANGE, EACH_SECOND} == values["screen_bytes_per_s_playing"].keys()
    assert values["screen_bytes_volume_detent"][EACH_CHANGE] == FULL_FRAME_BYTES
    for name in CHANGES:
        assert values[f"screen_ms_{name}"][OURS] == values[f"screen_bytes_{name}"][OURS] * BYTE_MS
