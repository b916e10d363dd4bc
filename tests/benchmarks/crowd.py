"""`python -m tests.benchmarks.crowd`: a large ward on PostgreSQL for half an hour, and what it costs its server.

500 open pages and 200 boxes. After 5 minutes and at the end: connections, threads and memory of the pages and of mqttd,
a board of 500 beds, a press at a bed until every page was told and until a real one shows it; then all pages lose their
stream and come back at once. With `--held`: a row of one box is held for a minute, and the others' entries are counted.
"""

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import cycle
from pathlib import Path

import psycopg

import messages
from messages import BoxStarted, Topic
from tests.benchmarks.board import ROOT, Seeded, arrival_ms, environment_of, open_board, run_ward, seed
from tests.benchmarks.boxes import Box, Boxes
from tests.benchmarks.processes import pss_mb
from tests.benchmarks.streams import Streams
from tests.servers import Postgres, mosquitto, postgresql_programs
from tests.ward.saying import entry, log

PRESSES, LOADS = 30, 40
HELD_S, ENTRY_EACH_S = 60.0, 4.0
FORM_TOKEN = "t" * 32  # a browser's own choice: cookie and header must be the same
CONNECTIONS = """SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all was measured."""
    options = _parser().parse_args(arguments)
    programs = postgresql_programs()
    if programs is None:
        print("crowd: PostgreSQL is missing: apt-get install postgresql", file=sys.stderr)
        return 1
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        database = Postgres(programs)
        database.start()
        parts.callback(database.stop)
        broker = parts.enter_context(mosquitto(folder))
        environment = environment_of(folder, broker.port) | {"DATABASE_URL": database.url}
        seeded = seed(environment, options.boxes, options.beds)
        ward = parts.enter_context(run_ward(environment, folder))
        boxes = [Box(*one, seeded.music) for one in seeded.boxes]
        crowd = _Crowd(database.url, seeded, *ward, parts.enter_context(Boxes(boxes, broker.port)))
        if options.held:
            crowd.hold(boxes)
        else:
            crowd.listen(_sessions(environment, options.streams), options.minutes)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.crowd", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--boxes", type=int, default=200)
    parser.add_argument("--beds", type=int, default=500, help="of the board that is loaded")
    parser.add_argument("--held", action="store_true", help="hold a row of one box for a minute")
    return parser


def _sessions(environment: dict[str, str], count: int) -> list[str]:
    command = [sys.executable, "-m", "tests.benchmarks.crowd_rows", str(count)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.split()


class _Crowd:
    def __init__(self, url: str, seeded: Seeded, port: int, pages: int, mqttd: int, boxes: Boxes) -> None:
        self._url, self._seeded, self._port = url, seeded, port
        self._pages, self._mqttd, self._boxes = pages, mqttd, boxes

    def listen(self, sessions: Sequence[str], minutes: float) -> None:
        """So many pages, for so long."""
        with Streams(self._port, sessions) as streams:
            took_s, refused = streams.begin()
            print(f"{len(sessions)} streams in {took_s:.2f} s, {refused} refused", flush=True)
            begun, hands = time.monotonic(), cycle(sessions)
            for after in sorted({min(5.0, minutes), minutes}):
                while time.monotonic() - begun < 60 * after:
                    self._boxes.press()
                    self._touch(next(hands))
                    time.sleep(0.5)
                self._look(f"after {after:g} min", streams, len(sessions))
            streams.cut()
            time.sleep(2)
            took_s, refused = streams.begin()
            print(
                f"all came back in {took_s:.2f} s, {refused} refused; ended by the server: {streams.ended}", flush=True
            )

    def _touch(self, session: str) -> None:
        """Someone is at the page: a session that nobody touches ends after half an hour, and its stream with it."""
        here = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        cookies = {"Cookie": f"sessionid={session}; csrftoken={FORM_TOKEN}", "X-CSRFToken": FORM_TOKEN}
        here.request("POST", "/desk/here", headers=cookies)
        assert here.getresponse().status == HTTPStatus.NO_CONTENT
        here.close()

    def _look(self, when: str, streams: Streams, count: int) -> None:
        for name, pid in (("pages", self._pages), ("mqttd", self._mqttd)):
            threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
            print(f"{when}: {name}: {threads} threads, {pss_mb(pid):.0f} MB", flush=True)
        print(f"{when}: {self._connections()} connections of the ward to PostgreSQL", flush=True)
        told_ms = [one for _ in range(PRESSES) for one in self._told_ms(streams, count)]
        _print(f"{when}: press to each page's stream", told_ms)
        with open_board(self._port, self._seeded.session) as page:
            page.wait_for_timeout(2000)
            shown_ms = []
            for _ in range(PRESSES):
                page.wait_for_timeout(300)
                shown_ms.append(arrival_ms(page, *self._boxes.press()))
        _print(f"{when}: press to the open board", shown_ms)
        _print(f"{when}: board of 500 beds", self._boards_ms())

    def _connections(self) -> int:
        with psycopg.connect(self._url) as database:
            row = database.execute(CONNECTIONS).fetchone()
        return int(row[0]) if row else 0

    def _told_ms(self, streams: Streams, count: int) -> list[float]:
        """Of one press: until each stream told of it."""
        box, at = self._boxes.press()
        name, came = f"bed-{box.bed}", list[float]()
        ends = time.monotonic() + 10
        while len(came) < count and time.monotonic() < ends:
            time.sleep(0.02)
            came += [moment for moment in streams.came(name) if moment >= at]
        return [1000 * (one - at) for one in came] + [10_000.0] * (count - len(came))

    def _boards_ms(self) -> list[float]:
        times_ms = []
        for _ in range(LOADS):
            here = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            begun = time.perf_counter()
            here.request("GET", "/w/large/", headers={"Cookie": f"sessionid={self._seeded.session}"})
            assert here.getresponse().read()
            times_ms.append(1000 * (time.perf_counter() - begun))
            here.close()
        return times_ms

    def hold(self, boxes: Sequence[Box]) -> None:
        """A forgotten transaction holds one box's row for a minute; the others send entries all at the same moment."""
        for box in boxes:
            _say_entry(box, 1)
        self._stored_after_s(1, len(boxes), time.monotonic())  # their greetings are dealt with
        over = threading.Event()
        holder = threading.Thread(target=self._hold, args=(boxes[0].key, over))
        holder.start()
        begun, first, late = time.monotonic(), 2, list[float]()
        while time.monotonic() - begun < HELD_S:
            at = time.monotonic()
            for box in boxes:
                _say_entry(box, first)
            late.append(self._stored_after_s(first, len(boxes) - 1, at))
            time.sleep(max(0.0, ENTRY_EACH_S - (time.monotonic() - at)))
            first += 1
        over.set()
        holder.join()
        for box in boxes[:1]:
            _say_entry(box, first)
        caught_s = self._stored_after_s(first - 1, len(boxes), time.monotonic())
        worst = f"worst {max(late):.2f} s of {len(late)}, median {statistics.median(late):.2f}"
        print(f"{len(boxes) - 1} boxes' entries in the database while one row was held: {worst}", flush=True)
        print(f"the held box's entries came in {caught_s:.1f} s after it was let go", flush=True)

    def _hold(self, key: str, over: threading.Event) -> None:
        with psycopg.connect(self._url) as database:
            database.execute("SELECT * FROM fleet_device WHERE id = %s FOR UPDATE", (key,))
            over.wait()

    def _stored_after_s(self, seq: int, count: int, at: float) -> float:
        """Until so many boxes' logs are in up to this number."""
        with psycopg.connect(self._url, autocommit=True) as database:
            while time.monotonic() - at < 30:
                row = database.execute("SELECT count(*) FROM usage_boxlog WHERE through >= %s", (seq,)).fetchone()
                if row and row[0] >= count:
                    break
                time.sleep(0.02)
        return time.monotonic() - at


def _say_entry(box: Box, seq: int) -> None:
    said = log(seq, entry(BoxStarted(board="bench", software="bench"), at=datetime.now(UTC)), log_id="log-1")
    box.client.publish(messages.topic(box.key, Topic.LOG), messages.encode(said), 1)


def _print(what: str, times_ms: Sequence[float]) -> None:
    ordered = sorted(times_ms)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"{what}: median {statistics.median(ordered):.0f}, p99 {p99:.0f}, worst {ordered[-1]:.0f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
