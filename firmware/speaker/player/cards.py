"""What the kernel says of the sound card that this process has open; reads /proc/asound and nothing else."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Substream:
    """The playback substream that one of our threads owns; its status file goes with the card."""

    status: Path
    owner: str

    @classmethod
    def of_this_process(cls, proc: Path = PROC) -> Self | None:
        """Find it after opening; None where the sound goes through a server or the kernel tells nothing."""
        threads = {task.name for task in (proc / "self/task").glob("*")}
        for status in sorted((proc / "asound").glob("card*/pcm*p/sub*/status")):
            owner = _fields(status).get("owner_pid", "")
            if owner in threads:
                return cls(status, owner)
        return None

    def fault(self) -> str | None:
        """Why the card is gone, or None."""
        fields = _fields(self.status)
        card = self.status.parents[2].name
        if not fields:
            return f"the sound card {card} is gone"
        if fields.get("owner_pid") != self.owner:
            return f"the sound card {card} was taken away"
        if fields.get("state") == "DISCONNECTED":
            return f"the sound card {card} was pulled"
        return None


def _fields(status: Path) -> dict[str, str]:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
