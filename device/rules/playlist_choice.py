"""The rules of the CHOOSE knob: a detent shows a playlist's name, a rest or a push selects it. Pure."""

from dataclasses import replace

from device.rules import playback
from device.rules.effects import Step
from device.rules.events import BedPlaylist
from device.rules.state import Choosing, State

REST_S = 3.0


def on_choose_turned(state: State, detents: int, now: float) -> Step:
    """Show the next names; the list goes round in both directions."""
    count = len(state.playlists)
    if count == 0:
        return playback.start(state, None, now)  # says why
    place = (_place(state, now) + detents) % count
    return replace(state, choosing=Choosing(place, now + REST_S), overlay=None), ()


def on_choose_pushed(state: State, now: float) -> Step:
    """Play the playlist shown; if none is shown, what PLAY would play, or show the names first while music plays."""
    playlists, choosing = state.playlists, state.choosing
    if choosing is None and state.playing:
        return on_choose_turned(state, 0, now)
    if choosing is None or choosing.place >= len(playlists):
        music, place, start_s = playback.to_play(state, now)
        return playback.start(state, music, now, place=place, start_s=start_s)
    return _take(state, playlists[choosing.place], now, starts=True)


def on_choose_rested(state: State, now: float) -> Step:
    """After a rest, PLAY will play the name shown; music that is playing changes to it. A rest starts no music."""
    choosing, playlists = state.choosing, state.playlists
    if choosing is None or choosing.place >= len(playlists):
        return replace(state, choosing=None), ()
    return _take(state, playlists[choosing.place], now, starts=False)


def _take(state: State, music: BedPlaylist, now: float, *, starts: bool) -> Step:
    """Select this playlist; at night only until day. If it was stopped before, it continues from there."""
    resume = state.resume if state.resume and state.resume.slug == music.slug else None
    state = replace(state, chosen=music.slug, chosen_tonight=state.night, resume=resume, choosing=None)
    if state.playing is None:
        if not starts:
            return state, ()
        found, place, start_s = playback.to_play(state, now)
        return playback.start(state, found, now, place=place, start_s=start_s)
    return (state, ()) if state.playing.music.slug == music.slug else playback.change_to(state, music, now)


def _place(state: State, now: float) -> int:
    """Where the knob stands: at the name shown, else at what plays, else at what PLAY will play."""
    if state.choosing:
        return state.choosing.place % max(1, len(state.playlists))
    current = state.playing.music if state.playing else playback.to_play(state, now)[0]
    slugs = [music.slug for music in state.playlists]
    return slugs.index(current.slug) if current and current.slug in slugs else 0
