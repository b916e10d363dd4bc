"""Open pages as a server sees them: raw connections that hold a live stream and note when news came."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

WITHIN_S = 60.0


class Streams:
    """One stream for each session. `ended`: how many the server closed."""

    def __init__(self, port: int, sessions: Sequence[str]) -> None:
        self.ended = 0
        self._port, self._sessions = port, sessions
        self._came: dict[str, list[float]] = defaultdict(list)  # by the name of what was told, seconds since 1970
        self._open: list[tuple[asyncio.Task[None], asyncio.StreamWriter]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def begin(self) -> tuple[float, int]:
        """Opens all at once; seconds until the last one was answered, and how many were not answered with 200."""
        begun = time.monotonic()
        answers = self._run(self._all())
        return time.monotonic() - begun, sum(answer != 200 for answer in answers)

    def cut(self) -> None:
        """All pages are gone, without a word."""
        self._run(self._cut())

    def came(self, name: str) -> list[float]:
        """When each stream was told this, since it was last asked."""
        return self._came.pop(name, [])

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    async def _all(self) -> list[int]:
        return list(await asyncio.gather(*(self._one(session) for session in self._sessions)))

    async def _one(self, session: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"GET /events?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}\r\n\r\n"
        writer.write(head.encode())
        status = int((await reader.readline()).split()[1])
        self._open.append((asyncio.ensure_future(self._read(reader)), writer))
        return status

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self._came[line[6:].decode().strip()].append(time.time())
        self.ended += 1

    async def _cut(self) -> None:
        for task, writer in self._open:
            task.cancel()
            writer.transport.abort()
        self._open.clear()
