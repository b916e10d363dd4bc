"""`python -m tests.benchmarks.pygame_music FIFO`: pygame.mixer.music, imported whole, as programs use it.

The pipe's name is for the process list: SDL reads it from the environment.
"""

import pygame

from tests.benchmarks.commands import serve

BUFFER_FRAMES = 1024


def play(arguments: list[str]) -> None:
    """Play the first track; the next one is queued."""
    volume, first, *others = arguments
    pygame.mixer.music.load(first)
    pygame.mixer.music.set_volume(int(volume) / 100)
    pygame.mixer.music.play()
    for other in others:  # it keeps one only
        pygame.mixer.music.queue(other)


def fade(arguments: list[str]) -> None:
    """Its own fade-out, which blocks only whoever plays something else meanwhile."""
    pygame.mixer.music.fadeout(round(float(arguments[0]) * 1000))


def stop(_arguments: list[str]) -> None:
    """Silence at once."""
    pygame.mixer.music.stop()


if __name__ == "__main__":
    pygame.mixer.init(frequency=48_000, size=-16, channels=2, buffer=BUFFER_FRAMES, allowedchanges=0)
    serve({"play": play, "fade": fade, "stop": stop})
