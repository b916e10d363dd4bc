"""Answers from a batch of entries, a row for each question. Knows no broker and no assignment."""

from datetime import datetime, timedelta

from messages import Answered, Entry, Outcome
from ward.fleet.models import Device
from ward.fleet.text import storable
from ward.usage.models import Answer, BoxLog


class Answers:
    """The answers of one box in one batch; `write` puts them into the database."""

    def __init__(self, device: Device, log: BoxLog) -> None:
        self._device = device
        self._log = log
        self._told: list[Answer] = []

    def told(self, data: Answered, entry: Entry, seq: int, at: datetime, bed: int | None) -> None:
        """What the log's entry `seq` says became of a question at `at`. Only an answer has a score or a change: a knob
        that stood somewhere when the question went away said nothing."""
        answered = data.outcome is Outcome.ANSWERED
        self._told.append(
            Answer(
                log=self._log,
                seq=seq,
                device=self._device,
                bed_id=bed,
                stay=entry.stay,
                session=None if data.session is None else storable(data.session),
                question=data.question,
                moment=data.moment,
                outcome=data.outcome,
                score=data.score if answered else None,
                change=data.change if answered else None,
                asked_at=at - timedelta(seconds=min(data.took_s, 86400)),
                answered_at=at,
                clock_ok=entry.clock_ok,
            )
        )

    def write(self) -> None:
        """One INSERT for all; an entry that was read before changes nothing."""
        Answer.objects.bulk_create(self._told, ignore_conflicts=True)
