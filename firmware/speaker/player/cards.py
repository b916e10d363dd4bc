"""What the kernel says of the sound card that this process has open, and of the thread that feeds it; reads /proc."""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")
_AUDIO_THREAD = "SDLAudioP"  # SDL's name for a thread that plays; a number follows
_XRUN = 0x4148  # SNDRV_PCM_IOCTL_XRUN in <sound/asound.h>


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

    def runs_since(self) -> str:
        """When it was started last, as the kernel says it; another value after an underrun."""
        return _fields(self.status).get("trigger_time", "")

    @property
    def is_written_by_calls(self) -> bool:
        """Whether sound is given to it by calls, in which the kernel can wait, and not through shared memory."""
        return _fields(self.status.with_name("hw_params")).get("access", "").startswith("RW_")

    @property
    def is_usb(self) -> bool:
        """Whether it may be pulled: only such a card has this file."""
        return (self.status.parents[2] / "usbid").exists()

    @property
    def device(self) -> str:
        """The file that is open: /proc/asound/card0/pcm1p/sub0 is /dev/snd/pcmC0D1p."""
        pcm, card = self.status.parents[1].name, self.status.parents[2].name
        return f"/dev/snd/pcmC{card.removeprefix('card')}D{pcm.removeprefix('pcm')}"

    def run_dry(self, proc: Path = PROC) -> bool:
        """Put it where it is when it has run dry: who writes next prepares and starts it again. Whether it could be."""
        handles = [int(handle.name) for handle in (proc / "self/fd").glob("*") if _target(handle) == self.device]
        try:
            for handle in handles:
                fcntl.ioctl(handle, _XRUN)
        except OSError:  # it does not run yet, or any more
            return False
        return bool(handles)

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


def audio_thread_waits(proc: Path = PROC) -> bool:
    """Whether SDL's audio thread has work and waits for a processor; it sleeps where it waits for the device."""
    return any(
        _read(task / "comm").startswith(_AUDIO_THREAD) and _read(task / "stat").rpartition(")")[2].split()[:1] == ["R"]
        for task in (proc / "self/task").glob("*")
    )


def _fields(status: Path) -> dict[str, str]:
    lines = _read(status).splitlines()
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
