"""Writes what boxes said, in one transaction for all; a box whose rows someone holds is put aside."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from messages import Presence
from ward.fleet.last_seen import note_contact
from ward.fleet.models import Aside as AsideRow
from ward.fleet.models import Away, Device
from ward.limits import free, is_held_up
from ward.mqttd.aside import Aside
from ward.mqttd.complaints import Complaints
from ward.mqttd.handlers import Decoded, Outgoing, joined, take

logger = logging.getLogger(__name__)
TRIED_AT_ONCE = 4  # boxes that wait: each may cost a quarter of a second


@dataclass(frozen=True, slots=True)
class _Came:
    """A message, and when it was heard."""

    said: Decoded
    at: datetime


@dataclass(slots=True)
class _Done:
    """What one transaction wrote: answers; boxes that someone holds, in order; what is left of theirs."""

    answers: list[Outgoing] = field(default_factory=list)
    held_up: dict[str, None] = field(default_factory=dict)
    left: list[_Came] = field(default_factory=list)

    def take(self, device: Device, one: _Came) -> None:
        """Within a savepoint; an answer of what is rolled back is none."""
        answer = take(device, one.said.message, one.at, one.said.retained)
        if answer is not None:
            self.answers.append(answer)


class Writer:
    """What is answered is to be published after `write` has returned, which is after COMMIT."""

    def __init__(self, complaints: Complaints, clock: Callable[[], float]) -> None:
        self.aside = Aside(clock)
        self._complaints = complaints

    def write(self, decoded: Sequence[Decoded], now: datetime) -> list[Outgoing]:
        """Raises what the database raises as a whole; then nothing of it is written, and nothing put aside."""
        waits = [one for one in decoded if one.device_id in self.aside]
        said = [_Came(one, now) for one in joined([one for one in decoded if one.device_id not in self.aside])]
        done = self._transaction(said, now) if said else _Done()
        for one in (*(_Came(one, now) for one in waits), *done.left):
            self.aside.put(one.said, one.at)
        self._tell(done.held_up, now)
        return done.answers

    def catch_up(self, now: datetime) -> list[Outgoing]:
        """Try those again whose turn it is, each by itself: what came of it."""
        due = self.aside.due()[:TRIED_AT_ONCE]
        return [answer for device_id in due for answer in self._again(device_id, now)]

    def hold(self, device_id: str, now: datetime) -> None:
        """The rows of what the ward has for this box are held: it waits, too."""
        if device_id not in self.aside:
            self.aside.hold(device_id)
            self._tell([device_id], now)

    def forget(self) -> None:
        """At the start: who waited then waits no more, and says again what it has to say."""
        AsideRow.objects.all().delete()

    def _again(self, device_id: str, now: datetime) -> list[Outgoing]:
        try:
            done = self._transaction([_Came(*one) for one in self.aside.said(device_id)], now, {device_id})
        except (DatabaseError, InterfaceError):
            raise  # it waits on
        except BaseException:
            self.aside.over(device_id)  # what breaks the program must not come again and again
            raise
        if done.held_up:
            self.aside.not_yet(device_id)  # what of it is written is written once more then, which changes nothing
            return done.answers
        self.aside.over(device_id)
        AsideRow.objects.filter(device_id=device_id).delete()
        logger.info("mqttd: box %s is written again", device_id)
        return done.answers

    def _tell(self, ids: Iterable[str], now: datetime) -> None:
        for device_id in ids:
            self._tried(lambda: AsideRow.objects.update_or_create(device_id=device_id, defaults={"since": now}))  # noqa: B023
            line = f"mqttd: box {device_id}: its rows in the database are locked: its messages wait"
            self._complaints.add(device_id, "held up", line)

    def _transaction(self, said: Sequence[_Came], now: datetime, also: Iterable[str] = ()) -> _Done:
        done = _Done()
        with transaction.atomic():
            _check_at_once()
            devices = self._held({*(one.said.device_id for one in said), *also}, done)
            self._hear({one.said.device_id for one in said if _is_live(one.said)}, devices, done, now)
            for one in said:
                self._take(devices, one, done)
        return done

    def _held(self, ids: set[str], done: _Done) -> dict[str, Device]:
        """The boxes, their rows held to the transaction's end; one that someone else holds is not waited for."""
        in_service = Device.objects.exclude(away=Away.RETIRED)
        rows = free(in_service.filter(pk__in=ids).select_related("bed"))
        found = {str(device.pk): device for device in rows}
        if missing := ids - found.keys():
            known = in_service.filter(pk__in=missing).values_list("pk", flat=True)
            done.held_up |= dict.fromkeys(str(key) for key in known)
        return found

    def _hear(self, live: set[str], devices: dict[str, Device], done: _Done, now: datetime) -> None:
        """That they are there: all in one, or one after the other where a row of one of them is held."""
        found = [device for device_id, device in devices.items() if device_id in live]
        if not self._tried(lambda: note_contact(found, now)):
            for device in found:
                if not self._tried(lambda one=device: note_contact([one], now)):  # type: ignore[misc]
                    done.held_up[str(device.pk)] = None

    def _take(self, devices: dict[str, Device], one: _Came, done: _Done) -> None:
        device_id, message = one.said.device_id, one.said.message
        if device_id not in devices and device_id not in done.held_up:
            line = f"box {device_id} is not known: add it with nightingale-ward add-device"
            self._complaints.add(device_id, "unknown", f"mqttd: {line}")
            return
        try:
            if device_id not in done.held_up and self._tried(lambda: done.take(devices[device_id], one)):
                return
        except (OperationalError, InterfaceError):
            raise  # the database, not the message
        except Exception as error:  # what cannot be written is dropped alone, and without a receipt
            kind = type(message).__name__
            logger.debug("not written", exc_info=True)
            self._complaints.add(
                device_id, f"unwritten {kind}", f"mqttd: box {device_id}: {kind} not written: {error!r}"
            )
            devices[device_id] = Device.objects.select_related("bed").get(pk=device_id)
            return
        done.held_up[device_id] = None
        done.left.append(one)

    def _tried(self, write: Callable[[], object]) -> bool:
        """False where someone holds what it needs; the rest of the transaction goes on."""
        try:
            with transaction.atomic():
                write()
        except OperationalError as error:
            if not is_held_up(error):
                raise
            return False
        return True


def _check_at_once() -> None:
    """Foreign keys where they are written and not at COMMIT, where one box's held bed would undo them all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _is_live(one: Decoded) -> bool:
    """Presence may be a will: it is heard from the broker, not from the box."""
    return not one.retained and not isinstance(one.message, Presence)
