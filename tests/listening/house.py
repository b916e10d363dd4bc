"""A real ward and its broker behind the boxes: a nurse assigns and stops, and the board is looked at."""

import json
import time
import urllib.error
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import Broker, Ward, until
from tests.listening.box import Box, entry_of
from tests.listening.panel import PanelError
from tests.listening.records import Entry, Record, Tile
from tests.servers import MOSQUITTO, listens

PLAYLISTS = ("calm", "garden", "sleep")
BOARD_EVERY_S = 3.0


class House:
    """Broker, ward and pages. Whoever starts it ends it."""

    def __init__(self, folder: Path, music: Path, devices: Mapping[str, str]) -> None:
        """`devices`: the number on the label by the box's id; the first stands at bed 1."""
        folder.mkdir(parents=True)
        self._devices = devices
        self.broker = Broker("mosquitto" if Path(MOSQUITTO).exists() else "amqtt", folder)
        self._ward = Ward(folder, music, self.broker.port)

    def start(self) -> None:
        """Start everything, and wait until the pages are there."""
        self.broker.start()
        self._ward.prepare(dict(self._devices))
        self._ward.mqttd.start()
        self._ward.pages.start()
        until("the pages are there", lambda: listens(self._ward.port), within_s=60)

    def end(self) -> None:
        """End everything."""
        self._ward.end()
        self.broker.end()

    def bed_of(self, box: Box) -> "Bed":
        """The bed at which this box stands."""
        label = str(list(self._devices).index(box.device_id) + 1)
        return Bed(box, label, Nurse(self._ward.url), lambda: self._rows(box.device_id))

    def _rows(self, device_id: str) -> list[tuple[int, str, str, str]]:
        query = (
            "SELECT e.seq, e.at, e.kind, e.data FROM usage_entry e JOIN usage_boxlog l ON l.id = e.log_id"
            " WHERE l.device_id = ? ORDER BY l.id, e.seq"
        )
        return [
            (int(seq), str(at), str(kind), str(data))
            for seq, at, kind, data in self._ward.rows(query, device_id.replace("-", ""))
        ]


class Bed:
    """One bed of the house. One thread."""

    def __init__(self, box: Box, label: str, nurse: Nurse, rows: Callable[[], list[tuple[int, str, str, str]]]) -> None:
        self._box = box
        self._label = label
        self._nurse = nurse
        self._rows = rows
        self._seen: set[int] = set()
        self._looked_at = 0.0

    def ask(self, request: str) -> None:
        """ "assign NUMBER" (its bits are the playlists) or "stop". Raises PanelError."""
        try:
            if request == "stop":
                self._nurse.stop(self._label)
            else:
                bits = int(request.removeprefix("assign "))
                self._nurse.assign(self._label, [slug for place, slug in enumerate(PLAYLISTS) if bits >> place & 1])
        except urllib.error.HTTPError as error:
            if error.code != 409:  # someone was faster, or there is nothing to stop: the page says so
                raise PanelError(f"the ward, {request}: {error}") from error
        except OSError as error:
            raise PanelError(f"the ward, {request}: {error}") from error

    def watch(self, record: Record) -> None:
        """Look at the tile now and then."""
        now = time.monotonic()
        if now >= self._looked_at + BOARD_EVERY_S:
            self._looked_at = now
            words = self._nurse.tile(self._label)
            record.tiles.append(Tile(now, time.monotonic(), words))

    def new_entries(self, clock_lead_s: float) -> list[Entry]:
        """What the ward has, and what the box still holds: nothing is judged twice or missed in an outage."""
        found = self._box.new_entries(clock_lead_s)
        for seq, at, kind, data in self._rows():
            if seq not in self._seen and not any(one.seq == seq for one in found):
                stamp = at if "+" in at else f"{at}+00:00"
                found.append(entry_of(seq, {"at": stamp, "kind": kind, "data": json.loads(data)}, clock_lead_s))
        fresh = sorted((one for one in found if one.seq not in self._seen), key=lambda one: one.seq)
        self._seen |= {one.seq for one in fresh}
        return fresh
