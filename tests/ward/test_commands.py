"""Commands are sent once, answered within 30 s or failed, and never kept for a box that is away."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from messages import Reply, Verb
from tests.ward.at_once import at_once
from ward.beds.models import Change
from ward.fleet.commands import VALID, Outcome, Stage, answered, ask, outcome, unsent_commands
from ward.fleet.models import Command, Device

pytestmark = pytest.mark.django_db


def test_what_is_asked_is_claimed_once(device: Device, nurse: User, now: datetime) -> None:
    asked = ask(device, Verb.STOP, nurse, now)
    assert unsent_commands(now) == [asked]
    assert unsent_commands(now) == []
    asked.refresh_from_db()
    assert (asked.sent_at, asked.issued_by) == (now, nurse)
    assert outcome(asked, now) == Outcome(Stage.WAITING)


@pytest.mark.parametrize("away", [{"online": False}, {"contact_at": None}])
def test_a_box_that_is_away_refuses_at_once_with_the_reason(
    device: Device, now: datetime, away: dict[str, object]
) -> None:
    Device.objects.update(**away)
    asked = ask(device, Verb.STOP, None, now)
    assert outcome(asked, now) == Outcome(Stage.FAILED, "The box is offline. Use its buttons")
    assert unsent_commands(now) == []


def test_a_box_that_fell_silent_is_away_though_its_presence_says_online(device: Device, now: datetime) -> None:
    assert ask(device, Verb.STOP, None, now + timedelta(seconds=91)).done is False


def test_without_an_answer_in_thirty_seconds_it_failed_and_nothing_is_stored(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.LOCATE, None, now)
    unsent_commands(now)
    asked.refresh_from_db()
    assert outcome(asked, now + VALID).stage is Stage.WAITING
    late = now + VALID + timedelta(seconds=1)
    assert outcome(asked, late) == Outcome(Stage.FAILED, "No reply from the box within 30 seconds")
    assert Command.objects.get().done is None


def test_what_was_not_sent_in_time_is_never_sent(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.STOP, None, now)
    late = now + VALID + timedelta(seconds=1)
    assert unsent_commands(late) == []
    assert outcome(asked, late).reason == "Not sent. The message service is not running. Contact IT"


def test_the_first_answer_counts_and_tells_the_pages(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.SILENCE, None, now)
    told = Change.objects.count()
    assert answered(device, Reply(id=asked.pk, done=False, reason="nothing\x00 plays"), now)
    assert not answered(device, Reply(id=asked.pk, done=True), now)
    asked.refresh_from_db()
    assert outcome(asked, now) == Outcome(Stage.FAILED, "nothing\ufffd plays")
    assert Change.objects.count() == told + 1


def test_a_late_answer_is_still_the_truth(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.STOP, None, now)
    late = now + timedelta(minutes=2)
    answered(device, Reply(id=asked.pk, done=True), late)
    asked.refresh_from_db()
    assert outcome(asked, late).stage is Stage.DONE


def test_another_boxs_answer_is_none(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.STOP, None, now)
    other = Device.objects.create(id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0499", number="0499")
    assert not answered(other, Reply(id=asked.pk, done=True), now)
    assert not answered(device, Reply(id="nobody-asked", done=True), now)


@pytest.mark.django_db(transaction=True)
def test_two_senders_claim_a_command_once(device: Device, now: datetime) -> None:
    ask(device, Verb.STOP, None, now)
    claimed: list[Command] = []
    at_once(*[lambda: claimed.extend(unsent_commands(now))] * 4)
    assert len(claimed) == 1
