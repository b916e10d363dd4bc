"""What a player loads for its sound: nothing that the sound does not need."""

import subprocess
import sys
from pathlib import Path

OPEN = """
import sys
from firmware.speaker.player.engine import Engine
from firmware.speaker.player.ring_writer import Tally
from firmware.speaker.player.mixer import MixerOutput
from firmware.speaker.sink import parse_sink
from firmware.speaker.profile import OutputProfile

output = MixerOutput(parse_sink("silent"))
engine = Engine(output, print, OutputProfile(85.0), Tally())
engine.close()
print(*sys.modules)
"""
HEAVY = {"numpy.random", "hashlib", "pygame.font", "ssl"}  # 1 to 6 MB each


def test_an_open_player_has_loaded_only_what_it_plays_with() -> None:
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", OPEN], cwd=root, check=True, capture_output=True, text=True).stdout
    assert not HEAVY & set(said.split())
