"""The smallest bed at which every rule can still act: playlists of one or two tracks, four levels, few times of the
day."""

from dataclasses import replace
from typing import Any

from device.rules import hours
from device.rules.events import Assigned, BedPlaylist, BedRules, BedTrack, Wall
from device.rules.state import Limits, State
from messages import Question

NOW = 1e6  # every state is looked at in this moment; all that differs between two moments is what still runs
VERSION = 5  # of the assignment that a bed holds

# Floor, start by night, start by day and cap lie on one grid of detents: the knob reaches four levels.
LIMITS = Limits(
    floor_dba=34.0, start_day_dba=42.0, start_night_dba=38.0, cap_day_dba=46.0, cap_night_dba=42.0, step_db=4.0
)


def small_playlist(slug: str, *tracks: str, purpose: str = "comfort") -> BedPlaylist:
    """A playlist whose tracks are known by their names."""
    return BedPlaylist(slug, slug, slug, purpose, tuple(BedTrack(name, name, 180.0) for name in tracks))


CALM = small_playlist("calm", "tide")
CALM_OF_TWO = small_playlist("calm", "tide", "harbour")
CALM_OF_THREE = small_playlist("calm", "tide", "harbour", "meadow")
SLEEP = small_playlist("sleep", "dusk", purpose="sleep")
GARDEN = small_playlist("garden", "moss", "fern")
RAIN = small_playlist("rain", "drops")
STARS = small_playlist("stars", "lamp", purpose="sleep")
WAKE = small_playlist("wake", "candle", purpose="vigil")
ALL_TRACKS = frozenset(
    track.sha256 for music in (CALM_OF_THREE, SLEEP, GARDEN, RAIN, STARS, WAKE) for track in music.tracks
)

TODAY = 739_945
EXPIRES_AT_S = 86_400.0  # the end of the first day


def wall(minute: int, day: int = 0) -> Wall:
    """What the clock shows, so many days from the first."""
    return Wall(TODAY + day, minute, day * 86_400.0 + minute * 60.0)


NOON, REMINDING, SLEEP_STARTS, LATE = 12 * 60, 14 * 60, 21 * 60 + 30, 23 * 60


def given(
    digest: str, *playlists: BedPlaylist, version: int = VERSION, stay: str | None = "ada", **rules: Any
) -> Assigned:
    """An assignment known by its name; `rules` are those that differ."""
    return Assigned(version, digest, stay, playlists, BedRules(**rules))


TWO_PLAYLISTS = given("garden and rain", GARDEN, RAIN)
OTHER_PLAYLISTS = given("rain and stars", RAIN, STARS)
OTHER_STAY = given("garden of another stay", GARDEN, stay="bo")
VIGIL = given("vigil", WAKE, STARS, vigil=True)
SHARED = given("shared room", RAIN, shared_room=True, cap_day_dba=38.0, cap_night_dba=30.0)
NEVER = given("never the moss", GARDEN, never_play=frozenset({"moss", "tide"}))
EXPIRING = given("expiring", GARDEN, expires_at_s=EXPIRES_AT_S)
ASKING = given(
    "asking",
    RAIN,
    ask_before=Question.PAIN,
    ask_after=Question.CHANGE,
    ask_sleep=True,
    reminders=(REMINDING,),
    sleep_starts=SLEEP_STARTS,
)
FAMILY = (TWO_PLAYLISTS, OTHER_PLAYLISTS, OTHER_STAY, VIGIL, SHARED, NEVER, EXPIRING, ASKING)


def new_bed(*builtin: BedPlaylist, night: bool = False, assigned: Assigned | None = None) -> State:
    """A box that has just started, silent, with all tracks on it; by day at noon, by night at eleven."""
    at = wall(LATE if night else NOON)
    state = State(
        boot="b",
        code="7F3A",
        builtin=builtin,
        held=ALL_TRACKS,
        level_dba=LIMITS.start_day_dba,
        limits=LIMITS,
        assigned=assigned,
        version=VERSION,
        wall=at,
        seen_until=hours.moment(at),
        night=night,
        sound_ready=True,
        touched_at=NOW - 1000.0,
    )
    return replace(state, level_dba=min(state.level_dba, state.cap_dba))
