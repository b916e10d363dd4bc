"""The judges, on records that are made here: each disagreement is told once, and what fits is not told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.listening.hands import Hands
from tests.listening.judge_level import LevelJudge, closing_db, dba
from tests.listening.judge_log import LogJudge
from tests.listening.judge_looks import ScreenJudge, TileJudge
from tests.listening.judge_music import MusicJudge
from tests.listening.judge_press import PressJudge
from tests.listening.plants import PLANTS, ROOT
from tests.listening.records import (
    CELLS,
    FULL_SCALE_DBA,
    RATE_HZ,
    WINDOW,
    WINDOW_S,
    Act,
    Click,
    Disagreement,
    Entry,
    Heard,
    Look,
    Part,
    Record,
    Sample,
    Tile,
)
from tests.listening.tracks import Track
from tests.listening.weighting import pink_a_db

LEVEL_DB = pink_a_db()  # a track as loud as the noise of the calibration is played as it is
SOUND = np.full(60 * RATE_HZ, 1000, np.int16)
TRACKS = {sha: Track(sha, sha.upper(), LEVEL_DB, SOUND) for sha in ("a", "b")}
DAY: dict[str, Any] = {
    "ready": True, "power": True, "sound_card": True, "linked": True, "night": False, "scene": "playing",
    "playlist": "Calm", "playlist_slug": "calm", "level_dba": 50.0, "cap_dba": 60.0, "left_s": 900.0, "screen":
    {"plugged": True},
}  # fmt: skip
PLAYS = DAY | {"playing": True, "sounding": True, "track": "A"}
SILENT = DAY | {"playing": False, "sounding": False, "track": None, "scene": "ready", "playlist": None}
END_S = 40.0


def _samples(*spells: tuple[float, dict[str, Any]]) -> list[Sample]:
    """What the box says from each time on, five times a second."""
    times = np.arange(0.0, END_S, 0.2)
    return [Sample(float(at), [told for since, told in spells if since <= at][-1]) for at in times]


def _window(number: int, sha: str | None, gain_db: float = 50 - FULL_SCALE_DBA, **more: Any) -> Heard:
    parts = (Part(sha, 0, gain_db, 100.0),) if sha else ()
    rms = 100.0 if sha else 0.0
    known: dict[str, Any] = {"is_zero": not sha, "rms": rms, "rest": 0.4, "energies": (1e-7,) * CELLS, "parts": parts}
    return Heard(number * WINDOW, number * WINDOW_S, **(known | more))


def _heard(*spells: tuple[float, str | None]) -> list[Heard]:
    """What sounds from each time on."""
    count = round(END_S / WINDOW_S)
    return [_window(n, [sha for since, sha in spells if since <= n * WINDOW_S][-1]) for n in range(count)]


def _kinds(told: Iterator[Disagreement]) -> list[str]:
    return [one.kind for one in told]


def _music(record: Record) -> list[str]:
    return _kinds(MusicJudge(record, TRACKS).judge(END_S - 2))


def test_a_track_that_a_power_cut_ends_at_once_need_not_be_heard() -> None:
    began = Entry(5.0, 5.0, 1, "track_started", {"track": "a", "start_s": 0.0})
    on, off = _samples((0, SILENT), (5, PLAYS)), _samples((0, SILENT), (5, PLAYS), (5.2, {"power": False}))
    for said, told in ((on, ["log: track not heard"]), (off, [])):
        record = Record(_heard((0, None)), said, entries=[began])
        assert _kinds(LogJudge(record, TRACKS).judge(END_S - 2)) == told


def test_silence_while_it_says_that_it_plays_is_told_once() -> None:
    said = _samples((0, SILENT), (5, PLAYS))
    assert _music(Record(_heard((0, None), (5, "a"), (20, None)), said)) == ["silent while it says it plays"]
    assert not _music(Record(_heard((0, None), (5, "a"), (20, None), (21.5, "a")), said))


def test_silence_is_right_where_the_track_is_silent() -> None:
    pause = SOUND.copy()
    pause[20 * RATE_HZ : 26 * RATE_HZ] = 0
    record = Record(_heard((0, "a"), (20, None), (26, "a")), _samples((0, PLAYS)))
    assert not _kinds(MusicJudge(record, {"a": Track("a", "A", -20.0, pause)}).judge(END_S - 2))


def test_a_pulled_card_is_silent_without_a_fault() -> None:
    said = _samples((0, PLAYS), (10, PLAYS | {"sound_card": False}))
    assert not _music(Record(_heard((0, "a"), (10, None)), said))


def test_sound_while_it_says_that_it_is_silent_is_told() -> None:
    said = _samples((0, PLAYS), (10, SILENT))
    assert _music(Record(_heard((0, "a"), (12, None)), said)) == ["sounds while it says it is silent"]
    assert not _music(Record(_heard((0, "a"), (10.25, None)), said))


def test_another_track_is_told_and_either_is_right_in_a_crossfade() -> None:
    said = _samples((0, PLAYS), (10, PLAYS | {"track": "B"}))
    assert _music(Record(_heard((0, "a")), said)) == ["another track sounds"]
    assert not _music(Record(_heard((0, "a"), (13.75, "b")), said))


def test_a_track_that_jumps_by_itself_is_told() -> None:
    heard = _heard((0, "a"))
    moved = [
        one if one.at < 20 else _window(n, "a", parts=(Part("a", 99, -35.0, 100.0),)) for n, one in enumerate(heard)
    ]
    assert _music(Record(moved, _samples((0, PLAYS)))) == ["the track jumps"]
    pressed = Record(moved, _samples((0, PLAYS)), acts=[Act(19.0, "next", "press?button=next")])
    assert not _music(pressed)


def test_a_place_in_a_faint_bass_may_be_a_period_off() -> None:
    heard = [_window(n, "a", rms=3.0, parts=(Part("a", 549 * (n < 80), -60.0, 3.0),)) for n in range(160)]
    assert not _music(Record(heard, _samples((0, PLAYS))))


def test_a_click_is_told_but_not_where_a_plug_is_pulled() -> None:
    heard = _heard((0, "a"))
    heard[80] = _window(80, "a", click=Click(80 * WINDOW, 30.0, 8.0))
    assert _music(Record(heard, _samples((0, PLAYS)))) == ["click"]
    assert not _music(
        Record(heard, _samples((0, PLAYS)), acts=[Act(20.2, "sound card out", "plug?part=sound&in=false")])
    )


def test_sound_like_no_track_is_told() -> None:
    heard = [one if one.at < 20 else _window(n, "a", parts=(), rest=100.0) for n, one in enumerate(_heard((0, "a")))]
    assert _music(Record(heard, _samples((0, PLAYS)))) == ["sounds like no track"]


def _level(gain_dba: float, told: dict[str, Any] = PLAYS, **more: Any) -> list[str]:
    heard = [_window(n, "a", gain_dba - FULL_SCALE_DBA, **more) for n in range(round(END_S / WINDOW_S))]
    return _kinds(LevelJudge(Record(heard, _samples((0, told))), TRACKS).judge(END_S - 2))


@pytest.mark.parametrize(("night", "kinds"), [(True, []), (False, ["quieter than it says"])])
def test_a_rise_that_began_by_night_may_keep_its_pace_when_the_day_comes(night: bool, kinds: list[str]) -> None:
    said = _samples((0, SILENT | {"night": night}), (5, PLAYS | {"night": night}), (9, PLAYS))
    rises = [(n, min(50.0, 30.0 + (n * WINDOW_S - 5.0))) for n in range(round(END_S / WINDOW_S))]
    heard = [_window(n, "a" if n * WINDOW_S >= 5 else None, dba - FULL_SCALE_DBA) for n, dba in rises]
    assert _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2)) == kinds


@pytest.mark.parametrize(
    ("gain_dba", "kinds"), [(50.0, []), (56.0, ["louder than it says"]), (44.0, ["quieter than it says"])]
)
def test_a_gain_that_is_not_the_level_is_told(gain_dba: float, kinds: list[str]) -> None:
    assert _level(gain_dba) == kinds


@pytest.mark.parametrize(("pace", "kinds"), [(1.0, []), (4.0, ["rises too fast"])])
def test_a_rise_that_another_track_hurries_is_told(pace: float, kinds: list[str]) -> None:
    night = {"night": True}
    said = _samples((0, SILENT | night | {"level_dba": 60.0}), (5, PLAYS | night), (8, PLAYS | night | {"track": "B"}))
    times = [n * WINDOW_S for n in range(round(END_S / WINDOW_S))]
    rises = [30.0 + min(at, 8.0) - 5.0 + pace * max(0.0, at - 8.0) for at in times]
    heard = [
        _window(n, None if at < 5 else "a" if at < 8 else "b", min(50.0, dba) - FULL_SCALE_DBA)
        for n, (at, dba) in enumerate(zip(times, rises, strict=True))
    ]
    assert _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2)) == kinds


@pytest.mark.parametrize(("pace", "kinds"), [(3.0, []), (6.0, ["rises too fast"])])
def test_a_level_that_rises_faster_than_it_may_is_told(pace: float, kinds: list[str]) -> None:
    said = _samples((0, SILENT | {"level_dba": 40.0}), (1, PLAYS | {"level_dba": 40.0}), (20, PLAYS))
    times = [n * WINDOW_S for n in range(round(END_S / WINDOW_S))]
    rises = [min(40.0, 20.0 + 4.0 * (at - 1)) + min(10.0, pace * max(0.0, at - 20)) for at in times]
    heard = [_window(n, "a" if n >= 4 else None, dba - FULL_SCALE_DBA) for n, dba in enumerate(rises)]
    assert _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2)) == kinds


@pytest.mark.parametrize(("falls_db", "kinds"), [(6.0, []), (12.0, ["quieter than it says"])])
def test_a_level_that_falls_within_a_rise_takes_it_down_by_as_much(falls_db: float, kinds: list[str]) -> None:
    night = {"night": True}
    said = _samples((0, SILENT | night), (5, PLAYS | night), (10, PLAYS | night | {"level_dba": 44.0}))
    times = [n * WINDOW_S for n in range(round(END_S / WINDOW_S))]
    rises = [min(44.0 if at >= 10 else 50.0, 25.0 + at - (falls_db if at >= 10 else 0.0)) for at in times]
    heard = [_window(n, None if n < 20 else "a", rises[n] - FULL_SCALE_DBA) for n in range(len(times))]
    assert _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2)) == kinds


def test_a_start_that_follows_a_stop_at_once_rises_too() -> None:
    night = {"night": True}
    said = _samples((0, PLAYS | night), (20.0, SILENT | night), (20.6, PLAYS | night))
    times = [n * WINDOW_S for n in range(round(END_S / WINDOW_S))]
    rises = [50.0 if at < 20.5 else min(50.0, 30.0 + at - 20.5) for at in times]
    heard = [_window(n, "a", rises[n] - FULL_SCALE_DBA) for n in range(len(times))]
    assert not _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2))


@pytest.mark.parametrize(("started", "kinds"), [(True, []), (False, ["quieter than it says"])])
def test_a_start_after_a_stop_that_nobody_saw_is_known_by_its_softness(started: bool, kinds: list[str]) -> None:
    night = {"night": True}
    rises = [50.0 if n < 82 else min(50.0, 30.0 + (n - 82) * WINDOW_S) for n in range(round(END_S / WINDOW_S))]
    heard = [_window(n, "a", dba_ - FULL_SCALE_DBA, rms=100 * 10 ** ((dba_ - 50) / 20)) for n, dba_ in enumerate(rises)]
    entries = [Entry(20.5, 20.5, 1, "session_started", {"playlist": "calm"})] if started else []
    record = Record(heard, _samples((0, PLAYS | night)), entries=entries)
    assert _kinds(LevelJudge(record, TRACKS).judge(END_S - 2)) == kinds


def test_a_start_in_which_nobody_could_ask_the_box_is_judged_by_what_it_said_before_and_after() -> None:
    said = [one for one in _samples((0, SILENT), (5, PLAYS)) if not 5.3 < one.at < 8.0]
    times = [n * WINDOW_S for n in range(round(END_S / WINDOW_S))]
    heard = [
        _window(n, "a" if at >= 5 else None, min(50.0, 30.0 + 4.0 * (at - 5)) - FULL_SCALE_DBA)
        for n, at in enumerate(times)
    ]
    assert not _kinds(LevelJudge(Record(heard, said), TRACKS).judge(END_S - 2))


def test_music_that_the_cap_holds_back_is_not_too_quiet() -> None:
    at_the_cap = 10 ** ((60 - FULL_SCALE_DBA - 26.6) / 10)  # 26.6: what the calibration's noise lies under full scale
    assert not _level(55.0, PLAYS | {"level_dba": 60.0}, energies=(at_the_cap,) * CELLS)


def test_sound_over_the_cap_is_told() -> None:
    over = 10 ** ((61.5 - FULL_SCALE_DBA - 26.6) / 10)
    assert _level(50.0, energies=(over,) * CELLS) == ["over the cap"]


def test_the_closing_fade_is_sixty_db_long() -> None:
    assert closing_db({"left_s": 900.0, "playlist_slug": "calm"}) == 0
    assert closing_db({"left_s": 31.0, "playlist_slug": "calm"}) == pytest.approx(31)
    assert closing_db({"left_s": 301.0, "playlist_slug": "sleep"}) == pytest.approx(31)


def _log(heard: list[Heard], *entries: tuple[float, str, dict[str, Any]]) -> list[str]:
    told = [Entry(at, at + 0.5, number, kind, data) for number, (at, kind, data) in enumerate(entries)]
    return _kinds(LogJudge(Record(heard, _samples((0, PLAYS)), entries=told), TRACKS).judge(END_S - 2))


BEGAN = (5.0, "session_started", {"playlist": "calm"})
TRACK = (5.0, "track_started", {"track": "a", "start_s": 5.0})
ENDED = (20.0, "session_ended", {"heard_s": 15.0})


def test_a_log_that_fits_is_not_told() -> None:
    assert not _log(_heard((0, None), (5, "a"), (20.25, None)), BEGAN, TRACK, ENDED)


def test_what_is_in_the_log_was_heard() -> None:
    assert _log(_heard((0, None)), BEGAN, TRACK, ENDED) == [
        "log: session not heard", "log: track not heard", "log: seconds heard",
    ]  # fmt: skip
    assert _log(_heard((0, None), (5, "b"), (20.25, None)), BEGAN, TRACK, ENDED)[0] == "log: track not heard"
    elsewhere = (5.0, "track_started", {"track": "a", "start_s": 0.0})
    assert _log(_heard((0, None), (5, "a"), (20.25, None)), BEGAN, elsewhere, ENDED) == ["log: track elsewhere"]
    longer = (20.0, "session_ended", {"heard_s": 18.0})
    assert _log(_heard((0, None), (5, "a"), (20.25, None)), BEGAN, TRACK, longer) == ["log: seconds heard"]


def test_what_was_heard_is_in_the_log() -> None:
    assert _log(_heard((0, None), (5, "a"), (20.25, None))) == ["sound that is not in the log"]
    heard = _heard((0, None), (5, "a"), (10, "b"), (20.25, None))
    assert _log(heard, BEGAN, TRACK, ENDED) == ["track that is not in the log"]


def _screen(lit: int, told: dict[str, Any], *words: bytes) -> list[str]:
    said = _samples((0, told))
    looks = [Look(10.0 + n, said[50 + 5 * n], said[50 + 5 * n], lit, word) for n, word in enumerate(words)]
    return _kinds(ScreenJudge(Record([], said, looks)).judge(END_S))


def test_a_screen_that_does_not_show_what_plays_is_told() -> None:
    assert not _screen(500, PLAYS, b"calm", b"calm")
    assert _screen(0, PLAYS, b"") == ["screen"]
    assert _screen(500, PLAYS | {"scene": "dark"}, b"calm") == ["screen"]
    assert _screen(500, PLAYS, b"calm", b"garden") == ["screen"]


def test_a_screen_with_a_loose_plug_may_take_half_a_minute() -> None:
    plugs = ((1.0, "screen out"), (3.0, "screen back"), (20.0, "screen out"), (22.0, "screen back"))
    unplugged = PLAYS | {"screen": {"plugged": False}}
    said = _samples((0, PLAYS), (20, unplugged), (22, PLAYS))
    looks = [Look(34.0, said[169], said[171], 0, b"")]
    acts = [Act(at, kind, "") for at, kind in plugs]
    assert not list(ScreenJudge(Record([], said, looks, acts=acts)).judge(END_S))
    assert list(ScreenJudge(Record([], said, looks, acts=acts[2:])).judge(END_S))


def _tile(words: str, sha: str | None, told: dict[str, Any]) -> list[str]:
    return _kinds(
        TileJudge(Record(_heard((0, sha)), _samples((0, told)), tiles=[Tile(20.0, 20.1, words)])).judge(END_S)
    )


def test_a_tile_that_does_not_say_what_sounds_is_told() -> None:
    assert not _tile("1 Playing Calm 12 min left", "a", PLAYS)
    assert not _tile("1 No music", None, SILENT)
    assert _tile("1 No music", "a", PLAYS) == ["tile"]
    assert _tile("1 Playing Calm", None, SILENT) == ["tile"]
    assert _tile("1 Playing Garden", "a", PLAYS) == ["tile"]
    assert not _tile("1 No music", "a", PLAYS | {"linked": False})


def test_a_tile_that_tells_a_stop_while_the_last_of_the_sound_leaves_the_device_is_right() -> None:
    stopped = _heard((0, "a"), (20.3, None))
    told = _samples((0, PLAYS), (20.1, SILENT))
    tiles = [Tile(20.05, 20.1, "1 No music")]
    assert not list(TileJudge(Record(stopped, told, tiles=tiles)).judge(END_S))


def test_a_tile_between_a_stop_and_a_start_that_no_ear_tells_apart_is_not_judged() -> None:
    told = _samples((0, PLAYS), (20.0, SILENT), (20.3, PLAYS))
    tiles = [Tile(20.05, 20.1, "1 No music")]
    assert not list(TileJudge(Record(_heard((0, "a")), told, tiles=tiles)).judge(END_S))
    assert not _tile("1 Still playing? Calm", "a", PLAYS)


def test_the_same_seed_does_the_same() -> None:
    one, same, other = (Hands(seed, has_ward=True).actions() for seed in ("1", "1", "2"))
    actions = [next(one) for _ in range(200)]
    assert actions == [next(same) for _ in range(200)]
    assert actions != [next(other) for _ in range(200)]
    assert [action.at for action in actions] == sorted(action.at for action in actions)


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: planted.name)
def test_the_line_of_each_plant_is_there_once(planted: Any) -> None:
    assert Path(ROOT / planted.file).read_text().count(planted.right) == 1


def _presses(
    *spells: tuple[float, dict[str, Any]], acts: tuple[tuple[float, str], ...] = ((10.0, "play"),)
) -> list[str]:
    done = [Act(at, kind, "press?button=play" if kind == "play" else kind) for at, kind in acts]
    return _kinds(PressJudge(Record([], _samples(*spells), acts=done)).judge(END_S - 2))


def test_a_press_of_play_that_changes_nothing_is_told() -> None:
    assert not _presses((0, SILENT), (10.3, PLAYS))
    assert not _presses((0, PLAYS), (10.3, SILENT))
    assert _presses((0, SILENT)) == ["play did nothing"]
    assert _presses((0, PLAYS)) == ["play did nothing"]
    assert _presses((0, SILENT | {"scene": "no_music"})) == ["play did nothing"]


def test_a_press_of_play_that_may_do_nothing_is_not_judged() -> None:
    assert not _presses((0, SILENT | {"sound_card": False}))
    assert not _presses((0, SILENT), acts=((4.0, "nurse call"), (10.0, "play"), (15.0, "nurse call over")))
    assert not _presses((0, SILENT), acts=((4.0, "cleaning"), (10.0, "play")))
    assert not _presses((0, SILENT), acts=((8.0, "next"), (10.0, "play")))
    assert _presses((0, SILENT), acts=((1.0, "nurse call"), (4.0, "nurse call over"), (10.0, "play")))


@pytest.mark.parametrize(
    ("mean", "kinds"), [(1e-7, []), (1.4e-7, []), (0.5e-7, ["log: level"]), (4e-7, ["log: level"])]
)
def test_the_last_three_seconds_of_a_session_may_be_in_its_mean_or_not(mean: float, kinds: list[str]) -> None:
    louder = {"energies": (8e-7,) * CELLS}
    heard = [
        _window(n, "a" if 5 <= n * WINDOW_S < 36.25 else None, **(louder if 33.25 < n * WINDOW_S < 36.25 else {}))
        for n in range(round(END_S / WINDOW_S))
    ]
    ended = {"heard_s": 31.0, "mean_dba": dba(mean), "max_dba": dba(1e-7)}
    told = [
        Entry(at, at, n, kind, data)
        for n, (at, kind, data) in enumerate((BEGAN, TRACK, (36.0, "session_ended", ended)))
    ]
    assert _kinds(LogJudge(Record(heard, [], entries=told), TRACKS).judge(END_S + 10)) == kinds


def test_what_sounds_on_into_the_next_session_is_no_level_of_the_last() -> None:
    louder = {"energies": (4e-7,) * CELLS}
    heard = [
        _window(n, "a" if n * WINDOW_S >= 5 else None, **(louder if n * WINDOW_S > 36 else {}))
        for n in range(round(END_S / WINDOW_S))
    ]
    ended = {"heard_s": 31.0, "mean_dba": dba(1e-7), "max_dba": dba(1e-7)}
    following = (
        (36.0, "session_started", {"playlist": "calm"}),
        (36.0, "track_started", {"track": "a", "start_s": 36.0}),
    )
    entries = (BEGAN, TRACK, (36.0, "session_ended", ended), *following)
    told = [Entry(at, at, n, kind, data) for n, (at, kind, data) in enumerate(entries)]
    assert not list(LogJudge(Record(heard, [], entries=told), TRACKS).judge(END_S + 10))
