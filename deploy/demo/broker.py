"""A broker for demos and tests, in pure Python: nothing to install. Not for a ward, which runs Mosquitto."""

import argparse
import asyncio
import logging
import signal
import sys

from amqtt.broker import Broker
from amqtt.errors import BrokerError


async def serve(port: int) -> None:
    """Serve MQTT 3.1.1 on loopback until SIGTERM or SIGINT."""
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await broker.start()
    print(f"broker 127.0.0.1:{port}", flush=True)
    await ended.wait()
    await broker.shutdown()


def main() -> int:
    """The command line: --port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=1883)
    port = parser.parse_args().port
    logging.basicConfig(level=logging.CRITICAL)  # what went wrong is told in one line below
    try:
        asyncio.run(serve(port))
    except (BrokerError, OSError) as error:
        reason = " ".join(str(error).split())
        print(f"broker: port {port} of 127.0.0.1: {reason}: choose another with --port", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
