"""Our pins for gpiozero: what they ask of the kernel, what they make of its edges, and how they end."""

import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest
from gpiod.line import Bias, Direction, Edge

from firmware import PinsLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.factory import GpiodFactory, header_chip
from firmware.gpio.outputs import Outputs
from firmware.gpio.pwm import SOFTWARE_MOST_HZ, SoftwarePwm
from firmware.inputs import lines
from firmware.inputs.lines import Line
from tests.end_to_end.processes import until
from tests.hardware.gpio_chip import GpioChip

WITHIN_S = 20.0
PLAY, NEXT, VOLUME_A, VOLUME_B, NURSE_CALL, AMPLIFIER, LIGHT = 5, 13, 17, 27, 26, 16, 12


@pytest.fixture
def chip() -> GpioChip:
    return GpioChip()


@pytest.fixture
def factory(chip: GpioChip, tmp_path: Path) -> Iterator[GpiodFactory]:
    factory = GpiodFactory(chip, tmp_path)
    yield factory
    factory.close()


def test_an_input_has_the_pull_up_and_an_output_its_level_from_the_first_moment(
    chip: GpioChip, factory: GpiodFactory
) -> None:
    with Outputs(REVISION_A, factory), Controls(REVISION_A, print, pin_factory=factory):
        play, amplifier = chip.held[PLAY].settings, chip.held[AMPLIFIER]
        assert (play.direction, play.bias, play.edge_detection) == (Direction.INPUT, Bias.PULL_UP, Edge.BOTH)
        assert amplifier.settings.direction is Direction.OUTPUT
        assert amplifier.levels == [False]
        assert len(chip.held) == len(REVISION_A.lines) + 2
    assert chip.held == {}


def test_edges_bear_the_kernels_stamp(chip: GpioChip, factory: GpiodFactory) -> None:
    told: SimpleQueue[lines.Edge] = SimpleQueue()
    with Controls(REVISION_A, told.put, pin_factory=factory):
        chip.pull((PLAY, False, 7.0), (PLAY, True, 7.00001))
        seen = [told.get(timeout=WITHIN_S) for _ in range(2)]
    assert seen == [lines.Edge(Line.PLAY, True, 7.0), lines.Edge(Line.PLAY, False, 7.00001)]


class Told:
    """Hears edges. `alone()` keeps the reader's own thread busy with an edge of NURSE_CALL: a test reads in its
    stead."""

    def __init__(self, chip: GpioChip) -> None:
        self.edges: list[lines.Edge] = []
        self._chip = chip
        self._is_busy, self._is_over = threading.Event(), threading.Event()

    def __call__(self, edge: lines.Edge) -> None:
        if edge.line is Line.NURSE_CALL:
            self._is_busy.set()
            assert self._is_over.wait(WITHIN_S)
        else:
            self.edges.append(edge)

    @contextmanager
    def alone(self) -> Iterator[None]:
        self._chip.pull((NURSE_CALL, False, 1.0))
        assert self._is_busy.wait(WITHIN_S)
        try:
            yield
        finally:
            self._is_over.set()


def test_edges_of_two_lines_are_told_in_the_order_of_the_hand(chip: GpioChip, factory: GpiodFactory) -> None:
    """Which of two buttons was first decides; the order of their files does not."""
    told = Told(chip)
    with Controls(REVISION_A, told, pin_factory=factory):
        play, following = chip.held[PLAY], chip.held[NEXT]
        with told.alone():
            for request, rises, at_s in ((play, False, 7.0), (following, False, 7.1), (play, True, 7.2)):
                request.edge(rises, at_s)
            for request in (play, following):
                os.eventfd_write(request.fd, 1)
            factory.edges.read([(play.fd, select.EPOLLIN), (following.fd, select.EPOLLIN)], time.monotonic_ns())
    assert [(edge.line, edge.at) for edge in told.edges] == [(Line.PLAY, 7.0), (Line.NEXT, 7.1), (Line.PLAY, 7.2)]


def test_an_edge_that_comes_while_another_line_is_read_waits_for_older_ones(
    chip: GpioChip, factory: GpiodFactory
) -> None:
    """The first contact was read, then the second: a fast turn came out of order and counted the other way."""
    told = Told(chip)
    with Controls(REVISION_A, told, pin_factory=factory):
        first, second = chip.held[VOLUME_A], chip.held[VOLUME_B]
        with told.alone():
            first.edge(False, 7.0)
            first.edge(True, 7.2)  # after the reading began
            os.eventfd_write(first.fd, 1)
            factory.edges.read([(first.fd, select.EPOLLIN)], round(7.05e9))
            assert [edge.at for edge in told.edges] == [7.0]
            second.edge(False, 7.1)
            os.eventfd_write(second.fd, 1)
            factory.edges.read([(second.fd, select.EPOLLIN)], round(7.3e9))
    assert [(edge.line, edge.at) for edge in told.edges[1:]] == [(Line.VOLUME_B, 7.1), (Line.VOLUME_A, 7.2)]


def test_a_contact_that_is_closed_already_is_told_as_such(chip: GpioChip, factory: GpiodFactory) -> None:
    told: SimpleQueue[lines.Edge] = SimpleQueue()
    chip.levels[PLAY] = False
    with Controls(REVISION_A, told.put, pin_factory=factory):
        edge = told.get(timeout=WITHIN_S)
    assert (edge.line, edge.active, edge.initial) == (Line.PLAY, True, True)


def test_who_has_a_line_is_named(chip: GpioChip, factory: GpiodFactory) -> None:
    chip.users[NEXT] = "gpiomon"
    controls = Controls(REVISION_A, print, pin_factory=factory)
    (lost,) = controls.open()
    assert str(lost).startswith("NEXT on GPIO 13 does not open (in use by gpiomon): stop what uses it")
    del chip.users[NEXT]
    assert controls.open() == ()
    controls.close()


def test_waiting_for_edges_wakes_nobody(chip: GpioChip, factory: GpiodFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """lgpio looked a thousand times a second. The reader sleeps, without a time-out, until the kernel has an edge."""
    polls: SimpleQueue[tuple[object, ...]] = SimpleQueue()
    epoll = factory.edges._epoll

    class Counted:
        def poll(self, *args: object) -> list[tuple[int, int]]:
            polls.put(args)
            return epoll.poll(*args)

        register, unregister, close = epoll.register, epoll.unregister, epoll.close

    monkeypatch.setattr(factory.edges, "_epoll", Counted())
    told: SimpleQueue[lines.Edge] = SimpleQueue()
    with Controls(REVISION_A, told.put, pin_factory=factory):
        assert polls.get(timeout=WITHIN_S) == ()
        chip.pull((PLAY, False, 1.0))
        told.get(timeout=WITHIN_S)
        assert [polls.get(timeout=WITHIN_S) for _ in range(2)] == [(0,), ()]
        assert polls.empty()


def test_a_line_that_the_kernel_takes_away_is_opened_again(chip: GpioChip, factory: GpiodFactory) -> None:
    told: SimpleQueue[lines.Edge] = SimpleQueue()
    controls = Controls(REVISION_A, told.put, pin_factory=factory)
    controls.open()
    chip.is_gone = True
    chip.wake(PLAY)
    until("the line is known to be lost", lambda: controls._watched[Line.PLAY].fault)
    chip.is_gone = False
    assert controls.open() == ()
    chip.pull((PLAY, False, 1.0))
    assert told.get(timeout=WITHIN_S) == lines.Edge(Line.PLAY, True, 1.0)
    controls.close()


def test_two_factories_close_in_any_order(chip: GpioChip, tmp_path: Path) -> None:
    """lgpio's share one table of pins, so that the first to close took the other's away and each stop failed."""
    other = GpioChip()
    outputs, controls = GpiodFactory(chip, tmp_path), GpiodFactory(other, tmp_path)
    out, into = Outputs(REVISION_A, outputs), Controls(REVISION_A, print, pin_factory=controls)
    out.open()
    into.open()
    out.unmute(True)
    into.close()
    controls.close()
    out.close()
    outputs.close()
    assert (chip.is_closed, other.is_closed) == (True, True)


def test_the_light_out_or_full_is_a_plain_level_and_needs_no_thread(chip: GpioChip, factory: GpiodFactory) -> None:
    with Outputs(REVISION_A, factory) as outputs:
        before = threading.active_count()
        for fraction in (1.0, 0.0, 1.0, 0.0):
            outputs.light(fraction)
        assert chip.held[LIGHT].levels == [False, False, True, False, True, False]
        assert threading.active_count() == before


def test_a_steady_light_wakes_nobody(chip: GpioChip, factory: GpiodFactory) -> None:
    """Two hundred times a second, all day, were most of what an idle box did."""
    before = threading.active_count()
    with Outputs(REVISION_A, factory) as outputs:
        outputs.light(0.15, steady=True)
        assert chip.held[LIGHT].levels[-1] is True, "wholly lit"
        assert threading.active_count() == before
        outputs.light(0.0, steady=True)
        assert chip.held[LIGHT].levels[-1] is False


def test_a_steady_light_that_was_lost_is_steady_when_it_is_back(chip: GpioChip, factory: GpiodFactory) -> None:
    before = threading.active_count()
    outputs = Outputs(REVISION_A, factory)
    outputs.light(0.15, steady=True)
    assert outputs.open() == ()
    assert (chip.held[LIGHT].levels[-1], threading.active_count()) == (True, before)
    outputs.close()


def test_a_dimmed_light_is_switched_by_a_thread_that_rests_when_it_is_out() -> None:
    levels: list[bool] = []
    pwm = SoftwarePwm(levels.append, 240.0)
    assert pwm.hz == SOFTWARE_MOST_HZ
    pwm.duty(0.004)
    until("some cycles", lambda: len(levels) > 6)
    pwm.duty(0.0)
    seen = len(levels)
    assert levels[:4] == [True, False, True, False]
    assert levels[-1] is False
    pwm.close()
    assert levels[seen:] == [False], "and once more as it is closed"


def test_a_light_that_breaks_while_it_is_dimmed_is_told_to_whoever_sets_it_next() -> None:
    broken = threading.Event()

    def write(_high: bool) -> None:
        broken.set()
        raise OSError(19, "No such device")

    pwm = SoftwarePwm(write, 100.0)
    pwm.duty(0.5)
    assert broken.wait(WITHIN_S)
    pwm._thread.join(WITHIN_S)  # type: ignore[union-attr]
    with pytest.raises(OSError, match="No such device"):
        pwm.duty(0.6)
    pwm.close()


def _kernel_pwm(root: Path, pin: int) -> Path:
    chip = root / f"pwmchip{pin}"
    node = chip / "device" / "of_node"
    node.mkdir(parents=True)
    (node / "gpios").write_bytes(b"\0\0\0\x07" + pin.to_bytes(4, "big") + bytes(4))
    (chip / "pwm0").mkdir()
    return chip / "pwm0"


def test_the_kernels_own_pwm_drives_the_light_where_the_board_has_one(chip: GpioChip, tmp_path: Path) -> None:
    """It wakes nobody, and it dims in nanoseconds: the lowest step of a breathing light is not seen."""
    fan, light = _kernel_pwm(tmp_path, 14), _kernel_pwm(tmp_path, LIGHT)
    (tmp_path / "pwmchip9").mkdir()
    factory = GpiodFactory(chip, tmp_path)
    outputs = Outputs(REVISION_A, factory)
    assert outputs.open() == ()
    assert LIGHT not in chip.held
    outputs.light(0.0512, steady=True)
    assert {name: (light / name).read_text() for name in ("period", "duty_cycle", "enable")} == {
        "period": "4166667",
        "duty_cycle": "213333",
        "enable": "1",
    }
    outputs.close()
    assert [(light / name).read_text() for name in ("duty_cycle", "enable")] == ["0", "0"]
    assert os.listdir(fan) == []  # noqa: PTH208
    factory.close()


def test_a_folder_without_a_pis_gpio_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(PinsLost, match=r"^no GPIO of a Pi in .*: elsewhere use the simulator$"):
        header_chip(tmp_path)


def test_a_gpio_that_may_not_be_opened_says_which_group(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_text("no chip")
    with pytest.raises(PinsLost, match=r"^the GPIO does not open \(.*\): is this user in the group gpio\?$"):
        header_chip(tmp_path)


def test_nothing_is_made_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """lgpio made a FIFO there: under a service's user in / no button worked."""
    monkeypatch.chdir(tmp_path)
    with Controls(REVISION_A, print, pin_factory=GpiodFactory(GpioChip(), tmp_path / "pwm")):
        assert list(tmp_path.iterdir()) == []
