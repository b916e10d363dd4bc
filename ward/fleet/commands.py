"""Asks a box for something now. The row is the queue: sent once, answered within 30 s or failed. Knows no broker.

What is asked for the box itself, and not for the bed, is refused where the same is under way, or where the box is too
old to know it. Its answer stands in the audit, too.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from messages import PartResult, Reply, Verb
from ward.audit.recording import record
from ward.audit.verbs import BY_COMMAND, AuditVerb
from ward.beds.changes import boxes_changed
from ward.beds.models import Ward
from ward.fleet.models import Command, Device, LogExcerpt
from ward.fleet.online import is_online
from ward.fleet.reasons import coded
from ward.fleet.text import storable
from ward.limits import free

VALID = timedelta(seconds=30)
# Kept in English in the row, and said in the page's language.
OFFLINE = gettext_noop("The box is offline. Use its buttons")
NOT_SENT = gettext_noop("Not sent. The message service is not running. Contact IT")
NO_ANSWER = gettext_noop("No reply from the box within 30 seconds")
BOX_OFFLINE = gettext_noop("Not sent. The box is offline.")
TOO_OLD = gettext_noop("This box is too old for that. Update it first.")
UNDER_WAY = gettext_noop("Not sent. Someone has just asked for the same.")
OF_THE_BED = frozenset({Verb.STOP, Verb.SILENCE})  # nothing holds these up
STATED = frozenset(
    {Verb.RESTART, Verb.SEND_LOGS, Verb.SELF_TEST, Verb.LOCATE_END}
)  # only for a box that says that it knows them


class Stage(StrEnum):
    """What has become of a command."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command's stage at one moment, with one line of reason where it failed."""

    stage: Stage
    reason: str = ""


def ask(device: Device, verb: Verb, by: AbstractBaseUser | None, now: datetime, why: str = "") -> Command:
    """Writes the command for mqttd to send; a box that is not heard refuses at once, with the reason in the row.

    `why`: it is wanted although it disturbs; the audit keeps it."""
    with transaction.atomic():
        if verb not in OF_THE_BED:
            hold(device)
        device.refresh_from_db(fields=["online", "contact_at", "bed", "home", "capabilities"])
        refused = _refusal(device, verb, now)
        made = Command.objects.create(
            id=uuid.uuid4().hex,
            device=device,
            verb=verb,
            issued_by_id=by.pk if by else None,
            issued_at=now,
            done=False if refused else None,
            answered_at=now if refused else None,
            reason=refused,
            forced=bool(why),
        )
        boxes_changed([device.stands])
        said = {"box": device.number} | ({"why": why} if why else {}) | ({"refused": refused} if refused else {})
        record(BY_COMMAND[verb], by=by, ward=ward_of(device), bed=device.bed, after=said, now=now)
    return made


def hold(device: Device) -> None:
    """Holds the box's row until the transaction's end. An UPDATE that changes nothing does so on SQLite, too."""
    Device.objects.filter(pk=device.pk).update(number=F("number"))


def ward_of(device: Device) -> Ward | None:
    """The ward whose box it is: of its bed, or its home."""
    return device.bed.room.ward if device.bed else device.home


def _refusal(device: Device, verb: Verb, now: datetime) -> str:
    """Why it is not even sent; empty where it is."""
    if not is_online(device, now):
        return OFFLINE if verb in OF_THE_BED else BOX_OFFLINE
    if verb in STATED and verb not in device.capabilities:
        return TOO_OLD
    same = Command.objects.filter(device=device, verb=verb, done=None, issued_at__gt=now - VALID)
    return UNDER_WAY if verb not in OF_THE_BED and same.exists() else ""


def unsent_commands(now: datetime) -> list[Command]:
    """Claims, and returns, what is still valid and was not sent. What is returned is nobody else's, ever: a command is
    sent at most once. One whose row someone holds waits; a box's own row does not matter here, so that a Stop goes."""
    with transaction.atomic():
        waiting = Command.objects.filter(sent_at=None, done=None, issued_at__gt=now - VALID).order_by("issued_at")
        found = list(free(waiting))
        Command.objects.filter(pk__in=[one.pk for one in found]).update(sent_at=now)
    return found


def answered(device: Device, reply: Reply, now: datetime) -> bool:
    """Notes the box's first answer to one of its own commands, late or not; says whether it was one."""
    found = Command.objects.filter(pk=reply.id, device=device, answered_at=None).first()
    if found is None:
        return False
    found.answered_at, found.done = now, reply.done
    found.reason, found.coded = storable(reply.reason), coded(reply)
    found.results = [_result(one) for one in reply.results]
    found.save(update_fields=["answered_at", "done", "reason", "coded", "results"])
    if found.verb == Verb.SEND_LOGS and reply.done:
        excerpt = LogExcerpt(device=device, command=found, at=now)
        excerpt.lines = [storable(line) for line in reply.lines]
        excerpt.save()
    boxes_changed([device.stands])
    if found.verb not in OF_THE_BED:
        said = {"box": device.number, "verb": found.verb, "answer": "done" if reply.done else found.reason}
        record(AuditVerb.BOX_ANSWERED, by=found.issued_by, ward=ward_of(device), bed=device.bed, after=said, now=now)
    return True


def _result(one: PartResult) -> dict[str, Any]:
    return {"part": storable(one.part), "well": one.well, "code": storable(one.code or "")}


def outcome(command: Command, now: datetime) -> Outcome:
    """What has become of it by `now`. Without an answer in 30 s it failed, whether it was sent or not."""
    if command.done is not None:
        return Outcome(Stage.DONE) if command.done else Outcome(Stage.FAILED, command.reason)
    if now - command.issued_at <= VALID:
        return Outcome(Stage.WAITING)
    return Outcome(Stage.FAILED, NOT_SENT if command.sent_at is None else NO_ANSWER)
