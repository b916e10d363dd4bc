"""JSON kept as text, exactly as it came. Knows no table.

Django's own JSONField would lose entries: PostgreSQL's jsonb refuses the letter NUL, and SQLite's CHECK refuses deep
nesting, which INSERT OR IGNORE swallows in silence.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField

DEEPEST = 100  # what any reader can follow, however deep its own stack


class JsonText(_Text):
    """Any JSON value in a text column. Not for querying inside."""

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:
        return None if value is None else msgspec.json.decode(value)

    def to_python(self, value: Any) -> Any:
        return msgspec.json.decode(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()  # a NUL stays an escape

    def value_to_string(self, obj: models.Model) -> str:
        return msgspec.json.encode(self.value_from_object(obj)).decode()


def shallow(value: Any) -> Any:
    """The value itself, or its JSON as one string where it nests too deep to be read back everywhere."""
    encoded = _encoded(value)
    if encoded.count(b"[") + encoded.count(b"{") <= DEEPEST or _depth(value) <= DEEPEST:
        return msgspec.Raw(encoded)  # encoded once
    return encoded.decode()


def _encoded(value: Any) -> bytes:
    """What could be read nearer to the stack's beginning must be written here, too: a new thread's stack is empty."""
    try:
        return msgspec.json.encode(value)
    except RecursionError:
        with ThreadPoolExecutor(1) as fresh:
            return fresh.submit(msgspec.json.encode, value).result()


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        depth += 1
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
    return depth


def _inside(outer: dict[str, Any] | list[Any]) -> list[Any]:
    return list(outer.values()) if isinstance(outer, dict) else outer
