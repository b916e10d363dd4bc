"""A ward's MQTT process without a broker, a hostile box among honest ones, and what must hold whatever it says."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import messages
from messages import Log, Message, Topic
from tests.hostile.rows import Key, Rows, changed, told
from tests.hostile.saying import Known, is_well_formed
from tests.hostile.tally import Tally
from tests.servers import free_port
from tests.ward.saying import NOW
from tests.ward.site import Site
from ward.assignments.assigning import newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.fleet.models import Command, Device
from ward.mqttd.connection import Broker
from ward.mqttd.daemon import Mqttd
from ward.mqttd.handlers import Outgoing, Received
from ward.mqttd.inbox import SHARE
from ward.usage.models import BoxLog

MINE = {  # tables where a box's word may change rows, and the column that says whose they are
    "fleet_device": "id", "usage_boxlog": "device_id", "usage_entry": "log_id", "usage_session": "device_id",
    "usage_answer": "device_id", "fleet_command": "device_id", "fleet_logexcerpt": "device_id",
    "fleet_unheard": "bed_id", "usage_faulttime": "bed_id", "fleet_watchedscreen": "device_id",
    "assignments_assignment": "bed_id",
}  # fmt: skip
NEVER = {  # columns that stay as they were first written; None: all of them
    "usage_entry": None, "usage_answer": None, "fleet_unheard": None, "usage_faulttime": None,
    "fleet_watchedscreen": ("device_id", "until", "asked_at"),
    "assignments_assignment": ("version", "stay", "message", "digest", "assigned_by_id", "assigned_at", "before"),
    "usage_boxlog": ("device_id", "log_id", "began"), "fleet_device": ("number", "bed_id"),
    "usage_session": ("session", "device_id"),
    "fleet_command": ("verb", "issued_at", "issued_by_id"),
}  # fmt: skip
NEWS = {"beds_change", "mqttd_heartbeat"}  # that pages ask again, that mqttd runs
ONCE = {"assignments_assignment": ("played_at", "expired_at"), "fleet_command": ("done", "answered_at", "reason")}


class Offline:
    """mqttd, turned by hand; what it answers is kept."""

    def __init__(self) -> None:
        self.mqttd = Mqttd([Broker("127.0.0.1", free_port())], now=lambda: NOW)
        self.answers: list[Outgoing] = []
        self.mqttd._publish = self.answers.append  # type: ignore[method-assign,assignment] # its own list

    def hear(self, *said: Received) -> None:
        """All of it, in as many turns as one box's messages need and not one more."""
        for one in said:
            self.mqttd.inbox.append(one)
        for _turn in range(len(said) // SHARE + 1):
            self.mqttd.turn(0.0)
        assert len(self.mqttd.inbox) == 0, "the database refused it"

    def says(self, device: Device, word: Topic, message: Message) -> None:
        """An honest box."""
        self.hear(Received(messages.topic(str(device.pk), word), messages.encode(message), retained=False))

    def receipts(self, device: Device, log_id: str) -> list[int]:
        """How far this log of this box was said to be in, in order."""
        mine = [one.message for one in self.answers if one.device_id == str(device.pk)]
        return [one.through for one in mine if isinstance(one, messages.Receipt) and one.log_id == log_id]


def known_of(site: Site, device: Device) -> Known:
    """What a box may know: its own and other beds' stays, versions round its own, digests, logs, commands, sessions."""
    assert device.bed is not None
    last, logs = newest(device.bed), list(BoxLog.objects.order_by("pk").values_list("log_id", flat=True))
    assert last is not None
    stays = [bed.stay for bed in site.beds.values() if bed.stay] + [None, "0" * 32, "s-1"]
    ahead = (0, 1, last.version - 1, last.version, last.version + 1, last.version + 9_999, last.version + 10_000)
    versions = [*(one for one in ahead if one >= 0), last.version + 10_001, 2**31 - 1]
    tracks = [track["sha256"] for held in last.message["playlists"] for track in held["tracks"]][:5]
    own = BoxLog.objects.filter(device=device).order_by("-through").first()
    through = own.through if own else 0
    seqs = [1, 2, max(1, through - 1), max(1, through), through + 1, through + 2, through + 5, 10_000_000, 10_000_002]
    words: dict[str, Sequence[Any]] = {
        "stay": stays, "log_id": [*logs, "log-1", "log-1", "fresh"], "boot": ["boot-1", "b"], "slug":
        list(site.playlists), "kind": ["from_the_future"], "playlist": [*site.playlists, "nowhere"], "track": [*tracks,
        "0" * 64], "session": ["s1", "s2", "calm", *_sessions(site)],
        "digest": [last.digest, *Assignment.objects.values_list("digest", flat=True).order_by("pk")[:3]],
        "id": list(Command.objects.order_by("pk").values_list("pk", flat=True)),
        "follows": [{"log_id": "fresh", "first_seq": 1}, *_follows(device)],
    }  # fmt: skip
    words |= dict.fromkeys(("version", "have", "assignment_version"), versions)
    words |= dict.fromkeys(("first_seq", "oldest", "next_seq"), seqs)
    return Known({name: [one for one in found if _fits(name, one)] for name, found in words.items()})


def _follows(device: Device) -> list[dict[str, Any]]:
    own = BoxLog.objects.filter(device=device).order_by("pk").values_list("log_id", "through")
    return [{"log_id": log_id, "first_seq": max(1, through + step)} for log_id, through in own for step in (0, 1)]


def _sessions(site: Site) -> list[str]:
    return list(site.beds["1 A"].sessions.order_by("pk").values_list("session", flat=True)[:6])


def _fits(name: str, value: Any) -> bool:
    return name not in ("id", "log_id") or is_id(value)


def is_id(text: str) -> bool:
    """Whether it may travel as one."""
    return 0 < len(text) <= 64 and text.replace("-", "").replace("_", "").isalnum() and text.isascii()


def wrong(before: Rows, after: Rows, device: Device) -> str:
    """What a box's word changed that it must not: another's rows, and what was written once. Empty: nothing."""
    changes = {key: sides for key, sides in changed(before, after).items() if _is_wrong(key, *sides, after, device)}
    return told(changes)


def _is_wrong(key: Key, old: dict[str, Any] | None, new: dict[str, Any] | None, after: Rows, device: Device) -> bool:
    table = key[0]
    if table in NEWS:
        return False
    if table not in MINE or new is None or not _is_mine(table, new, after, device):
        return True
    if old is None:
        return False
    never = NEVER[table]
    names = old.keys() if never is None else never
    once = [name for name in ONCE.get(table, ()) if old[name] not in (None, "")]
    if table == "usage_session" and old["ended_at"] is not None and old["cause"] != "restart":
        names = old.keys()
    return any(old[name] != new[name] for name in (*names, *once))


def _is_mine(table: str, row: dict[str, Any], after: Rows, device: Device) -> bool:
    value = row[MINE[table]]
    if table == "usage_entry":
        return _same(after["usage_boxlog", value]["device_id"], device.pk)
    if MINE[table] == "bed_id":
        return bool(value == device.bed_id)
    return _same(value, device.pk)


def _same(value: Any, key: uuid.UUID) -> bool:
    return str(value).replace("-", "") == key.hex


def received(offline: Offline, device: Device, said: Received) -> bool:
    """Whether a batch that follows on what is in, or is in, got its receipt."""
    word = Topic(said.topic.rpartition("/")[2])
    if word is not Topic.LOG or said.retained or not is_well_formed(word, said.payload):
        return True
    batch = messages.decode(Log, said.payload)
    return bool(offline.receipts(device, batch.log_id))


def swallowed(mqttd: Mqttd) -> list[tuple[str, str]]:
    """What went wrong within, and was only counted: by whom it is about and what it is."""
    return [key for key in mqttd.complaints._seen if key[0] == "mqttd" or key[1].startswith(("unwritten", "held up"))]


def box_of(bed: Bed) -> Device:
    """The box that stands there."""
    return Device.objects.select_related("bed__room__ward").get(bed=bed)


def others(device: Device) -> list[str]:
    """The ids of all other boxes."""
    return [str(key) for key in Device.objects.exclude(pk=device.pk).order_by("number").values_list("pk", flat=True)]


def tried(said: Sequence[tuple[Received, bool]]) -> Tally:
    """By topic, as far as it is one of the contract's."""
    return Counter(("MQTT messages", f"{_word(one)}, {'well-formed' if good else 'malformed'}") for one, good in said)


def _word(one: Received) -> str:
    word = one.topic.rpartition("/")[2]
    return word if word in set(map(str, Topic)) else "no topic"
