"""A bed without hardware: the real controller under a clock that the test moves. Reads like a shift on the ward."""

from dataclasses import replace
from typing import Any

from device.rules import hours
from device.rules.effects import Cue, Effect, Play, Record, Silence
from device.rules.events import (
    Assigned,
    BedPlaylist,
    BedRules,
    BedTrack,
    Brushed,
    Button,
    ClockRead,
    Event,
    Knob,
    PlayBegan,
    PlayEnded,
    Pressed,
    Released,
    Tick,
    Turned,
    Wall,
)
from device.rules.state import Limits, State
from device.rules.step import next_deadline, step
from device.rules.view import View
from device.rules.view_of import view
from messages import AssignmentRefused, Data, Fault, Reason, TrackFailed, TrackStarted
from playlists.track_level import MonoMix, TrackLevel


def level_of(a_dbfs: float, true_peak: float = -3.0) -> TrackLevel:
    """A track that measures so, however it is played."""
    return TrackLevel(a_dbfs, a_dbfs, a_dbfs, a_dbfs, MonoMix.SUM, true_peak)


def track(name: str, seconds: float = 180.0) -> BedTrack:
    """A track whose hash is made from its name."""
    return BedTrack(name.encode().hex().ljust(64, "0")[:64], name, seconds)


def music(slug: str, *names: str, purpose: str = "comfort") -> BedPlaylist:
    """A playlist whose label is its slug."""
    return BedPlaylist(slug, slug.title(), slug.title()[:8], purpose, tuple(track(name) for name in names))


CALM = music("calm", "tide", "harbour", "meadow")
SLEEP = music("sleep", "dusk", "lamp", purpose="sleep")
GARDEN = music("garden", "moss", "fern")
RAIN = music("rain", "drops", "slate")
BUILT_IN = (CALM, SLEEP, GARDEN)
ALL_TRACKS = frozenset(p.sha256 for s in (*BUILT_IN, RAIN) for p in s.tracks)
TITLES = {p.sha256: p.title for s in (*BUILT_IN, RAIN) for p in s.tracks}


def assigned(
    version: int, *playlists: BedPlaylist, stay: str | None = "stay-a", digest: str = "", **rules: Any
) -> Assigned:
    """An assignment whose digest is made from its version unless given; `rules` are those that differ."""
    return Assigned(version, digest or f"{version:064x}", stay, playlists, BedRules(**rules))


TODAY = 739_945  # 25 November 2026
MIDNIGHT_S = 1_795_564_800.0  # of that day in UTC, and for this bed


def wall(at: str, day: int = 0) -> Wall:
    """What the clock shows at this time, "21:00", so many days from today."""
    hours, _, minutes = at.partition(":")
    minute = int(hours) * 60 + int(minutes)
    return Wall(TODAY + day, minute, MIDNIGHT_S + day * 86_400.0 + minute * 60.0)


class Bed:
    """The box at one bed, by day unless said otherwise. Every effect is kept in `effects`; a speaker that is
    `answering` begins what it is asked to, and what is cued when its turn comes."""

    def __init__(
        self, *, held: frozenset[str] = ALL_TRACKS, answering: bool = True, night: bool = False, level_dba: float = 50.0
    ) -> None:
        self.now = 1000.0
        self.state = State(
            boot="b00t",
            code="7F3A",
            builtin=BUILT_IN,
            held=held,
            level_dba=level_dba,
            limits=Limits(),
            night=night,
            sound_ready=True,
            wall=None if night else wall("12:00"),
            seen_until=None if night else hours.moment(wall("12:00")),
        )
        self.effects: list[Effect] = []
        self.answering = answering

    def happens(self, event: Event) -> tuple[Effect, ...]:
        """One event, and the speaker's answer to what it asked for."""
        self.state, effects = step(self.state, event, self.now)
        self.effects.extend(effects)
        for effect in effects:
            if isinstance(effect, Play) and self.answering:
                self.happens(PlayBegan(effect.play_id))
        return effects

    def press(self, button: str) -> tuple[Effect, ...]:
        """A press, and the hand is gone again."""
        effects = self.happens(Pressed(Button(button)))
        self.happens(Released(Button(button)))
        return effects

    def turn(self, knob: str, detents: int) -> tuple[Effect, ...]:
        """A turn."""
        return self.happens(Turned(Knob(knob), detents))

    def hold(self, *buttons: str) -> None:
        """Buttons go down together and stay down: the first one acts, the others are brushed."""
        self.happens(Pressed(Button(buttons[0])))
        for button in buttons[1:]:
            self.happens(Brushed(Button(button)))

    def let_go(self, *buttons: str) -> None:
        """They are let go."""
        for button in buttons:
            self.happens(Released(Button(button)))

    def clock(self, at: str | None, day: int = 0) -> tuple[Effect, ...]:
        """The clock is read: it shows this time; None: nobody knows it."""
        return self.happens(ClockRead(None if at is None else wall(at, day)))

    def wait(self, seconds: float) -> None:
        """Time passes; the box wakes when it asked to, and a track makes way for the cued one before it is over."""
        until = self.now + seconds
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            if self._turn_at() is not None and due >= (self._turn_at() or 0.0):
                self.cued_track_begins()
            else:
                self.happens(Tick())
        self.now = until
        self.happens(Tick())

    def cued_track_begins(self) -> None:
        """The speaker goes over to what it was told to; the end of the track before comes late, as it does."""
        session = self.state.playing
        if session and session.cued:
            self.happens(PlayBegan(session.cued.play_id))
            self.happens(PlayEnded(session.play_id, session.track.seconds))

    def _turn_at(self) -> float | None:
        session = self.state.playing
        if session is None or session.cued is None or not self.answering:
            return None
        return session.track_zero_at + session.track.seconds - session.crossfade_s

    def _next(self) -> float | None:
        return min((at for at in (next_deadline(self.state), self._turn_at()) if at is not None), default=None)

    @property
    def play_id(self) -> int:
        """The play that the session is at."""
        assert self.state.playing
        return self.state.playing.play_id

    @property
    def cue_id(self) -> int:
        """The play that is to follow."""
        assert self.state.playing
        assert self.state.playing.cued
        return self.state.playing.cued.play_id

    @property
    def plays(self) -> list[str]:
        """The titles of all tracks asked for, in order."""
        return [TITLES.get(effect.sha256, effect.sha256) for effect in self.effects if isinstance(effect, Play)]

    @property
    def heard(self) -> list[str]:
        """The titles of all tracks that began, in order, by the log."""
        return [TITLES[entry.track] for entry in self.entries if isinstance(entry, TrackStarted)]

    @property
    def cues(self) -> list[str]:
        """The titles of all tracks that were to follow, in order."""
        return [TITLES.get(effect.sha256, effect.sha256) for effect in self.effects if isinstance(effect, Cue)]

    @property
    def entries(self) -> list[Data]:
        """What was written into the log."""
        return [effect.data for effect in self.effects if isinstance(effect, Record)]

    @property
    def silences(self) -> int:
        """How often silence was asked for."""
        return sum(isinstance(effect, Silence) for effect in self.effects)

    @property
    def view(self) -> View:
        """What the screen shows."""
        return view(self.state, self.now)

    def without(self, *titles: str) -> None:
        """These tracks are not on the box."""
        gone = {track(title).sha256 for title in titles}
        self.state = replace(self.state, held=self.state.held - gone)


def one_play(effects: tuple[Effect, ...]) -> Play:
    """The one track that was asked for."""
    (play,) = [effect for effect in effects if isinstance(effect, Play)]
    return play


def told(entry: type[Fault | TrackFailed | AssignmentRefused], reason: Reason, **fields: Any) -> Data:
    """The entry with this reason, as it travels."""
    return entry(reason=reason.line, code=reason.code, args=dict(reason.args), **fields)
