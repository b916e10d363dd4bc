"""Runs what the host asks for, a line of JSON each way over a virtual serial port. One command at a time."""

import json
import os
import subprocess
import sys
import tempfile
import time


def main(path: str) -> None:
    port = os.open(path, os.O_RDWR)
    for line in lines(port):
        answer(port, json.loads(line))


def lines(port: int):
    """Whole lines; where nobody is at the other end, a read returns nothing at once."""
    held = b""
    while True:
        chunk = os.read(port, 1 << 16)
        if not chunk:
            time.sleep(0.2)
        held += chunk
        *whole, held = held.split(b"\n")
        yield from filter(None, whole)


def answer(port: int, asked: dict) -> None:
    with tempfile.TemporaryFile(dir="/run") as said:
        code = run(asked, said)
        said.seek(0)
        text = said.read().decode(errors="replace")
    reply = (json.dumps({"id": asked["id"], "code": code, "said": text}) + "\n").encode()
    while reply:
        reply = reply[os.write(port, reply) :]


def run(asked: dict, said) -> int:
    """Whatever goes on in the background must not keep `said`: only the command itself is waited for."""
    command = ["bash", "-c", asked["command"]]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True, cwd="/root"
    )
    try:
        return process.wait(asked["within_s"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        return 124


if __name__ == "__main__":
    main(sys.argv[1])
