"""What a tile says, as sentences: rows and the time in, a face out. No database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from messages import Code
from tests.ward.saying import told_fault
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.fleet.commands import OFFLINE
from ward.fleet.models import Command, Device
from ward.tiles.status import PlaylistFacts, Rows, State, Stop, face
from ward.usage.models import Session

NOW = datetime(2026, 11, 17, 14, 16, 20, tzinfo=UTC)  # a Tuesday
PLAYLISTS = {
    "slow-tide": PlaylistFacts("Slow Tide", "comfort", "u"),
    "night-harbour": PlaylistFacts("Night Harbour", "sleep", "descending"),
    "long-water": PlaylistFacts("Long Water", "vigil", "flat"),
}


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def box(**said: Any) -> Device:
    """A box heard 8 s ago, silent unless told otherwise."""
    return Device(**({"number": "0401", "online": True, "contact_at": ago(seconds=8), "faults": {}} | said))


def playing(**said: Any) -> Device:
    """A box that plays Slow Tide; 18 min were left when it spoke 8 s ago."""
    told = {
        "playing": "playing",
        "now_playlist": "slow-tide",
        "now_session": "s1",
        "now_at": ago(seconds=8),
        "place": 3,
    }
    levels = {"tracks": 6, "level_dba": 46.4, "cap_dba": 60.0, "left_s": 1080.0, "length_s": 1440.0}
    return box(**(told | levels | said))


def rows(device: Device | None = None, **more: Any) -> Rows:
    return Rows(**({"bed": Bed(stay="stay1"), "device": device, "playlists": PLAYLISTS} | more))


def assigned(**said: Any) -> Assignment:
    message = {"playlists": [{"title": "Slow Tide"}, {"title": "River Lights"}]}
    return Assignment(**({"version": 2, "stay": "stay1", "message": message, "assigned_at": ago(minutes=1)} | said))


def session(**said: Any) -> Session:
    return Session(
        **({"session": "s0", "playlist_slug": "slow-tide", "started_at": ago(hours=5), "heard_s": 1440.0} | said)
    )


def asked(**said: Any) -> Command:
    return Command(**({"id": "c1", "verb": "stop", "issued_at": ago(seconds=5), "done": None, "reason": ""} | said))


def test_a_playing_box_shows_set_and_minutes_rounded_up_from_the_time_since_it_spoke() -> None:
    shown = face(rows(playing()), NOW)
    assert (shown.state, shown.word, shown.second, shown.foot) == (State.PLAYING, "Playing", "Slow Tide", "18 min left")
    assert face(rows(playing()), NOW + timedelta(seconds=60)).foot == "17 min left"


def test_time_left_never_falls_below_a_minute_while_it_plays() -> None:
    assert face(rows(playing(left_s=3.0)), NOW).foot == "1 min left"


def test_the_arc_stands_where_the_time_stands() -> None:
    sound = face(rows(playing(left_s=720.0)), NOW).sound
    assert sound is not None
    assert sound.progress == 0.5


def test_levels_are_whole_decibels() -> None:
    sound = face(rows(playing()), NOW).sound
    assert sound is not None
    assert (sound.level_dba, sound.cap_dba) == (46, 60)


def test_a_fade_is_its_own_state() -> None:
    shown = face(rows(playing(playing="fading", now_playlist="night-harbour", left_s=400.0, length_s=2700.0)), NOW)
    assert (shown.state, shown.fill, shown.shape, shown.foot) == (State.FADING, "sleep", "moon", "7 min left")


def test_a_vigil_has_no_end_but_since_when() -> None:
    vigil = playing(now_playlist="long-water", left_s=0.0, length_s=0.0)
    shown = face(rows(vigil, last=session(session="s1", started_at=ago(hours=2, minutes=36))), NOW)
    assert (shown.state, shown.foot, shown.brief) == (State.CONTINUOUS, "Playing since\xa011:40", " since\xa011:40")
    assert shown.stop is Stop.YES


def test_any_playlist_without_an_end_is_a_vigil_and_never_runs_out() -> None:
    vigil = playing(left_s=0.0, length_s=0.0)
    shown = face(rows(vigil), NOW)
    assert (shown.state, shown.second, shown.foot, shown.brief) == (State.CONTINUOUS, "Slow Tide", "No end time", "")
    assert shown.sound is not None
    assert (shown.sound.minutes_left, shown.sound.arc, shown.sound.progress) == (None, "wave", 0.5)
    assert face(rows(vigil), NOW + timedelta(seconds=60)) == shown


def test_a_playlist_for_vigil_that_the_box_plays_to_an_end_counts_down() -> None:
    shown = face(rows(playing(now_playlist="long-water")), NOW)
    assert (shown.state, shown.second, shown.foot) == (State.PLAYING, "Long Water", "18 min left")


def test_what_the_ward_does_not_know_plays_as_built_in_music() -> None:
    assert face(rows(playing(now_playlist="")), NOW).second == "Standard music"


def test_a_box_that_left_is_not_heard_since_then_and_never_a_stale_playing() -> None:
    shown = face(rows(playing(online=False, contact_at=ago(minutes=14))), NOW)
    assert shown.state is State.OFFLINE
    assert shown.second == "since 14:02"
    assert shown.stop is Stop.NEVER
    assert shown.foot == "If music plays, press PLAY there to stop"


@pytest.mark.parametrize(("silent_s", "state"), [(89, State.PLAYING), (91, State.OFFLINE)])
def test_ninety_seconds_without_a_word_are_not_heard(silent_s: float, state: State) -> None:
    told = ago(seconds=silent_s)
    assert face(rows(playing(contact_at=told, now_at=told)), NOW).state is state


def test_old_news_of_music_is_no_news_though_the_box_says_other_things() -> None:
    shown = face(rows(playing(now_at=ago(minutes=3))), NOW)
    assert (shown.state, shown.second) == (State.OFFLINE, "since 14:13")


def test_a_box_that_was_silent_long_ago_and_is_heard_now_is_quiet() -> None:
    assert face(rows(box(now_at=ago(hours=3)), last=session()), NOW).state is State.NO_MUSIC


def test_a_box_never_heard_says_so_without_a_time() -> None:
    shown = face(rows(box(online=False, contact_at=None)), NOW)
    assert (shown.second, shown.body) == ("never connected", "Check that it is plugged in.")


def test_a_bed_without_a_box_says_so() -> None:
    assert face(rows(None), NOW).word == "No box"


def test_a_held_button_needs_staff_with_what_to_look_at() -> None:
    fault = {"controls": told_fault(Code.BUTTON_HELD, ago(minutes=18), button="PLAY")}
    shown = face(rows(box(faults=fault)), NOW)
    assert (shown.state, shown.second) == (State.CHECK_BOX, "Box: PLAY held down")
    assert shown.body == "Since 13:58. Is something lying on it?"


def test_a_held_button_while_music_plays_needs_staff_and_keeps_stop() -> None:
    fault = {"controls": told_fault(Code.BUTTON_HELD, ago(minutes=1), button="PLAY")}
    shown = face(rows(playing(faults=fault)), NOW)
    assert (shown.state, shown.stop) == (State.CHECK_BOX, Stop.YES)


def test_a_dark_screen_does_not_hide_that_music_plays() -> None:
    assert face(rows(playing(faults={"screen": {"reason": "no answer on the bus"}})), NOW).state is State.PLAYING


def test_a_clock_a_log_or_a_player_that_restarts_is_no_matter_for_nurses() -> None:
    faults = {"clock": {"reason": "not set"}, "log": {"reason": "set aside"}, "player": {"reason": "no heartbeat"}}
    assert face(rows(box(faults=faults), last=session()), NOW).state is State.NO_MUSIC


def test_a_fault_without_a_time_or_a_remedy_is_still_told() -> None:
    shown = face(rows(box(faults={"sound": {"reason": "the card is gone", "since": "?"}})), NOW)
    assert (shown.second, shown.body) == ("Box: no sound", "The card is gone")


def test_given_music_waits_for_the_box_with_what_is_there_already() -> None:
    shown = face(rows(box(), assignment=assigned(sent_at=ago(minutes=1), held=3, needed=5)), NOW)
    assert (shown.state, shown.second) == (State.SENDING, "River Lights")
    assert shown.body == "Sent 14:15. 3 of 5 tracks loaded."


def test_given_music_that_was_not_sent_says_so() -> None:
    assert face(rows(box(), assignment=assigned()), NOW).body == "Assigned 14:15. Not sent yet."


def test_music_that_plays_outranks_music_on_its_way() -> None:
    assert face(rows(playing(), assignment=assigned()), NOW).state is State.PLAYING


def test_tracks_that_cannot_be_played_where_others_can_call_nobody_to_the_bed() -> None:
    fault = {"music": told_fault(Code.TRACKS_UNPLAYABLE, ago(hours=1))}
    assert face(rows(box(faults=fault)), NOW).state is State.NEVER_USED
    fault = {"music": told_fault(Code.NO_PLAYABLE_TRACKS, ago(hours=1))}
    assert face(rows(box(faults=fault)), NOW).state is State.CHECK_BOX


def test_a_refused_assignment_needs_staff_with_the_reason() -> None:
    shown = face(rows(box(), assignment=assigned(refused="no room on the card")), NOW)
    assert (shown.state, shown.body) == (State.CHECK_BOX, "Since 14:15. no room on the card")


@pytest.mark.parametrize(
    ("started", "foot"),
    [
        (ago(hours=5), "Last used 09:16\n24 min, Slow Tide"),
        (ago(days=1), "Last used Monday\n24 min, Slow Tide"),
        (ago(days=2), "Last used Sunday"),
        (ago(days=10), "Last used 7 November"),
    ],
)
def test_a_quiet_bed_says_when_it_was_last_used(started: datetime, foot: str) -> None:
    shown = face(rows(box(), last=session(started_at=started), assignment=assigned(applied_at=NOW)), NOW)
    assert (shown.state, shown.foot, shown.stop) == (State.NO_MUSIC, foot, Stop.NEVER)


def test_a_bed_that_was_never_used_says_what_it_has() -> None:
    applied = assigned(assigned_at=ago(days=1), applied_at=ago(days=1))
    assert face(rows(box(), assignment=applied), NOW).foot == "Not used yet.\nAssigned Monday"
    assert face(rows(box()), NOW).foot == "Standard music only.\nNothing assigned yet"


@pytest.mark.parametrize("applied_at", [None, ago(days=15)])
def test_a_bed_whose_music_ran_out_unused_says_so_and_waits_for_nothing(applied_at: datetime | None) -> None:
    ran_out = assigned(assigned_at=ago(days=15), applied_at=applied_at, expired_at=ago(days=1))
    shown = face(rows(box(), assignment=ran_out), NOW)
    assert (shown.state, shown.brief) == (State.NEVER_USED, ", standard music only")
    assert shown.foot == "Standard music only.\nPlaylists expired Monday"


def test_a_bed_whose_music_ran_out_says_when_it_was_last_used() -> None:
    ran_out = assigned(assigned_at=ago(days=15), applied_at=ago(days=15), expired_at=ago(days=1))
    assert face(rows(box(), assignment=ran_out, last=session()), NOW).foot == "Last used 09:16\n24 min, Slow Tide"


def test_a_bed_without_a_stay_is_ready_and_says_when_it_was_reset() -> None:
    reset = assigned(stay=None, message={"playlists": []}, applied_at=ago(hours=4, minutes=4))
    shown = face(rows(box(), bed=Bed(stay=None), assignment=reset), NOW)
    assert (shown.state, shown.foot) == (State.UNASSIGNED, "Cleared 10:12.\nNo patient assigned")


def test_a_stop_waits_for_the_box_and_looks_again_when_its_time_is_over() -> None:
    shown = face(rows(playing(), stop=asked()), NOW)
    assert (shown.state, shown.word, shown.stop) == (State.STOPPING, "Playing", Stop.WAITS)
    assert shown.recheck_s == 26


def test_a_stop_that_nobody_answered_is_not_stopped() -> None:
    shown = face(rows(playing(), stop=asked(issued_at=ago(seconds=31))), NOW)
    assert (shown.state, shown.second) == (State.STILL_PLAYING, "Slow Tide")
    assert shown.body == "No reply from the box. Press PLAY at the bed to stop."
    assert shown.stop is Stop.YES


def test_a_stop_that_the_box_refused_is_not_stopped_with_its_reason() -> None:
    shown = face(rows(playing(), stop=asked(answered_at=ago(seconds=4), done=False, reason="not now.")), NOW)
    assert shown.body == "The box refused: not now. Press PLAY at the bed to stop."


def test_a_stop_that_the_box_refused_with_a_code_is_told_in_the_ward_s_words() -> None:
    coded = {"code": Code.VERB_UNKNOWN, "args": {"verb": "stop"}}
    refused = asked(answered_at=ago(seconds=4), done=False, reason="update it", coded=coded)
    shown = face(rows(playing(), stop=refused), NOW)
    assert shown.body == "The box refused: this box does not know stop. Update the box. Press PLAY at the bed to stop."


@pytest.mark.parametrize(
    ("code", "why"),
    [(Code.VERB_UNKNOWN, "this box does not know stop. Update the box."), ("of_a_newer_box", "no reason given.")],
)
def test_a_stop_that_the_box_refused_with_a_code_alone_is_told_as_refused(code: str, why: str) -> None:
    coded = {"code": code, "args": {"verb": "stop"}}
    shown = face(rows(playing(), stop=asked(answered_at=ago(seconds=4), done=False, reason="", coded=coded)), NOW)
    assert shown.body == f"The box refused: {why} Press PLAY at the bed to stop."


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (Code.NO_SOUND, ("Box: no sound", "Since 13:58. Check the speaker plug.")),
        ("of_a_newer_box", ("Box: no sound", "Since 13:58. No reason given")),
    ],
)
def test_a_fault_with_a_code_alone_is_still_told(code: str, told: tuple[str, str]) -> None:
    fault = {"code": code, "args": {}, "since": ago(minutes=18).isoformat()}
    shown = face(rows(box(faults={"sound": fault})), NOW)
    assert (shown.state, shown.second, shown.body) == (State.CHECK_BOX, *told)


def test_a_fault_with_a_code_of_a_newer_box_is_told_in_the_box_s_line() -> None:
    fault = {"reason": "the sun is down: wait", "code": "sun_down", "args": {}, "since": ago(minutes=18).isoformat()}
    shown = face(rows(box(faults={"sound": fault})), NOW)
    assert (shown.second, shown.body) == ("Box: no sound", "Since 13:58. The sun is down: wait")


def test_a_stop_that_went_to_a_box_that_was_not_heard_is_to_be_pressed_again_when_it_is() -> None:
    """It said that the box is not heard while it was heard and played."""
    shown = face(rows(playing(), stop=asked(answered_at=ago(seconds=4), done=False, reason=OFFLINE)), NOW)
    assert shown.body == "The box was offline then. Press Stop again."
    assert shown.stop is Stop.YES


def test_a_stop_that_was_done_is_newer_than_the_last_word_of_music() -> None:
    stopped = asked(answered_at=ago(seconds=4), done=True)
    assert face(rows(playing(), stop=stopped, last=session()), NOW).state is State.NO_MUSIC


def test_music_after_a_stop_is_music() -> None:
    stopped = asked(issued_at=ago(minutes=30), answered_at=ago(minutes=30), done=True)
    assert face(rows(playing(), stop=stopped), NOW).state is State.PLAYING


def test_an_old_unanswered_stop_says_nothing_of_a_later_session() -> None:
    unanswered = asked(issued_at=ago(hours=1))
    assert face(rows(playing(), stop=unanswered), NOW).state is State.PLAYING


def test_a_stop_says_nothing_of_a_silent_box() -> None:
    assert face(rows(box(), stop=asked(), last=session()), NOW).state is State.NO_MUSIC


def test_what_is_said_aloud_holds_no_count() -> None:
    assert face(rows(playing()), NOW).spoken == "Playing, Slow Tide"


def test_times_are_told_in_the_zone_of_the_reader() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    shown = face(rows(box(online=False, contact_at=ago(minutes=14))), berlin)
    assert shown.second == "since 15:02"


def test_the_same_rows_at_the_same_time_have_the_same_face() -> None:
    one = rows(playing())
    assert face(one, NOW) == face(replace(one), NOW)
