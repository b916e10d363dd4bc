"""The pipe between bedside process and player: whole messages, in order, and an end when either side is gone.

A socket pair that keeps messages apart (SOCK_SEQPACKET) frames them in the kernel: none is ever torn or glued.
"""

import socket
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

_MOST_BYTES = 65_536
Said = TypeVar("Said")


class ChannelClosedError(Exception):
    """The other side has gone."""


class Channel(Generic[Said]):
    """One end. Sends anything that msgspec encodes, reads messages of one union. One thread at a time."""

    def __init__(self, end: socket.socket, reads: Any) -> None:
        self._end = end
        self._end.setblocking(False)
        self._decode = msgspec.msgpack.Decoder(reads).decode
        self._encode = msgspec.msgpack.Encoder().encode

    def fileno(self) -> int:
        """To wait for."""
        return self._end.fileno()

    def send(self, message: Any) -> bool:
        """Say it; False where there is no room, as the other side does not read. Raises ChannelClosedError."""
        try:
            self._end.send(self._encode(message))
        except BlockingIOError:
            return False
        except OSError as error:
            raise ChannelClosedError from error
        return True

    def messages(self) -> Iterator[Said]:
        """What has come, without waiting. Raises ChannelClosedError after the last."""
        while True:
            try:
                data = self._end.recv(_MOST_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                raise ChannelClosedError from error
            if not data:
                raise ChannelClosedError
            yield self._decode(data)

    def close(self) -> None:
        """Hang up."""
        self._end.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that belong together."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
