"""Supervision with words and time put in by hand."""

from firmware.speaker import Ready, commands
from firmware.speaker.actions import Action
from firmware.speaker.commands import Hello, Opening
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.supervision import Supervision

OPEN = commands.Open("silent", 85.0, 65.0, 45.0, mono=False, presence=False)
PLAY = commands.Play(7, "track", 12.0, 50.0, 5.0, 0.0, 0.0, in_fade=False)
CUE = commands.Cue(8, "track", 0.0, 0.0)
STOP = commands.Stop(0, 0.15)


class Watch:
    """Supervision, with words and time put in by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.play_id: int | None = None  # what the active player's heartbeat says is heard
        self.obeyed = 1000  # commands: more than were ever sent, or as many as a test says
        self.rules = Supervision(OPEN)
        self.done: list[Action] = self.rules.start(self.now)

    def says(self, number: int, *words: commands.Word) -> list[Action]:
        """A player says this, now."""
        done = [action for word in words for action in self.rules.heard(number, word, self.now)]
        self.done += done
        return done

    def asks(self, command: commands.Command) -> list[Action]:
        """The bedside process asks for this, now."""
        if isinstance(command, commands.Play | commands.Stop):
            self.play_id = command.play_id if isinstance(command, commands.Play) else None
        done = self.rules.ask(command, self.now)
        self.done += done
        return done

    def waits(self, seconds: float, *, beating: bool = False) -> list[Action]:
        """Time passes; if `beating` the active player's heartbeat is felt."""
        until, done = self.now + seconds, []
        while self.now < until - 1e-9:
            self.now = min(until, self.now + 0.05)
            if beating:
                self.rules.felt(Heartbeat(self.now, self.play_id, obeyed=self.obeyed))
            done += self.rules.tick(self.now)
        self.done += done
        return done


def running() -> Watch:
    """Player 1 is open, player 2 stands by."""
    watch = Watch()
    watch.says(1, Hello(), Opening(), Ready())
    watch.says(2, Hello())
    return watch
