"""`nightingale-ward mqttd`: runs until it is told to end."""

import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ward.limits import MQTTD, limit
from ward.mqttd.connection import Speech, parse_brokers
from ward.mqttd.daemon import WAIT_S, Mqttd


class Command(BaseCommand):
    help = "The message service: receives from the boxes and sends to them. Run one, as well as serve."

    def handle(self, **_options: Any) -> None:
        limit(MQTTD)
        speech = Speech(
            settings.BROKER_PROTOCOL, ca=settings.BROKER_CA, cert=settings.BROKER_CERT, key=settings.BROKER_KEY
        )
        daemon = Mqttd(parse_brokers(settings.BROKER), speech, say=self._say)
        ending: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _frame: ending.append(got))
        while not ending:
            if not daemon.turn():
                time.sleep(WAIT_S)
        daemon.close()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
