"""A few processes that do jobs and die with their parent; knows nothing of music."""

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TypeVar

ENDING = {signal.SIGINT, signal.SIGTERM}
JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class WorkerError(Exception):
    """A process died or its job failed; the line says which."""


def in_processes(work: Callable[[JobT], ResultT], jobs: Sequence[JobT], processes: int) -> Iterator[ResultT]:
    """Results in the order they get ready. Leaving the iterator, by Ctrl-C too, ends the processes at once.

    concurrent.futures would finish running jobs first, and a Pool waits for ever for a process that was killed.
    """
    if processes <= 1 or len(jobs) <= 1:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the caller's threads' locks
    waiting = list(reversed(jobs))
    workers = {}
    try:
        with _held_back(ENDING):
            for _ in range(min(processes, len(jobs))):
                here, there = context.Pipe()
                worker = context.Process(target=_serve, args=(work, there), daemon=True)
                worker.start()
                workers[here] = worker
                there.close()  # so that a worker's death ends the pipe
        for here in workers:
            with contextlib.suppress(BrokenPipeError):  # one that is dead already is told of below
                here.send(waiting.pop())
        yield from _results(list(workers), waiting)
    finally:
        for here, worker in workers.items():
            here.close()
            worker.terminate()
            worker.join()


def _results(open_pipes: list[Connection], waiting: list[JobT]) -> Iterator[ResultT]:
    while open_pipes:
        for pipe in wait(open_pipes):
            assert isinstance(pipe, Connection)  # noqa: S101 - wait() also takes sockets and handles; these are pipes
            try:
                result, problem = pipe.recv()
            except (EOFError, ConnectionResetError):
                raise WorkerError("a process was killed, perhaps for want of memory; run it again") from None
            if problem:
                raise WorkerError(problem)
            if waiting:
                pipe.send(waiting.pop())
            else:
                open_pipes.remove(pipe)
            yield result


@contextlib.contextmanager
def _held_back(signals: set[signal.Signals]) -> Iterator[None]:
    """Signals wait while processes are born: a half-born one would complain on the terminal or be forgotten."""
    resource_tracker.ensure_running()  # which else would start inside, and let the signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(work: Callable[[JobT], ResultT], pipe: Connection) -> None:
    """Runs in the process: one job after the other until the parent closes the pipe."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)  # Ctrl-C reaches us as well; the parent says what there is to say
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((work(job), ""))
        except Exception as error:  # noqa: BLE001 - told to the parent, which raises it in one line
            pipe.send((None, f"{type(error).__name__}: {error}"))
