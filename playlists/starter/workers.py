"""A few processes that do jobs and die with their parent; knows nothing of music."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import TypeVar

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
        for _ in range(min(processes, len(jobs))):
            here, there = context.Pipe()
            worker = context.Process(target=_serve, args=(work, there), daemon=True)
            worker.start()
            there.close()  # so that a worker's death ends the pipe
            here.send(waiting.pop())
            workers[here] = worker
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


def _serve(work: Callable[[JobT], ResultT], pipe: Connection) -> None:
    """Runs in the process: one job after the other until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches us as well; the parent says what there is to say
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((work(job), ""))
        except Exception as error:  # noqa: BLE001 - told to the parent, which raises it in one line
            pipe.send((None, f"{type(error).__name__}: {error}"))
