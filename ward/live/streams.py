"""Streams that outlive their request: they begin without Django, or when a view has said yes; no thread holds them.

Django keeps a thread for each request until it is answered; a stream is answered for hours.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
Opener = Callable[[Message], Awaitable[AsyncIterator[bytes] | None]]
STREAM = "nightingale.stream"  # where a view leaves it in the request's scope
KIND = "text/event-stream"
UNBUFFERED = {"X-Accel-Buffering": "no"}  # a proxy that buffers would hold the news back
HEADERS = {"Content-Type": KIND, "Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"} | UNBUFFERED


def hand_over(request: HttpRequest, stream: Callable[[], AsyncIterator[bytes]]) -> HttpResponse:
    """The answer of a view whose stream begins when Django is done; its middlewares may still refuse it."""
    answer = HttpResponse(content_type=KIND, headers=UNBUFFERED)
    scope = getattr(request, "scope", None)
    if scope is not None:
        scope[STREAM] = stream
    return answer


class Live:
    """Round Django's application: goes on with a stream that `opener` says, or that a view handed over, until its
    reader goes or it ends."""

    def __init__(self, application: Application, opener: Opener) -> None:
        self._application = application
        self._opener = opener

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        stream = await self._opener(scope)
        if stream is None:
            await self._through_django(scope, receive, send)
            return
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _go_on(stream, receive, send)

    async def _through_django(self, scope: Message, receive: Receive, send: Send) -> None:
        begun = False

        async def passed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and message["status"] == 200 and STREAM in scope:
                begun = True
                message = dict(message)
                message["headers"] = [one for one in message["headers"] if one[0].lower() != b"content-length"]
                await send(message)
            elif not begun:
                await send(message)

        await self._application(scope, receive, passed)
        if begun:
            await _go_on(scope[STREAM](), receive, send)


async def _go_on(stream: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    tasks = [asyncio.create_task(_write(stream, send)), asyncio.create_task(_until_gone(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stream.aclose()  # type: ignore[attr-defined] # a generator


async def _write(stream: AsyncIterator[bytes], send: Send) -> None:
    async for part in stream:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
