"""The composition root: builds the parts of a box, starts them in order, stops them in reverse. Decides no rule."""

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from device import __version__, machine
from device.card_volume import CardVolume
from device.check.in_service import SelfTester
from device.config import last_good
from device.config.last_good import Loaded
from device.config.settings import Settings
from device.display.painter import Painter
from device.gpio import AmplifiedSound, Gpio
from device.hardware import Hardware, of_this_machine
from device.hardware_events import from_speaker
from device.health import HealthReporter
from device.link.link import Link
from device.log import stores
from device.log.log import Log, Opened
from device.loop import Item, Loop, Parts, Stop
from device.music import track_levels
from device.music.fetcher import Fetcher
from device.music.index_copy import IndexCopy
from device.music.measurer import Measurer
from device.music.music import Music, MusicWatch
from device.music.track_levels import TrackLevels
from device.music.track_store import TrackStore
from device.rules import hours
from device.rules.events import (
    NO_RULES,
    Assigned,
    Event,
    FetchTrouble,
    MusicFound,
    PartBack,
    PartLost,
    SoundReady,
    TrackMeasured,
    TracksHeld,
)
from device.rules.holding import measured_first
from device.rules.memory import recall
from device.rules.state import Limits, Overlay, State
from device.rules.view import Scene
from device.rules.view_of import BOOT_SHOWN_S
from device.technical_log import TechnicalLog
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs
from firmware.speaker import OutputProfile, Report, Speaker
from messages import BoxStarted, Part, Reason

if TYPE_CHECKING:
    from firmware.simulator.sound_card import SoundCard  # a Pi never needs it

logger = logging.getLogger(__name__)

RESTART_STATUS = 75  # sysexits' EX_TEMPFAIL: the service manager starts it again, as after any failure


@dataclass(frozen=True, slots=True)
class Box:
    """A box whose parts have started; `loop.run()` is all that is left to do."""

    loop: Loop
    inbox: "SimpleQueue[Item]"
    log: Log


def run(path: Path, loaded: Loaded) -> int:
    """The service on a Pi, until SIGTERM or SIGINT. `path`: of its configuration. Returns its exit status."""
    settings = loaded.settings
    inbox: SimpleQueue[Item] = SimpleQueue()
    on_signal(lambda: inbox.put(Stop()))  # first, so that a start that is told to end does so in order
    with ExitStack() as parts:
        box = start(settings, of_this_machine(settings), parts, inbox)
        if loaded.fault:
            box.inbox.put(PartLost(Part.CONFIG, loaded.fault))
        # Last, and on its own thread: a disk may hang.
        threading.Thread(target=last_good.keep, args=(path, loaded), name="config-keeper", daemon=True).start()
        box.loop.run()
    return RESTART_STATUS if box.loop.restarts else 0


def on_signal(end: Callable[[], None]) -> None:
    """Have `end` called at SIGTERM and SIGINT, on the main thread; it must return at once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


def start(settings: Settings, hardware: Hardware, parts: ExitStack, inbox: "SimpleQueue[Item] | None" = None) -> Box:
    """Build and start everything: sound before screen before network; `parts` stops it all in reverse. `inbox`: the
    loop's queue, if it must be reachable before the box is built."""
    return _Build(settings, hardware, parts, inbox or SimpleQueue()).box()


class _Build:
    """One box being put together; each part is started when it is built and ended by `parts`."""

    def __init__(self, settings: Settings, hardware: Hardware, parts: ExitStack, inbox: "SimpleQueue[Item]") -> None:
        self._settings = settings
        self._hardware = hardware
        self._parts = parts
        self._inbox = inbox
        self._boot = secrets.token_hex(4)
        measured = TrackLevels(settings.box.data / track_levels.FILE_NAME)
        self._music = Music(settings.box.music, settings.sound, measured, IndexCopy(settings.box.data))
        self._sound = AmplifiedSound(self._inbox.put)
        self._volume = CardVolume(settings.box.data, settings.sound.output)
        self._technical_log = TechnicalLog()

    def box(self) -> Box:
        self._technical_log.start()
        self._parts.callback(self._technical_log.close)
        speaker = self._speaker()
        log, opened = self._log()
        health: list[HealthReporter] = []  # none without a broker

        def on_music(found: MusicFound) -> None:
            self._inbox.put(found)
            for reporter in health:
                reporter.hurry()

        watch = MusicWatch(self._music, on_music)
        state = self._first_state(opened, watch.start())
        self._parts.callback(watch.close)
        log.put([(BoxStarted(software=__version__, board=self._hardware.name), state.stay)])
        painter = self._painter()
        outputs = self._pins()
        link = self._link(log, state)
        inputs = Inputs(self._hardware.board)
        measurer = Measurer(
            self._music,
            first=lambda: measured_first(loop.state),
            measured=lambda sha256: self._on_measured(sha256, watch),
        )

        fetcher = self._fetcher(lambda: loop.state, speaker, lambda _sha256: look_for_music())

        def look_for_music() -> None:
            watch.look_again()
            measurer.hurry()
            if fetcher:
                fetcher.hurry()

        tester = SelfTester(self._settings, on_board=self._hardware.pin_factory is None, put=self._inbox.put)
        parts = Parts(
            inputs,
            speaker,
            self._music,
            log,
            painter,
            outputs,
            link,
            look_for_music,
            run_test=tester.run,
            lines=self._technical_log.lines,
        )
        loop = Loop(
            state, parts, self._inbox, clock=time.monotonic, utcnow=self._hardware.utcnow, wall=self._hardware.wall
        )
        if link:
            health.append(self._health(loop, speaker, log, link, fetcher))
        measurer.start()
        self._parts.callback(measurer.close)
        if fetcher:
            fetcher.start()
            self._parts.callback(fetcher.close)
        logger.info("ready=yes cpu_s=%.2f playlists=%d", time.process_time(), len(state.playlists))
        return Box(loop, self._inbox, log)

    def _speaker(self) -> "Speaker | SoundCard":
        sound = self._settings.sound
        profile = OutputProfile(
            full_scale_dba=sound.full_scale_dba,
            ceiling_dba=sound.cap_day_dba,
            mono=sound.mono,
            presence=sound.presence,
        )
        speaker = self._hardware.speaker(sound.output, self._on_sound, profile)
        self._volume.start()
        self._parts.callback(self._volume.close)
        speaker.start()
        self._parts.callback(speaker.close)
        return speaker

    def _on_sound(self, report: Report) -> None:
        event = from_speaker(report)
        if isinstance(event, SoundReady) and self._settings.sound.calibrated:
            self._volume.card_opened()
        self._sound.heard(event)

    def _log(self) -> tuple[Log, Opened]:
        log = Log(
            self._settings.box.data / stores.FILE_NAME,
            boot=self._boot,
            utcnow=self._hardware.utcnow,
            clock_ok=self._hardware.clock_ok,
            trouble=self._on_trouble,
            here=machine.marks(),
        )
        opened = log.open()
        self._parts.callback(log.close)
        if opened.set_aside:
            self._on_trouble(opened.set_aside)
        if opened.set_aside and not opened.of_another_machine:
            self._on_trouble(None)  # reported; the new log works
        return log, opened

    def _on_trouble(self, reason: Reason | None) -> None:
        self._inbox.put(PartBack(Part.LOG) if reason is None else PartLost(Part.LOG, reason))

    def _first_state(self, opened: Opened, music: MusicFound) -> State:
        """Silent, with the stored state: nothing in it can start music."""
        sound, now = self._settings.sound, time.monotonic()
        limits = Limits(
            floor_dba=min(Limits().floor_dba, sound.cap_night_dba),
            start_day_dba=sound.start_day_dba,
            start_night_dba=sound.start_night_dba,
            cap_day_dba=sound.cap_day_dba,
            cap_night_dba=sound.cap_night_dba,
        )
        wall = self._hardware.wall()
        state = State(
            boot=self._boot,
            code=self._settings.box.id[-4:].upper(),
            builtin=music.builtin,
            held=music.held,
            unusable=music.unusable,
            level_dba=limits.start_day_dba,
            limits=limits,
            language=self._settings.box.language,
            has_screen=self._settings.screen.fitted,
            touched_at=now,
            wall=wall,
            night=hours.is_night(wall, NO_RULES),
        )
        utc_minus_clock_s = self._hardware.utcnow().timestamp() - now
        state = recall(state, opened.memory, now, utc_minus_clock_s, clock_ok=wall is not None)
        return state if state.night else replace(state, overlay=Overlay(Scene.BOOT, now + BOOT_SHOWN_S))

    def _painter(self) -> Painter | None:
        if not self._settings.screen.fitted:
            return None
        chip = self._settings.screen.chip
        painter = Painter(self._hardware.screen, self._inbox.put, time.monotonic, chip=chip)
        painter.start()
        self._parts.callback(painter.close)
        return painter

    def _pins(self) -> Outputs:
        """Buttons, knobs, light and mute; without them the box still reports the fault to the ward."""
        hardware = self._hardware
        gpio = Gpio(hardware.board, self._inbox.put, self._sound.amplifier, pin_factory=hardware.pin_factory)
        self._parts.callback(gpio.close)
        gpio.start()
        return gpio.outputs

    def _link(self, log: Log, state: State) -> Link | None:
        """Last, and only if a broker is configured: the network is never needed."""
        settings = self._settings
        if not settings.link.brokers:
            return None
        link = Link(
            settings.link,
            settings.box.id,
            log,
            self._on_link,
            software=__version__,
            boot=self._boot,
            utcnow=self._hardware.utcnow,
            clock_ok=self._hardware.clock_ok,
        )
        link.facts(state.version, state.stay)  # the first hello is said at once
        link.start()
        self._parts.callback(link.close)
        return link

    def _on_link(self, event: Event) -> None:
        if isinstance(event, Assigned):
            self._inbox.put(TracksHeld(self._music.held()))  # read here, on the link's thread: a disk may be slow
        self._inbox.put(event)

    def _on_measured(self, sha256: str, watch: MusicWatch) -> None:
        """It plays at its own level from now on; if it cannot be played, the next look at the folder finds that."""
        self._inbox.put(TrackMeasured(sha256))
        watch.look_again()

    def _fetcher(
        self, state: Callable[[], State], speaker: "Speaker | SoundCard", arrived: Callable[[str], None]
    ) -> Fetcher | None:
        """Only where it is known from where tracks come."""
        box, content = self._settings.box, self._settings.content
        if not content.url:
            return None
        return Fetcher(
            content,
            TrackStore(box.music, box.data, most_bytes=content.most_bytes),
            box.id,
            state=state,
            held=self._music.lying,
            arrived=arrived,
            trouble=lambda reason: self._inbox.put(FetchTrouble(reason)),
            harm=lambda: speaker.counts.buffer_underruns + speaker.counts.underruns,
        )

    def _health(
        self, loop: Loop, speaker: "Speaker | SoundCard", log: Log, link: Link, fetcher: Fetcher | None
    ) -> HealthReporter:
        health = HealthReporter(
            self._settings,
            lambda: loop.state,
            log,
            link,
            utcnow=self._hardware.utcnow,
            clock_ok=self._hardware.clock_ok,
            counts=lambda: speaker.counts,
            calibrated=lambda: self._settings.sound.calibrated and self._volume.holds,
            fetched_kb_s=lambda: fetcher.rate_kb_s if fetcher else 0,
        )
        health.start()
        self._parts.callback(health.close)
        return health
