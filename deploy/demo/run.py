"""The demo on one computer: broker, ward, mqttd, simulated and scripted boxes; started and ended together.

The pages are served first. What takes long (rendering music) goes on in the background, and the start page says so.
"""

import argparse
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import webbrowser
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402 - after the path
from hands import Hands, state  # noqa: E402
from processes import DemoError, Processes, free_port, listens, tell  # noqa: E402

from device import __version__  # noqa: E402
from device.config import calibration  # noqa: E402
from playlists.catalogue import catalogue_playlists  # noqa: E402
from playlists.format import PlaylistError  # noqa: E402
from playlists.index import read_index  # noqa: E402
from ward.demo.places import REAL_BOXES, VISITORS  # noqa: E402
from ward.demo_folder import DemoFolder, Told  # noqa: E402

AFTERNOON_H = 14  # the ward's time of day when the demo begins: most is to be seen then
FARTHEST_WEST_H = -9
# A laptop's speakers reach about this at arm's length; taken to be as loud as a box, they could hardly be heard.
LAPTOP_DBA = 70.0
CALIBRATED_DAYS_AGO = 27
BACKGROUND = ["nice", "-n", "10"] if shutil.which("nice") else []  # the pages come first
LOOKS_EVERY_S = 0.5
FIRST = ("calm", "sleep")


@dataclass(frozen=True)
class Place:
    """Where the demo keeps its files and listens. `today`: what is made anew at each start."""

    folder: Path
    music: Path
    broker: int
    ward: int
    panels: tuple[int, ...]
    zone: str

    @property
    def today(self) -> Path:
        """The database and the boxes' cards."""
        return self.folder / "today"

    @property
    def address(self) -> str:
        """The ward."""
        return f"http://127.0.0.1:{self.ward}/"


def main() -> int:
    """The command line."""
    options = _options()
    place = _place(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while it starts, it stops as by Ctrl+C: with all parts
    with ExitStack() as running:
        try:
            demo = Demo(place, running)
            demo.serve(browser=options.browser)
            demo.bring_up(options.password or secrets.token_urlsafe(24), _sound(options.sound))
        except DemoError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("\nStopping.", flush=True)
            return 1
        _say(place, options)
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        for box, port in zip(REAL_BOXES, place.panels, strict=True):
            if box.label != VISITORS:
                Hands(port, stopping).start()
        if options.seconds is not None:
            ends = threading.Timer(options.seconds, stopping.set)
            ends.daemon = True
            ends.start()
        demo.finish_music(stopping)
        stopping.wait()
        print("\nStopping.", flush=True)
    return 0


class Demo:
    """One demo, from an empty folder to a ward that lives."""

    def __init__(self, place: Place, running: ExitStack) -> None:
        self._place = place
        self._rendering: subprocess.Popen[bytes] | None = None
        place.folder.mkdir(parents=True, exist_ok=True)
        _alone(place.folder, running)
        _begin_anew(place.today)
        self._ward = [sys.executable, "-m", "ward"]
        environment = {
            "NIGHTINGALE_DATA": str(place.today / "ward"),
            "NIGHTINGALE_DEMO": str(place.today),
            "NIGHTINGALE_BROKER": f"127.0.0.1:{place.broker}",
            "NIGHTINGALE_MUSIC": str(place.music),
            "NIGHTINGALE_TIME_ZONE": place.zone,
        }
        self._processes = Processes(place.folder, ROOT, environment, running)
        boxes = {box.label: f"http://127.0.0.1:{port}/" for box, port in zip(REAL_BOXES, place.panels, strict=True)}
        now = datetime.now(UTC)
        self._told = Told(started_at=now, boxes=boxes, music_at=now, music_had=len(_rendered(place.music)))

    def serve(self, *, browser: bool) -> None:
        """Pages and broker, as soon as may be; the music begins to be made. Raises DemoError."""
        place = self._place
        DemoFolder(place.today).tell(self._told)
        if not _is_whole(place.music):
            tell("Rendering music in the background ...")
            render = [sys.executable, "-m", "playlists.starter", "--to", str(place.music)]
            self._rendering = self._processes.spawn("music", [*BACKGROUND, *render])
        self._processes.spawn("broker", [sys.executable, str(HERE / "broker.py"), f"--port={place.broker}"])
        tell("Database ...")
        self._processes.do([*self._ward, "migrate", "--verbosity", "0"])
        self._processes.spawn("ward", [*self._ward, "serve", f"--listen=127.0.0.1:{place.ward}"])
        self._processes.until("the ward", lambda: listens(place.ward))
        tell(f"Start page: {place.address}demo/")
        if browser and _has_screen():
            webbrowser.open(f"{place.address}demo/")

    def bring_up(self, password: str, sound: str) -> None:
        """Beds, people and days, then everything that speaks. Raises DemoError."""
        place, until = self._place, self._processes.until
        until("the first music", lambda: _can_begin(place.music))
        until("the broker", lambda: listens(place.broker))
        tell("Broker, ward and boxes ...")
        for box, port in zip(REAL_BOXES, place.panels, strict=True):  # they start while their beds are made
            self._box(box.number, box.id, port, sound if box.label == VISITORS else "silent")
        tell("Accounts, beds and two weeks of days ...")
        self._processes.do([*self._ward, "demo-data", f"--large={__version__}", f"--password={password}"])
        self._processes.spawn("mqttd", [*self._ward, "mqttd"])
        scripted = [sys.executable, str(HERE / "boxes.py"), f"--port={place.broker}", f"--folder={place.today}"]
        self._processes.spawn("boxes", scripted)
        for box, port in zip(REAL_BOXES, place.panels, strict=True):
            until(f"box {box.number}", lambda port=port: bool(state(port).get("assignment_version")))
        self._told = msgspec.structs.replace(self._told, ready=True)
        DemoFolder(place.today).tell(self._told)

    def finish_music(self, stopping: threading.Event) -> None:
        """Until all is rendered; then the playlists and their beds get it."""
        if self._rendering is None:
            return
        while self._rendering.poll() is None:
            if stopping.wait(LOOKS_EVERY_S):
                return
        try:
            self._processes.do([*self._ward, "demo-data", "--more-music"])
            tell("All music is there.")
        except DemoError as error:
            if not stopping.is_set():  # Ctrl+C ends that command as well
                print(f"demo: {error}", file=sys.stderr)

    def _box(self, number: str, box_id: str, port: int, sound: str) -> None:
        place = self._place
        data = place.today / number
        data.mkdir()
        measured_on = (datetime.now(UTC) - timedelta(days=CALIBRATED_DAYS_AGO)).date()
        calibration.write(data, calibration.Calibration(LAPTOP_DBA, measured_on, "facilities"))
        config = place.today / f"box-{number}.toml"
        config.write_text(
            f'[box]\nid = "{box_id}"\nname = "{number}"\ndata = "{data}"\nmusic = "{place.music}"\n'
            f'time_zone = "{place.zone}"\n\n[sound]\noutput = "{sound}"\n\n'
            f'[link]\nbrokers = ["127.0.0.1:{place.broker}"]\n'
        )
        command = [sys.executable, "-m", "device", "simulate", "--config", str(config), f"--panel=127.0.0.1:{port}"]
        self._processes.spawn(f"box-{number}", command)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Demo ward on this computer. Press Ctrl+C to stop.")
    parser.add_argument("--sound", default="auto", help="sound of the box at 7 A: auto, system, silent or disk:FILE")
    parser.add_argument("--ward-port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--music", type=Path, default=ROOT / "build" / "music")
    parser.add_argument("--password", default=None, help="password of the demo accounts; by default nobody knows it")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the start page")
    parser.add_argument("--seconds", type=float, default=None, help="stop after this many seconds")
    return parser.parse_args()


def _place(options: argparse.Namespace) -> Place:
    taken: set[int] = set()
    ports = [free_port(port, taken) for port in (options.ward_port, 1883, 8101, 8102, 8103)]
    folder, music = options.folder.resolve(), options.music.resolve()
    return Place(folder, music, ports[1], ports[0], tuple(ports[2:]), _zone(datetime.now(UTC)))


def _alone(folder: Path, running: ExitStack) -> None:
    """Two demos in one folder would take each other's ward away. Raises DemoError."""
    lock = running.enter_context((folder / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise DemoError(f"a demo runs in {folder} already. Stop it, or choose another folder with --folder") from None


def _begin_anew(today: Path) -> None:
    """What someone tried yesterday is not the next one's start. Takes away nothing that no demo made; raises
    DemoError."""
    if today.exists() and DemoFolder(today).told() is None and any(today.iterdir()):
        raise DemoError(f"{today} was made by something else. Choose another folder with --folder")
    shutil.rmtree(today, ignore_errors=True)
    (today / "ward").mkdir(parents=True)


def _zone(now: datetime) -> str:
    """Where it is afternoon now: beds are used, and nothing is dark. (In Etc/GMT the sign is the other way round.)"""
    hours = AFTERNOON_H - now.hour
    hours += 24 if hours < FARTHEST_WEST_H else 0
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def _rendered(music: Path) -> set[str]:
    try:
        return set(read_index(music))
    except PlaylistError:
        return set()


def _is_whole(music: Path) -> bool:
    return {track.slug for one in catalogue_playlists() for track in one.tracks} <= _rendered(music)


def _can_begin(music: Path) -> bool:
    """Whether there is something to play by day and something for the night; the rest comes meanwhile."""
    there = _rendered(music)
    first = [one for one in catalogue_playlists() if one.slug in FIRST]
    return all(any(track.slug in there for track in one.tracks) for one in first)


def _has_screen() -> bool:
    """Whether a browser can open here; without one, a program in the terminal would take its place."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _sound(wanted: str) -> str:
    """The laptop's own sound where it has a card; on a machine without one the box plays in silence."""
    cards = Path("/proc/asound/cards")
    if wanted != "auto":
        return wanted
    return "silent" if sys.platform == "linux" and (not cards.exists() or "no sound" in cards.read_text()) else "system"


def _say(place: Place, options: argparse.Namespace) -> None:
    sound = _sound(options.sound)
    heard = {"system": "with sound", "silent": "no sound card found: plays without sound"}.get(sound, sound)
    boxes = "\n".join(
        f"  Box at {box.label:<7} http://127.0.0.1:{port}/" + (f"       ({heard})" if box.label == VISITORS else "")
        for box, port in zip(REAL_BOXES, place.panels, strict=True)
    )
    print(
        f"""
  Nightingale: a ward on this computer. A music player for relaxation and rest.
  Not a medical device, not a monitor, not an alarm.

  Start here    {place.address}demo/       no password: choose a role
{boxes}

  Press Ctrl+C to stop.""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
