"""A process that writes a log as fast as it can and says what is kept, to be killed at any moment."""

import random
import sys
from pathlib import Path

from tests.box.recorded import a_log, numbered


def main() -> None:
    """Arguments: the log's file and the first number to write."""
    log = a_log(Path(sys.argv[1]))
    log.open()
    number = int(sys.argv[2])
    chance = random.Random(number)
    while True:
        count = chance.randrange(1, 6)
        numbers = range(number, number + count)
        number += count
        log.put([(numbered(each), "stay-1") for each in numbers], memory=str(number - 1).encode())
        if chance.random() < 0.5:
            log.flush()
            print("kept", number - 1, flush=True)
        if chance.random() < 0.1 and (batch := log.batch()):
            through = batch.first_seq + len(batch.entries) // 2 - 1
            print("received", through, flush=True)
            log.receipt(batch.log_id, through)


if __name__ == "__main__":
    main()
