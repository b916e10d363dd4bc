"""The box's state in plain words and numbers, for the simulator's page and for scripts. Changes nothing."""

import time

from device.config.settings import Settings
from device.display.screens.languages import page_words
from device.display.screens.spoken import spoken
from device.log.log import Log
from device.loop import Loop
from device.rules.events import BedPlaylist
from device.rules.playback import to_play
from device.rules.state import State
from device.rules.view import Scene, View
from device.rules.view_of import view


def panel_state(settings: Settings, loop: Loop | None, log: Log | None) -> dict[str, object]:
    """What `GET /state` answers, not ready while there is no loop. Levels in dB(A) at the pillow. Any thread."""
    told: dict[str, object] = {
        "id": settings.box.id,
        "name": settings.box.name or "Nightingale",
        "ready": loop is not None,
        "language": settings.box.language,
        "words": page_words(settings.box.language),
    }
    if loop is None or log is None:
        return told
    state, now = loop.state, time.monotonic()
    session, (chosen, _, _) = state.playing, to_play(state, now)
    loudness = session.loudness if session else None
    unsent, _ = log.unsent()
    shown = view(state, now)
    return told | {
        "playing": session is not None,
        "sounding": session is not None and session.sounding,
        "playlist": session.music.title if session else None,
        "playlist_slug": session.music.slug if session else None,
        "track": session.track.title if session else None,
        "left_s": round(max(0.0, session.ends_at - now), 1) if session and not session.endless else 0.0,
        "play_would_play": chosen.slug if chosen else None,
        "playlists": [music.slug for music in state.playlists],
        **_pointed_at(state, shown, session.music if session else chosen),
        "level_dba": state.level_dba,
        "cap_dba": state.cap_dba,
        "mean_dba": round(loudness.mean_dba, 1) if loudness else None,
        "max_dba": round(loudness.max_dba, 1) if loudness else None,
        "sound_ready": state.sound_ready,
        "night": state.night,
        "scene": shown.scene,
        "shown": spoken(shown),
        "language": state.speaks,
        "words": page_words(state.speaks),
        "cleaning_s": shown.seconds,
        "assignment_version": state.version,
        "faults": [str(part) for part, _ in state.faults],
        "linked": state.link_up if settings.link.brokers else None,  # None: this box works without a network
        "unsent": unsent,
        "slowest_turn_ms": round(loop.slowest_turn_s * 1000, 2),
    }


def _pointed_at(state: State, shown: View, music: BedPlaylist | None) -> dict[str, object]:
    """Where CHOOSE stands: at the name on the screen, else at what plays or would play."""
    playlists = state.playlists
    if shown.scene is Scene.CHOOSING:
        music = playlists[shown.place]
    place = 1 + playlists.index(music) if music in playlists else 0
    return {"choose_name": music.title if music else None, "choose_place": place}
