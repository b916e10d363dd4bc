"""The self-test of what is connected to the board: lines, screen and sound card. Makes no sound."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from device.check.finding import Finding
from device.config.settings import ScreenSettings
from firmware import PinsLost, ScreenLost
from firmware.gpio.board import REVISION_A, Board
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.gpio.pins import LineLost, LineUse, open_pins, reason_of
from firmware.gpio.pwm import OVERLAY, has_kernel_pwm
from firmware.screen.bus import LinuxBus, open_bus
from firmware.screen.screen import ADDRESSES, Screen, load_driver, takes_commands
from firmware.sound_cards import ASOUND, SoundCard, card_for_all, card_named, player_of, sound_cards
from firmware.speaker import Sink, SinkKind
from firmware.speaker.environment import chooses_itself

IN_USE = "in use by the running service"
_NOBODY = "no music can be heard"


def lines(
    *, running: bool, board: Board = REVISION_A, open_factory: Callable[[], Any] = open_pins
) -> Iterator[Finding]:
    """The GPIO: its chip, each line that the box uses, and how the light is dimmed."""
    try:
        with closing(open_factory()) as factory:
            uses = factory.uses((*board.lines.values(), board.unmute_pin, board.light_pin))
            is_held = running or any(use.is_ours for use in uses)
            yield _held(f"{factory}", uses, board) if is_held else _opened(factory, board)
    except PinsLost as error:
        yield Finding("pins", False, str(error), needed=True)
        return
    if not has_kernel_pwm(board.light_pin):
        overlay = OVERLAY.format(board.light_pin)
        yield Finding("light", True, f"always at full brightness: to dim it, add {overlay} to config.txt")


def _opened(factory: Any, board: Board) -> Finding:
    closed: list[str] = []
    with ExitStack() as parts:
        outputs = Outputs(board, factory)
        parts.callback(outputs.close)
        controls = Controls(board, lambda edge: closed.append(edge.line.name), pin_factory=factory)
        parts.callback(controls.close)
        lost = (*outputs.open(), *controls.open())
    if lost:
        return _lost(lost)
    down = f"; pressed now: {', '.join(closed)}" if closed else ""
    return Finding("pins", True, f"{factory}: {len(board.lines)} inputs and 2 outputs open{down}", needed=True)


def _lost(lost: tuple[LineLost, ...]) -> Finding:
    return Finding("pins", False, "; ".join(map(str, lost)), needed=True)


def _held(chip: str, uses: tuple[LineUse, ...], board: Board) -> Finding:
    """Who uses the lines, as the kernel reports it; opening one would be refused."""
    others = [use for use in uses if not use.is_ours and not _is_dimmed_by_kernel(use, board)]
    if not others:
        return Finding("pins", True, f"{chip}: all {len(uses)} lines {IN_USE}", needed=True)
    told = ", ".join(f"GPIO {use.pin} ({f'used by {use.user}' if use.user else 'not in use'})" for use in others)
    return Finding("pins", False, f"{chip}: the running service cannot use {told}; it tries again", needed=True)


def _is_dimmed_by_kernel(use: LineUse, board: Board) -> bool:
    return use.pin == board.light_pin and has_kernel_pwm(use.pin)


def screen(
    settings: ScreenSettings,
    *,
    running: bool,
    board: Board = REVISION_A,
    open_on: Callable[[Board], LinuxBus] = open_bus,
) -> Finding:
    """The OLED: its bus, its address, and whether it answers at another address."""
    if not settings.fitted:
        return Finding("screen", True, "none fitted (see the configuration)")
    try:
        with closing(open_on(board)) as bus:
            return _on(bus, settings, running=running)
    except ScreenLost as error:
        return Finding("screen", False, str(error))


def _on(bus: LinuxBus, settings: ScreenSettings, *, running: bool) -> Finding:
    address, chip = settings.address, settings.chip
    where = f"at 0x{address:02X} on {bus.name}"
    if not takes_commands(bus, address):
        return Finding("screen", False, _absent(bus, settings, where))
    if running:
        load_driver(chip)
        return Finding("screen", True, f"found {where}; {IN_USE}")
    panel = Screen(bus, address, chip)
    panel.power(False)
    panel.open()
    return Finding("screen", True, f"found an {chip.upper()} {where}")


def _absent(bus: LinuxBus, settings: ScreenSettings, where: str) -> str:
    other = next((one for one in ADDRESSES if one != settings.address and takes_commands(bus, one)), None)
    if other is not None:
        return (
            f"no screen found {where}, but there may be one at 0x{other:02X}: "
            f"set address = 0x{other:02X} under [screen] in device.toml"
        )
    return f"no screen found {where}: check its four wires. Music plays without it"


def sound(sink: Sink, *, running: bool, asound: Path = ASOUND) -> Finding:
    """The sound card, and whether the player's library loads."""
    broken = _library() if sink.kind is SinkKind.SYSTEM else ""
    if broken:
        return Finding("sound", False, broken, needed=True)
    return card(sink, running=running, asound=asound)


def card(sink: Sink, *, running: bool, asound: Path = ASOUND) -> Finding:
    """The sound card alone: loads nothing that makes sound, so that the bedside process may ask."""
    if sink.kind is not SinkKind.SYSTEM:
        remedy = 'set output = "system:CARD" under [sound] in device.toml, with a CARD from `aplay -L`'
        return Finding("sound", False, f"goes to {sink}, where {_NOBODY}: {remedy}", needed=True)
    return _card(sink, asound, running=running)


def _library() -> str:
    try:
        from firmware.speaker.player.mixer import load  # the player's; imported here only to test that it loads

        load()
    except Exception as error:  # noqa: BLE001  # whatever a broken library raises
        return f"the sound library does not load ({reason_of(error)}): install libglib2.0-0 and reinstall Nightingale"
    return ""


def _card(sink: Sink, asound: Path, *, running: bool) -> Finding:
    cards = sound_cards(asound)
    if not cards:
        named = f" (configured: {sink.target})" if sink.target else ""
        line = f"no sound card found{named}, {_NOBODY}: check its plug and the overlay in config.txt"
        return Finding("sound", False, line, needed=True)
    here = ", ".join(map(str, cards))
    if not sink.target and chooses_itself():
        return Finding("sound", True, f"a sound server or the environment chooses one of {here}", needed=True)
    card = card_named(sink.target, cards) if sink.target else card_for_all(cards)
    if card is None:
        wanted = (
            f"no card named {sink.target}" if sink.target else "only an HDMI card, which is silent without a monitor"
        )
        line = f'{wanted}: found {here}; set output = "system:CARD" under [sound] in device.toml'
        return Finding("sound", False, line, needed=True)
    return _use(card, player_of(card, asound), running=running)


def _use(card: SoundCard, player: int | None, *, running: bool) -> Finding:
    if not card.plays:
        return Finding("sound", False, f"{card} can only record: choose another card from `aplay -l`", needed=True)
    hdmi = "; HDMI is silent without a monitor" if card.is_hdmi else ""
    if player is None:
        line = f"{card}{hdmi}" + ("; the running service is not using it, see its log" if running else "")
        return Finding("sound", not running, line, needed=True)
    if running:
        return Finding("sound", True, f"{card}, {IN_USE}{hdmi}", needed=True)
    return Finding(
        "sound", False, f"{card} is in use by process {player}: end that process, the box needs the card", needed=True
    )
