"""JSON kept as text, exactly as it came. Knows no table.

Django's own JSONField would lose entries: PostgreSQL's jsonb refuses the letter NUL, and SQLite's CHECK refuses deep
nesting, which INSERT OR IGNORE swallows in silence.
"""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class JsonText(_Text):
    """Any JSON value in a text column. Not for querying inside."""

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:
        return None if value is None else json.loads(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))  # ASCII only: NUL stays an escape

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
