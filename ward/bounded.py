"""What comes from outside has bounds before anything is done for it: how large, how slow, how many at once.

ASGI applications, each round another. ward.patient bounds how long a connection may take to ask.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

MOST_BYTES = 1 << 20  # the longest form, with what was kept of another one in it, has a tenth of that
BODY_WITHIN_S = 10.0
MOST_UNTAKEN_BYTES = 64 << 20  # of answers that nobody has taken yet; ward.patient ends who takes nothing
AT_ONCE = 16  # requests in Django, each with a thread and a database connection
TURN_WITHIN_S = 3.0  # a page waits no longer (press.js)
STREAMS = "/events"  # after a restart all pages open theirs at once; a Stop must not stand behind them
STREAMS_AT_ONCE, STREAM_WITHIN_S = 8, 30.0  # while they are opened: an open one is not in Django
TOO_LARGE = "This is more than any form of the ward holds. Go back, shorten it and send it again."
TOO_SLOW = "This came too slowly. Look at the network, go back and send it again."
TOO_MANY = "Too many ask at once. Nothing was done. Wait a moment and try again."


class Bounded:
    """Takes a body in before Django sees it: 413 for one that is too large, 408 for one that is too slow.

    It counts what comes, for a length that is told may be untrue, and a body in chunks tells none.
    """

    def __init__(self, application: Application, most_bytes: int = MOST_BYTES, within_s: float = BODY_WITHIN_S) -> None:
        self._application = application
        self._most_bytes = most_bytes
        self._within_s = within_s

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if _told_bytes(scope) > self._most_bytes:
            await refuse(send, 413, TOO_LARGE)
            return
        try:
            came = await asyncio.wait_for(self._body(receive), self._within_s)
        except _TooLargeError:
            await refuse(send, 413, TOO_LARGE)
        except TimeoutError:
            await refuse(send, 408, TOO_SLOW)
        else:
            await self._application(scope, _again(came, receive), send)

    async def _body(self, receive: Receive) -> list[Message]:
        """All messages of the body, or until whoever sends it goes."""
        came: list[Message] = []
        size = 0
        while not came or came[-1].get("more_body", False):
            came.append(await receive())
            size += len(came[-1].get("body", b""))
            if size > self._most_bytes:
                raise _TooLargeError
        return came


class Crowd:
    """Lets so many requests in at once, the others in their order; 503 for one whose turn does not come in time.

    Streams that are opened have places of their own. An answer waits for its reader outside: it holds no place, only
    its bytes, and 503 where those are too many.
    """

    def __init__(self, application: Application, at_once: int = AT_ONCE, within_s: float = TURN_WITHIN_S) -> None:
        self._application = application
        self._others = asyncio.Semaphore(at_once), within_s
        self._streams = asyncio.Semaphore(STREAMS_AT_ONCE), STREAM_WITHIN_S
        self._untaken_bytes = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        places, within_s = self._streams if scope.get("path") == STREAMS else self._others
        try:
            await asyncio.wait_for(places.acquire(), within_s)
        except TimeoutError:
            await refuse(send, 503, TOO_MANY)
            return
        try:
            has_room = self._untaken_bytes < MOST_UNTAKEN_BYTES
            answer = await self._answer(scope, receive) if has_room else None
        finally:
            places.release()
        if answer is None:
            await refuse(send, 503, TOO_MANY)
        else:
            await self._hand_out(answer, send)

    async def _answer(self, scope: Message, receive: Receive) -> list[Message]:
        answer: list[Message] = []

        async def gathered(message: Message) -> None:
            answer.append(message)

        await self._application(scope, receive, gathered)
        return answer

    async def _hand_out(self, answer: list[Message], send: Send) -> None:
        size = sum(len(message.get("body", b"")) for message in answer)
        self._untaken_bytes += size
        try:
            for message in answer:
                await send(message)
        finally:
            self._untaken_bytes -= size


class _TooLargeError(Exception):
    pass


def _told_bytes(scope: Message) -> int:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() and len(told) < 20 else 0


def _again(came: list[Message], receive: Receive) -> Receive:
    """What came already, then what comes."""
    left = iter(came)

    async def told() -> Message:
        for message in left:
            return message
        return await receive()

    return told


async def refuse(send: Send, status: int, line: str) -> None:
    """One line, and the connection ends."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{line}\n".encode()})
