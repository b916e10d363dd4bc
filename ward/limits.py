"""How long a lock, a statement and a forgotten transaction may hold up a process. PostgreSQL alone has such limits."""

from dataclasses import dataclass
from typing import TypeVar

from django.db import Error, connection, connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Limits:
    """In milliseconds: waiting for a row that someone holds, one statement, a transaction in which nothing is done."""

    lock_ms: int
    statement_ms: int
    idle_ms: int

    @property
    def options(self) -> str:
        """As libpq hands them to each new session, which costs no statement."""
        said = {
            "lock_timeout": self.lock_ms,
            "statement_timeout": self.statement_ms,
            "idle_in_transaction_session_timeout": self.idle_ms,
        }
        return " ".join(f"-c {name}={value}" for name, value in said.items())


# A database whose computer lost its power says nothing, not even that it is gone. The kernel asks after 5 s of silence,
# gives up after three questions, and gives up what was sent when nobody took it for longer than a statement may
# last.
SILENCE = {"connect_timeout": 5, "keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
ANSWER_MS = 5_000
PAGES = Limits(lock_ms=2_000, statement_ms=20_000, idle_ms=60_000)  # a page assigns a press up after 3 s
MQTTD = Limits(lock_ms=250, statement_ms=5_000, idle_ms=30_000)  # one box's row must not hold up the others
NOT_NOW = frozenset({"55P03", "57014", "40P01"})  # lock not available, query cancelled, deadlock


def limit(limits: Limits) -> None:
    """For all connections that this process opens from now on. Migrations and backups need their time: not for them."""
    database = connections.settings["default"]
    if database["ENGINE"].endswith("postgresql"):
        options = database.setdefault("OPTIONS", {})
        options["options"] = f"{options.get('options', '')} {limits.options}".strip()
        options["tcp_user_timeout"] = limits.statement_ms + ANSWER_MS
        for name, value in SILENCE.items():  # what DATABASE_URL says counts
            options.setdefault(name, value)


def free(rows: QuerySet[M]) -> QuerySet[M]:
    """Of these the ones that nobody else holds; held by whoever reads them, to the end of the transaction.

    SQLite holds no rows: there it is all of them.
    """
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",))


def is_held_up(error: Error) -> bool:
    """Whether someone else holds what was wanted, and the database is well otherwise."""
    return getattr(error.__cause__, "sqlstate", None) in NOT_NOW
