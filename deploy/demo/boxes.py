"""The scripted boxes of the demo, all in one process: they speak as a box does and answer what they are asked.

A box here has no sound, no buttons and no card. What it says travels over the broker in the messages of the wire, and
the ward knows no difference.
"""

import argparse
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from deploy.demo.watched import Watched, screen_of, view_of  # noqa: E402 - after the path
from device import __version__  # noqa: E402
from device.rules.commands import CAPABILITIES  # noqa: E402
from messages import (  # noqa: E402
    QOS,
    RETAINED,
    Assignment,
    AssignmentApplied,
    Cause,
    Code,
    Command,
    Data,
    Entry,
    Health,
    Hello,
    Log,
    Message,
    MessageError,
    Now,
    PartResult,
    Playing,
    Presence,
    Reason,
    Receipt,
    Reply,
    Reset,
    SessionEnded,
    SessionStarted,
    Topic,
    Verb,
    assignment_digest,
    because,
    decode,
    encode,
    kind_of,
    parse_topic,
    topic,
    ward_presence_topic,
)
from ward.demo.script import Scene, Script, read_scripts  # noqa: E402
from ward.demo_folder import DemoFolder, Mark  # noqa: E402

NOW_EVERY_S, HEALTH_EVERY_S, SENT_AGAIN_S = 30.0, 60.0, 10.0
COMFORT_S = 24 * 60.0
BETWEEN_S = 2.5 * 3600  # from one press of a patient to the next, in the mean: a few a day
DAY_LEVEL, NIGHT_LEVEL, DAY_CAP, NIGHT_CAP = 48.0, 41.0, 60.0, 45.0
PARTS = ("sound", "player", "screen", "controls", "log", "music", "clock")
LINE = "a scripted box of the demo has no technical log"
Said = tuple[Topic, Message]


class ScriptedBox:
    """One box: a state, and what it says when time passes or it is asked. Knows no broker. One thread."""

    def __init__(self, script: Script, chance: random.Random) -> None:
        self.script = script
        self._chance = chance
        self._version, self._stay = script.version, script.stay
        self._tracks = dict(script.playlists)
        self._labels = dict(script.labels)
        self._watched = Watched()
        self._comfort = list(script.comfort)
        self._scene = script.scene
        self._seq = script.next_seq
        self._unsent: list[Entry] = []
        self._number = 0
        self._said_now = self._said_health = self._sent = -1e9
        self._next_press = chance.expovariate(1 / BETWEEN_S)
        self._cap = DAY_CAP

    def greet(self) -> Iterator[Said]:
        """At each connect, and when the ward comes."""
        script = self.script
        yield Topic.PRESENCE, self._presence(online=True)
        yield (
            Topic.HELLO,
            Hello(
                log_id=script.log_id, oldest=self._oldest, next_seq=self._seq, assignment_version=self._version,
                stay=self._stay, boot=script.boot, software=script.software,
                capabilities=CAPABILITIES if script.software == __version__ else (),
            ),
        )  # fmt: skip
        self._said_now = self._said_health = self._sent = -1e9

    def leave(self) -> Said:
        """What its will would say."""
        return Topic.PRESENCE, self._presence(online=False)

    def pass_time(self, now_s: float, night: bool) -> Iterator[Said]:
        """`now_s`: monotonic. What has ended ends, a patient may press, and what is due is said."""
        self._cap = NIGHT_CAP if night else DAY_CAP
        yield from self._screen(now_s)
        self._next_press -= 1.0
        if self._scene and self._scene.length_s and self._left_s() <= 0:
            self._end(Cause.COMPLETED)
        elif self._scene is None and self._comfort and self._next_press <= 0:
            self._begin()
        if self._unsent and now_s - self._sent >= SENT_AGAIN_S:
            self._sent = now_s
            yield Topic.LOG, Log(log_id=self.script.log_id, first_seq=self._oldest, entries=tuple(self._unsent))
        if now_s - self._said_now >= NOW_EVERY_S:
            self._said_now = now_s
            yield Topic.NOW, self._now()
        if now_s - self._said_health >= HEALTH_EVERY_S:
            self._said_health = now_s
            yield Topic.HEALTH, self._health()

    def hear(self, word: Topic, payload: bytes) -> Iterator[Said]:
        """A message of the ward's. Raises MessageError where it is none."""
        if word is Topic.RECEIPT:
            through = decode(Receipt, payload).through
            self._unsent = self._unsent[max(0, through - self._oldest + 1) :]
        elif word is Topic.COMMAND:
            yield from self._answer(decode(Command, payload))
        elif word is Topic.ASSIGNMENT and self.script.takes:
            self._take(decode(Assignment, payload))

    @property
    def _oldest(self) -> int:
        return self._seq - len(self._unsent)

    def _answer(self, command: Command) -> Iterator[Said]:
        """Refused where it would disturb, as a box does; after a restart it comes again."""
        if (why := self._refusal(command)) is not None:
            yield Topic.REPLY, Reply(id=command.id, done=False, reason=why.line, code=why.code, args=dict(why.args))
            return
        yield Topic.REPLY, self._obey(command)
        if command.verb is Verb.RESTART:
            yield from self.greet()

    def _refusal(self, command: Command) -> Reason | None:
        if command.forced or self._scene is None or command.verb not in (Verb.RESTART, Verb.SELF_TEST):
            return None
        if not self._scene.length_s:
            return because(Code.MUSIC_ENDLESS)
        return because(Code.MUSIC_PLAYS, minutes=ceil(self._left_s() / 60))

    def _obey(self, command: Command) -> Reply:
        done = Reply(id=command.id, done=True)
        if command.verb in (Verb.STOP, Verb.SILENCE, Verb.RESTART) and self._scene is not None:
            self._end(Cause.WARD)
        elif command.verb is Verb.REFRESH:
            self._said_now = self._said_health = -1e9
        elif command.verb is Verb.SELF_TEST:
            return msgspec.structs.replace(done, results=tuple(PartResult(part=part, well=True) for part in PARTS))
        elif command.verb is Verb.SEND_LOGS:
            return msgspec.structs.replace(done, lines=(LINE,))
        elif command.verb is Verb.WATCH:
            self._watched.begin(time.monotonic())
        return done

    def _take(self, assigned: Assignment) -> None:
        if assigned.version <= self._version:
            return
        self._version, self._stay = assigned.version, assigned.stay
        self._tracks = {one.slug: tuple(t.sha256 for t in one.tracks) for one in assigned.playlists}
        self._labels |= {one.slug: one.label for one in assigned.playlists}
        if assigned.stay is None:
            if self._scene is not None:
                self._end(Cause.WARD)
            self._comfort = []
            self._write(Reset(version=assigned.version))
            return
        if self.script.comfort:
            self._comfort = [one.slug for one in assigned.playlists if one.purpose != "sleep"]
        count = len({sha256 for tracks in self._tracks.values() for sha256 in tracks})
        digest = assignment_digest(assigned)
        self._write(AssignmentApplied(version=assigned.version, digest=digest, held=count, needed=count))

    def _begin(self) -> None:
        session, slug = f"demo-{self._chance.getrandbits(40):010x}", self._chance.choice(self._comfort)
        self._scene = Scene(
            playing=Playing.PLAYING, session=session, playlist=slug, began_at=datetime.now(UTC), length_s=COMFORT_S,
            level_dba=DAY_LEVEL,
        )  # fmt: skip
        began = SessionStarted(session=session, playlist=slug, level_dba=self._level(), cause=Cause.BUTTON)
        self._write(began)
        self._said_now = -1e9

    def _end(self, cause: Cause) -> None:
        scene = self._scene
        assert scene is not None  # noqa: S101 - the callers look
        heard_s = (datetime.now(UTC) - scene.began_at).total_seconds()
        if scene.length_s:  # its clock ticks once a second, and a box is silent at the limit
            heard_s = min(heard_s, scene.length_s)
        level = self._level()
        self._scene = None
        self._next_press = self._chance.expovariate(1 / BETWEEN_S) + 600
        ended = SessionEnded(
            session=scene.session, playlist=scene.playlist, heard_s=heard_s, level_dba=level, skips=0, cause=cause,
            mean_dba=level - 2, max_dba=level + 3,
        )  # fmt: skip
        self._write(ended)
        self._said_now = -1e9

    def _screen(self, now_s: float) -> Iterator[Said]:
        scene, first = self._scene, next(iter(self._tracks), "")
        label = self._labels.get(scene.playlist if scene else first, "")
        length_s, night = scene.length_s if scene else 0.0, self._cap == NIGHT_CAP
        view = view_of(label, self._left_s(), length_s, plays=scene is not None, night=night)
        if self._watched.news(view, now_s):
            self._number += 1
            yield Topic.SCREEN, screen_of(view, self.script.boot, self._number)

    def _write(self, data: Data) -> None:
        self._unsent.append(
            Entry(
                at=datetime.now(UTC), clock_ok=self.script.clock_ok, boot=self.script.boot, stay=self._stay,
                kind=kind_of(data), data=msgspec.to_builtins(data),
            )
        )  # fmt: skip
        self._seq += 1
        self._sent = -1e9

    def _left_s(self) -> float:
        scene = self._scene
        if scene is None or not scene.length_s:
            return 0.0
        ends = scene.began_at + timedelta(seconds=scene.length_s)
        return max(0.0, (ends - datetime.now(UTC)).total_seconds())

    def _level(self) -> float:
        wanted = self._scene.level_dba if self._scene else DAY_LEVEL
        return min(wanted, NIGHT_LEVEL) if self._cap == NIGHT_CAP else wanted

    def _now(self) -> Now:
        self._number += 1
        scene = self._scene
        silent = Now(
            boot=self.script.boot, number=self._number, at=datetime.now(UTC), playing=Playing.SILENT,
            level_dba=self._level(), cap_dba=self._cap, assignment_version=self._version,
        )  # fmt: skip
        if scene is None:
            return silent
        tracks, left_s = self._tracks.get(scene.playlist) or (), self._left_s()
        gone = 1 - left_s / scene.length_s if scene.length_s else 0.5
        place = min(len(tracks), 1 + int(gone * len(tracks)))
        return msgspec.structs.replace(
            silent, playing=scene.playing, session=scene.session, playlist=scene.playlist,
            track=tracks[place - 1] if tracks else None, place=place, tracks=len(tracks), left_s=left_s,
            length_s=scene.length_s,
        )  # fmt: skip

    def _health(self) -> Health:
        self._number += 1
        held = len({sha256 for tracks in self._tracks.values() for sha256 in tracks})
        return Health(
            boot=self.script.boot, number=self._number, at=datetime.now(UTC), software=self.script.software,
            clock_ok=self.script.clock_ok, temperature_c=round(self._chance.uniform(38, 46), 1), throttled=False,
            disk_free_mb=11_400.0, memory_mb=212.0, unsent=len(self._unsent), oldest_unsent_s=0.0, sound="ok",
            display="ok", calibrated_on=self.script.calibrated_on, tracks_held=held, tracks_needed=held,
        )  # fmt: skip

    def _presence(self, *, online: bool) -> Presence:
        return Presence(online=online, software=self.script.software, boot=self.script.boot)


class Boxes:
    """All of them at one connection. paho's thread hears, the caller's lets time pass; one lock holds all boxes."""

    def __init__(self, port: int, folder: DemoFolder) -> None:
        self._folder = folder
        scripts = read_scripts(folder.path)
        self._boxes = {one.id: ScriptedBox(one, random.Random(one.id)) for one in scripts}
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="demo-boxes", protocol=mqtt.MQTTv311)
        self._client.on_connect = self._connected
        self._client.on_message = self._told
        self._client.connect_async("127.0.0.1", port)

    def run(self, stopping: threading.Event) -> None:
        """Until `stopping`; then each box says that it is gone."""
        self._client.loop_start()
        while not stopping.wait(1.0):
            night = self._folder.has(Mark.NIGHT)
            with self._lock:
                for key, box in self._boxes.items():
                    self._say(key, box.pass_time(time.monotonic(), night))
        with self._lock:
            for key, box in self._boxes.items():
                self._say(key, iter([box.leave()]))
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: mqtt.Client, *_more: object) -> None:
        subscribed = [(topic(key, word), 1) for key in self._boxes for word in (Topic.COMMAND, Topic.ASSIGNMENT)]
        subscribed += [(topic(key, Topic.RECEIPT), 1) for key in self._boxes]
        client.subscribe([*subscribed, (ward_presence_topic(), 1)])

    def _told(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            if message.topic == ward_presence_topic():
                self._greet()
            elif (found := parse_topic(message.topic)) is not None and found[0] in self._boxes:
                key, word = found
                try:
                    self._say(key, self._boxes[key].hear(word, bytes(message.payload)))
                except MessageError as error:
                    print(f"boxes: {message.topic}: {error}", flush=True)

    def _greet(self) -> None:
        """Before the ward listens, what is said is lost: a box that waits for its receipt would say it again."""
        for key, box in self._boxes.items():
            self._say(key, box.greet())
            self._say(key, box.pass_time(time.monotonic(), self._folder.has(Mark.NIGHT)))
        print("boxes are there", flush=True)

    def _say(self, key: str, said: Iterator[Said]) -> None:
        for word, message in said:
            self._client.publish(topic(key, word), encode(message), qos=QOS[word], retain=word in RETAINED)


def main() -> int:
    """The command line: --port, --folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        boxes = Boxes(options.port, DemoFolder(options.folder))
    except (OSError, msgspec.DecodeError) as error:
        print(f"boxes: {options.folder}: {error}: run make demo", file=sys.stderr)
        return 2
    boxes.run(stopping)
    return 0


if __name__ == "__main__":
    sys.exit(main())
