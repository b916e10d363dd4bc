"""A box's front as its page sees it: plain HTTP on loopback. Knows no box behind it."""

import http.client
import io
import json
from typing import Any

import numpy as np
from PIL import Image

SCALE = 4  # the picture's pixels for one of the screen
WORD_ROWS = 22  # of the large word, which stands above waves and counts
LOOKS_MOST = 5
TIMEOUT_S = 10.0


class PanelError(Exception):
    """The panel does not answer, or refuses."""


class Panel:
    """One box's panel. One thread."""

    def __init__(self, port: int) -> None:
        self._port = port

    def state(self) -> dict[str, Any]:
        """GET /state."""
        found: dict[str, Any] = json.loads(self._ask("GET", "/state"))
        return found

    def screen(self) -> tuple[int, bytes]:
        """How many pixels are lit, and those of the large word without the dark round it.

        A frame is on its way to the screen for some milliseconds: a word counts when it is seen twice.
        """
        seen = self._picture()
        for _ in range(LOOKS_MOST):
            before, seen = seen, self._picture()
            if seen[1] == before[1]:
                break
        return seen

    def _picture(self) -> tuple[int, bytes]:
        picture = np.asarray(Image.open(io.BytesIO(self._ask("GET", "/screen.png"))).convert("L"))
        lit = picture[SCALE // 2 :: SCALE, SCALE // 2 :: SCALE] > 0
        rows = np.flatnonzero(lit.any(axis=1))
        if not len(rows) or rows[0] + WORD_ROWS > len(lit):
            return int(lit.sum()), b""
        word = lit[rows[0] : rows[0] + WORD_ROWS]  # from its own top: the picture wanders by a pixel now and then
        columns = np.flatnonzero(word.any(axis=0))
        word = word[:, columns[0] : columns[-1] + 1]
        return int(lit.sum()), bytes(word.shape) + np.packbits(word).tobytes()

    def do(self, action: str) -> None:
        """POST an action, like "press?button=play"; a quick press takes 80 ms."""
        self._ask("POST", f"/{action}")

    def _ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise PanelError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise PanelError(f"{method} {path}: {answer.status} {body.decode(errors='replace').strip()}")
        return body
