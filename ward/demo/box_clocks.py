"""Moves the clocks of the demo's simulated boxes, through their pages. Knows no request of ours."""

import contextlib
from collections.abc import Iterable
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

WITHIN_S = 3.0


def move_clocks(addresses: Iterable[str], local: datetime | None) -> None:
    """All of them to this local time; None: to the actual time. A box that does not answer keeps its own: a visitor
    pulled its plug."""
    to = local.strftime("%Y-%m-%dT%H:%M") if local else "real"
    for address in addresses:
        with contextlib.suppress(OSError, HTTPException):
            _post(urlsplit(address).netloc, f"/clock?to={to}")


def _post(host: str, path: str) -> None:
    connection = HTTPConnection(host, timeout=WITHIN_S)
    try:
        connection.request("POST", path)
        connection.getresponse().read()
    finally:
        connection.close()
