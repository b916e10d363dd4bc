"""The fixtures of the attacks."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.hostile.attack import Attack, prepare
from tests.hostile.clients import FAST
from tests.hostile.tally import Tally, keep
from tests.ward.conftest import _audit_goes_first  # noqa: F401 - a fixture
from tests.ward.saying import NOW


@pytest.fixture(scope="module")
def attack(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Attack]:
    """One afternoon for all tests of a file: each request is undone."""
    stopped = time_machine.travel(NOW, tick=False)
    with (
        django_db_blocker.unblock(),
        stopped,
        override_settings(PASSWORD_HASHERS=[FAST]),
        _quiet(),
        transaction.atomic(),
    ):
        yield prepare(NOW)
        transaction.set_rollback(True)


@pytest.fixture
def counted(request: pytest.FixtureRequest, attack: Attack) -> Iterator[None]:
    """What this test tries is told at the end of the run."""
    attack.tally.clear()
    yield
    keep(request, attack.tally)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """What this test tries is told at the end of the run."""
    made: Tally = Counter()
    yield made
    keep(request, made)


@contextmanager
def _quiet() -> Iterator[None]:
    """Django tells each request that it refuses: thousands here. What breaks is told by the attack itself."""
    logger = logging.getLogger("django")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)
