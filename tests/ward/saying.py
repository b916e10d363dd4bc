"""What a box says in tests, in the contract's own words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import messages
from messages import Cause, Code, Data, Entry, Expired, Hello, Log, SessionEnded, SessionStarted, because, kind_of

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
LOG = "log-1"
HASH = "a" * 64


def entry(data: Data, *, at: datetime = NOW, clock_ok: bool = True, stay: str | None = None) -> Entry:
    """An entry as the box writes it."""
    return Entry(at=at, clock_ok=clock_ok, boot="boot-1", stay=stay, kind=kind_of(data), data=_plain(data))


def log(first: int, *entries: Entry, log_id: str = LOG) -> Log:
    """A batch."""
    return Log(log_id=log_id, first_seq=first, entries=entries)


def hello(*, oldest: int = 1, next_seq: int = 1, version: int = 0, stay: str | None = None) -> Hello:
    """A box at its connect."""
    return Hello(
        log_id=LOG,
        oldest=oldest,
        next_seq=next_seq,
        assignment_version=version,
        stay=stay,
        boot="boot-1",
        software="0.1.0",
    )


def started(session: str, cause: Cause = Cause.BUTTON) -> SessionStarted:
    return SessionStarted(session=session, playlist="calm", level_dba=50.0, cause=cause)


def ended(session: str, heard_s: float = 60.0) -> SessionEnded:
    return SessionEnded(
        session=session, playlist="calm", heard_s=heard_s, level_dba=48.0, skips=1, cause=Cause.COMPLETED
    )


def expired(version: int, stay: str | None, at: datetime = NOW) -> Entry:
    """An assignment ran out on the box."""
    return entry(Expired(version=version), at=at, stay=stay)


def story(length: int) -> list[Entry]:
    """Entries of sessions, one begun and ended after the other, a minute apart."""
    told: list[Entry] = []
    for place in range(length):
        session = f"s{place // 2}"
        data = ended(session) if place % 2 else started(session)
        told.append(entry(data, at=NOW - timedelta(hours=1) + timedelta(minutes=place % 50)))
    return told


def _plain(data: Data) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(data)
    return plain


def payload(message: messages.Message) -> bytes:
    """As it travels."""
    return messages.encode(message)


def told_fault(code: Code, since: datetime, **args: object) -> dict[str, Any]:
    """A fault as Device.faults keeps it."""
    reason = because(code, **args)
    return {"reason": reason.line, "code": reason.code, "args": dict(reason.args), "since": since.isoformat()}
