"""What an assignment was before and is after, as the audit keeps it. Pure; knows no row."""

from typing import Any

import msgspec

from messages import Rules

Side = dict[str, Any]
NOTHING: Side = {"version": 0, "playlists": [], "rules": {}}  # a bed that was never assigned anything


def sides(before: Side | None, after: Side) -> tuple[Side, Side]:
    """Of two messages as they are stored: version, sets by slug, and the rules that differ. None: none yet."""
    was = before or NOTHING
    old, new = _rules(was), _rules(after)
    differ = [name for name in sorted(new) if old.get(name) != new[name]]
    return _side(was, old, differ), _side(after, new, differ)


def _rules(message: Side) -> Side:
    """With the default of each rule that is younger than the message, in JSON's own types."""
    rules: Side = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(Rules()) | message["rules"]))
    return rules


def _side(message: Side, rules: Side, names: list[str]) -> Side:
    said = {"version": message["version"], "playlists": [entry["slug"] for entry in message["playlists"]]}
    return said | ({"rules": {name: rules[name] for name in names}} if names else {})
