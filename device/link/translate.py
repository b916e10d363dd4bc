"""Turns the ward's messages into the controller's events. Knows no connection; time is a parameter."""

from dataclasses import fields
from datetime import datetime, timedelta

import messages
from device.rules.events import Assigned, BedPlaylist, BedRules, BedTrack, Commanded


def assigned(message: messages.Assignment) -> Assigned:
    """The assignment as the box uses it, with the digest that confirms it to the ward."""
    return Assigned(
        version=message.version,
        digest=messages.assignment_digest(message),
        stay=message.stay,
        playlists=tuple(_bed_playlist(ref) for ref in message.playlists),
        rules=_bed_rules(message.rules),
    )


def commanded(message: messages.Command, now: datetime, *, clock_ok: bool) -> Commanded:
    """The command, and how many seconds ago it expired by the box's clock.

    If the clock is not set, every command is valid: none is retained and none waits for a box that is offline, so it
    was sent during this connection, and a connection that is silent longer than its keep-alive is ended.
    A box that refuses a STOP because its clock is wrong would do more harm.
    """
    runs_out = message.issued_at + timedelta(seconds=message.valid_s)
    late_s = max(0.0, (now - runs_out).total_seconds()) if clock_ok else 0.0
    return Commanded(command_id=message.id, verb=message.verb, late_s=late_s, forced=message.forced)


def _bed_rules(rules: messages.Rules) -> BedRules:
    """By name; four of them are of another type at the bed."""
    question = messages.Question
    same = {field.name: getattr(rules, field.name) for field in fields(BedRules) if field.name != "expires_at_s"}
    return BedRules(
        **same
        | {
            "ask_before": question(rules.ask_before) if rules.ask_before else None,
            "ask_after": question(rules.ask_after) if rules.ask_after else None,
            "never_play": frozenset(rules.never_play),
            "expires_at_s": rules.expires_at.timestamp() if rules.expires_at else None,
        }
    )


def _bed_playlist(ref: messages.PlaylistRef) -> BedPlaylist:
    tracks = tuple(BedTrack(sha256=track.sha256, title=track.title, seconds=track.seconds) for track in ref.tracks)
    return BedPlaylist(slug=ref.slug, title=ref.title, label=ref.label, purpose=ref.purpose, tracks=tracks)
