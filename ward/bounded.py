"""Refuses a request whose body no form of ours has, before any of it is kept. An ASGI application round another."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

MOST_BYTES = 1 << 20  # the longest form, with what was kept of another one in it, has a tenth of that
TOO_LARGE = b"This is more than any form of the ward holds. Go back, shorten it and send it again.\n"


class Bounded:
    """Counts what comes, for a length that is told may be untrue, and a body in chunks tells none."""

    def __init__(self, application: Application, most_bytes: int = MOST_BYTES) -> None:
        self._application = application
        self._most_bytes = most_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request; 413 for one that is too large."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._most_bytes:
                raise _TooLargeError
            return message

        if _told_bytes(scope) > self._most_bytes:
            await _refuse(send)
            return
        try:
            await self._application(scope, counted, send)
        except _TooLargeError:
            await _refuse(send)


class _TooLargeError(Exception):
    pass


def _told_bytes(scope: Message) -> int:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() and len(told) < 20 else 0


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LARGE})
