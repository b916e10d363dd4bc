"""The rules of track after track: a Play, and behind it the Cue of what follows. Pure, a part of the controller."""

from dataclasses import replace

from device.rules import volume
from device.rules.effects import Cue, Play, Step
from device.rules.session import CROSSFADE_S, Cued, Session
from device.rules.state import State

RAMP_S = 0.15  # a stop: reaction and ramp together stay under 300 ms
FROM_SILENCE_S = 0.06  # nothing leaves, or the ramp of a stop: then this keeps it from a click


def play(
    state: State,
    session: Session,
    now: float,
    *,
    start_s: float = 0.0,
    rises: bool = False,
    heard_dba: float | None = None,
) -> Step:
    """The track at the session's place, and the cue of the next. What sounds leaves for it; from silence it rises.

    `rises`: even though something sounds, because that is quieter than the level. `heard_dba`: it broke off in a moment
    of silence, and comes back as it was heard.
    """
    rise_s, back_dba = volume.coming_back(state, session, heard_dba)
    session = replace(
        session.with_track(session.place, state.plays + 1), track_zero_at=now - start_s, start_s=start_s, cued=None
    )
    effect = Play(
        session.play_id,
        session.track.sha256,
        start_s,
        state.level_dba,
        rise_s=rise_s if rises or not session.sounding else 0.0,
        crossfade_s=CROSSFADE_S if session.sounding else FROM_SILENCE_S,
        in_fade=session.fading,  # a track within the closing fade is as quiet as what it follows, and ends on time
        back_dba=back_dba,
    )
    state, cued = cue(replace(state, plays=state.plays + 1), session, session.place)
    return state, (effect, *cued)


def cue(state: State, session: Session, place: int) -> Step:
    """Names to the speaker what follows the track at `place`; nothing where no track of the playlist can be played."""
    following = session.following(place)
    if following is None:
        return replace(state, playing=replace(session, cued=None)), ()
    cued = Cued(state.plays + 1, following)
    state = replace(state, plays=cued.play_id, playing=replace(session, cued=cued))
    return state, (Cue(cued.play_id, session.music.tracks[following].sha256, session.crossfade_s),)
