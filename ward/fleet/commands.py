"""Asks a box for something now. The row is the queue: sent once, answered within 30 s or failed. Knows no broker."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_noop

from messages import Reply, Verb
from ward.audit.recording import record
from ward.audit.verbs import BY_COMMAND
from ward.beds.changes import changed
from ward.fleet.models import Command, Device
from ward.fleet.online import is_online
from ward.fleet.reasons import coded
from ward.fleet.text import storable
from ward.limits import free

VALID = timedelta(seconds=30)
# Kept in English in the row, and said in the page's language.
OFFLINE = gettext_noop("The box is offline. Use its buttons")
NOT_SENT = gettext_noop("Not sent. The message service is not running. Contact IT")
NO_ANSWER = gettext_noop("No reply from the box within 30 seconds")


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


def ask(device: Device, verb: Verb, by: AbstractBaseUser | None, now: datetime) -> Command:
    """Writes the command for mqttd to send; a box that is not heard refuses at once, with the reason in the row."""
    device.refresh_from_db(fields=["online", "contact_at", "bed"])
    heard = is_online(device, now)
    with transaction.atomic():
        made = Command.objects.create(
            id=uuid.uuid4().hex,
            device=device,
            verb=verb,
            issued_by_id=by.pk if by else None,
            issued_at=now,
            done=None if heard else False,
            answered_at=None if heard else now,
            reason="" if heard else OFFLINE,
        )
        changed([device.bed_id])
        said = {"box": device.number} | ({"refused": made.reason} if made.reason else {})
        record(BY_COMMAND[verb], by=by, bed=device.bed, after=said, now=now)
    return made


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
    unanswered = Command.objects.filter(pk=reply.id, device=device, answered_at=None)
    told = {"reason": storable(reply.reason), "coded": coded(reply)}
    fresh = unanswered.update(answered_at=now, done=reply.done, **told)
    if fresh:
        changed([device.bed_id])
    return bool(fresh)


def outcome(command: Command, now: datetime) -> Outcome:
    """What has become of it by `now`. Without an answer in 30 s it failed, whether it was sent or not."""
    if command.done is not None:
        return Outcome(Stage.DONE) if command.done else Outcome(Stage.FAILED, command.reason)
    if now - command.issued_at <= VALID:
        return Outcome(Stage.WAITING)
    return Outcome(Stage.FAILED, NOT_SENT if command.sent_at is None else NO_ANSWER)
