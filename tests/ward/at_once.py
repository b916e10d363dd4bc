"""Several hands in the same moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(*actions: Callable[[], Answer]) -> list[Answer]:
    """What each of them answered, in their order; all begin in the same moment, each with a connection of its own."""
    barrier = threading.Barrier(len(actions))
    answers: dict[int, Answer] = {}
    failures: list[BaseException] = []

    def run(place: int) -> None:
        try:
            barrier.wait()
            answers[place] = actions[place]()
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return [answers[place] for place in range(len(actions))]
