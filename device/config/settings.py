"""The box's configuration: reads one TOML file into checked, frozen values. Knows which values are allowed, not what
they do."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from device.clock.clock import zone_named
from device.config import calibration
from device.config.calibration import Calibration
from device.config.table import ConfigError, Table
from firmware.screen.screen import CHIPS
from firmware.speaker.sink import Sink, SinkKind
from playlists.files import read_text
from playlists.parsing import UnreadableError, one_line, parse_toml

__all__ = [
    "BoxSettings",
    "Broker",
    "ConfigError",
    "ContentSettings",
    "LinkSettings",
    "ScreenSettings",
    "Settings",
    "SoundSettings",
    "default_settings",
    "describe",
    "load",
]

log = logging.getLogger(__name__)

# An uncalibrated box is assumed to be this loud (dB(A) at the pillow, -20 LUFS pink noise at full scale): louder than
# small speakers are at 50 cm, so the level it plays is never above the level it shows.
UNCALIBRATED_DBA = 85.0
LOWEST_CAP_DBA, HIGHEST_CAP_DBA = 30.0, 65.0  # 65 is the hard limit of the design
DATA_FOLDER = Path("/var/lib/nightingale")
ID_FILE = "box-id"
SYSTEM_SINK = Sink(SinkKind.SYSTEM)
LANGUAGES = Path(__file__).parents[1] / "display" / "screens" / "languages"
EXAMPLE = "copy deploy/device.example.toml"
NEW_ID = "make one with `cat /proc/sys/kernel/random/uuid`"


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """Which box this is. `id`: lower-case UUID; `name`: the name on its label; `data`, `music`: folders;
    `time_zone`: IANA's name, empty: the system's; `language`: of the screen, two letters."""

    id: str
    name: str = ""
    data: Path = DATA_FOLDER
    music: Path = DATA_FOLDER / "music"
    time_zone: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """Where the sound goes, how it sounds and how loud it may be; levels in dB(A) at the pillow.

    `calibration`: what was measured, stored in the data folder; `calibration_fault`: why it is not used, one line.
    `uncalibrated_dba`: how loud the box is assumed to be before it is measured; a high number is safe. The caps are
    the box's own, the ward can only lower them. `mono`: both channels carry their mean; `presence`: +6 dB, 2 to 4 kHz.
    """

    output: Sink = SYSTEM_SINK
    uncalibrated_dba: float = UNCALIBRATED_DBA
    calibration: Calibration | None = None
    calibration_fault: str = ""
    cap_day_dba: float = 60.0
    cap_night_dba: float = 45.0
    start_day_dba: float = 50.0
    start_night_dba: float = 38.0
    mono: bool = True
    presence: bool = False

    @property
    def full_scale_dba(self) -> float:
        """How loud -20 LUFS pink noise is with every gain at 0 dB, measured or assumed."""
        return self.calibration.full_scale_dba if self.calibration else self.uncalibrated_dba

    @property
    def calibrated(self) -> bool:
        """Whether this box has been measured at the pillow."""
        return self.calibration is not None

    @property
    def calibrated_on(self) -> date | None:
        """The day of the measurement."""
        return self.calibration.measured_on if self.calibration else None

    @property
    def calibration_line(self) -> str:
        """Whether the box is calibrated and what to do, for facilities."""
        if self.calibration:
            return str(self.calibration)
        if self.calibration_fault:
            return f"uses a safe low volume: {self.calibration_fault}"
        return "not calibrated: uses a safe low volume; measure with nightingale-device calibrate"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How to reach the ward: without `brokers` not at all. `ca`, `cert`, `key`: PEM files; `protocol`: MQTT 4 or 5."""

    brokers: tuple[Broker, ...] = ()
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    protocol: int = 4


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """From where tracks are fetched, each at `<url>/<sha256>`; without `url` none are. `ca`, `cert`, `key`: PEM files;
    `most_mb`: how much all fetched tracks may take."""

    url: str = ""
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    most_mb: float = 4000.0

    @property
    def most_bytes(self) -> int:
        """The same limit in bytes."""
        return int(self.most_mb * 1e6)


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Whether the box has its OLED, with which chip and at which I2C address; without it only the words are missing."""

    fitted: bool = True
    chip: str = CHIPS[0]
    address: int = 0x3C


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings that a box reads before it starts."""

    box: BoxSettings
    sound: SoundSettings = SoundSettings()
    link: LinkSettings = LinkSettings()
    screen: ScreenSettings = ScreenSettings()
    content: ContentSettings = ContentSettings()


KEYS: dict[str, frozenset[str]] = {
    "box": frozenset({"id", "name", "data", "music", "time_zone", "language"}),
    "sound": frozenset(
        {
            "output",
            "uncalibrated_dba",
            "cap_day_dba",
            "cap_night_dba",
            "start_day_dba",
            "start_night_dba",
            "mono",
            "presence",
        }
    ),
    "link": frozenset({"brokers", "ca", "cert", "key", "protocol"}),
    "screen": frozenset({"fitted", "chip", "address"}),
    "content": frozenset({"url", "ca", "cert", "key", "most_mb"}),
}


def load(path: Path | str) -> Settings:
    """Read a configuration file; relative folders and files in it are beside it.

    Raises ConfigError with a line for each wrong key that names file, key and what is allowed.
    """
    return understand(read(path), Path(path))


def read(path: Path | str) -> str:
    """The text of a configuration file. Raises ConfigError with one line."""
    try:
        text = read_text(Path(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}): {EXAMPLE}") from None
    except UnreadableError as error:
        raise ConfigError(f"{path}: {error}") from None
    if not text.strip("\0 \t\r\n"):
        raise ConfigError(f"{path}: is empty, perhaps after a power cut: {EXAMPLE}")
    return text


def understand(text: str, path: Path) -> Settings:
    """The settings in this text, as if read from `path`. Raises ConfigError as `load` does."""
    try:
        values = parse_toml(text)
    except UnreadableError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; fix that line") from None
    return _settings(str(path), path.parent, values)


def is_port(text: str) -> bool:
    """Whether this is the number of a port, in digits."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536


def default_settings(data_folder: Path | str) -> Settings:
    """What `simulate` uses without a configuration file: the folder keeps the box's id, made at the first start.

    Raises ConfigError when the folder holds something else in place of the id or cannot be written.
    """
    folder = Path(data_folder)
    id_file = folder / ID_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not id_file.exists() or (id_file.is_file() and not id_file.stat().st_size):
            id_file.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        box_id = read_text(id_file, most_bytes=1024).strip()
    except (OSError, UnreadableError) as error:
        raise ConfigError(f"{id_file}: the box's id cannot be stored there ({error}): choose another folder") from None
    values = {"box": {"id": box_id, "data": str(folder), "music": str(folder / "music")}}
    return _settings(str(id_file), Path(), values)


def describe(settings: Settings) -> str:
    """The configuration as the box reads it, one key a line, with units."""
    box, sound, link, content = settings.box, settings.sound, settings.link, settings.content
    lines = [
        f"box.id = {box.id}",
        f"box.name = {box.name or 'none'}",
        f"box.data = {box.data}",
        f"box.music = {box.music}",
        f"box.time_zone = {box.time_zone or 'as the system'}",
        f"box.language = {box.language}",
        f"sound.output = {sound.output}",
        f"sound.uncalibrated_dba = {sound.uncalibrated_dba:g} dB(A) at the pillow at full scale",
        f"sound, calibration: {sound.calibration_line}",
        f"sound.cap_day_dba = {sound.cap_day_dba:g} dB(A)",
        f"sound.cap_night_dba = {sound.cap_night_dba:g} dB(A)",
        f"sound.start_day_dba = {sound.start_day_dba:g} dB(A)",
        f"sound.start_night_dba = {sound.start_night_dba:g} dB(A)",
        f"sound.mono = {_yes(sound.mono)}",
        f"sound.presence = {_yes(sound.presence)}",
        f"link.brokers = {', '.join(map(str, link.brokers)) or 'none (no network)'}",
        f"link.ca = {link.ca or 'none (no TLS)'}",
        f"link.cert = {link.cert or 'none'}",
        f"link.key = {link.key or 'none'}",
        f"link.protocol = {link.protocol} (MQTT {'5' if link.protocol == 5 else '3.1.1'})",
        f"content.url = {content.url or 'none (tracks are not fetched)'}",
        f"content.ca = {content.ca or 'none (the system knows whom to trust)'}",
        f"content.cert = {content.cert or 'none'}",
        f"content.key = {content.key or 'none'}",
        f"content.most_mb = {content.most_mb:g} MB",
        f"screen.fitted = {_yes(settings.screen.fitted)}",
        f"screen.chip = {settings.screen.chip}",
        f"screen.address = 0x{settings.screen.address:02X}",
    ]
    return "\n".join(lines)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _settings(name: str, folder: Path, values: Mapping[str, Any]) -> Settings:
    told: list[str] = []
    whole = Table(name, "", folder, values, told)
    whole.refuse_unknown(KEYS)
    tables = {key: whole.table(key, KEYS[key]) for key in KEYS}
    box, sound = _box(tables["box"]), _sound(tables["sound"])
    link, screen = _link(tables["link"]), _screen(tables["screen"])
    content = _content(tables["content"])
    if told:
        raise ConfigError(*told)
    return Settings(box=box, sound=_calibrated(sound, box.data), link=link, screen=screen, content=content)


def _box(table: Table) -> BoxSettings:
    data = table.path("data") or DATA_FOLDER
    box_id = table.text("id")
    try:
        is_canonical = str(uuid.UUID(box_id)) == box_id
    except ValueError:
        is_canonical = False
    if not is_canonical:
        problem = "is missing" if not box_id else f"{box_id!r} is not a lower-case UUID"
        table.refuse("id", f"{problem}: {NEW_ID}")
    return BoxSettings(
        id=box_id,
        name=table.text("name", most=16),
        data=data,
        music=table.path("music") or data / "music",
        time_zone=_time_zone(table),
        language=_language(table),
    )


def _time_zone(table: Table) -> str:
    name = table.text("time_zone")
    try:
        zone_named(name)
    except ValueError as error:
        table.refuse("time_zone", str(error))
    return name


def _language(table: Table) -> str:
    language, known = table.text("language") or "en", sorted(file.stem for file in LANGUAGES.glob("*.toml"))
    if language not in known:
        table.refuse("language", f"the screen has no language {language!r}: choose one of {', '.join(known)}")
    return language


def _sound(table: Table) -> SoundSettings:
    cap_day_dba = _level(table, "cap_day_dba", 60.0, HIGHEST_CAP_DBA, "dB(A) at the pillow")
    cap_night_dba = _level(table, "cap_night_dba", 45.0, cap_day_dba, "dB(A), not above cap_day_dba")
    return SoundSettings(
        output=table.sink("output", SYSTEM_SINK),
        uncalibrated_dba=table.number(
            "uncalibrated_dba", UNCALIBRATED_DBA, calibration.LEAST_DBA, calibration.MOST_DBA, "dB(A) at the pillow"
        ),
        cap_day_dba=cap_day_dba,
        cap_night_dba=cap_night_dba,
        start_day_dba=_level(table, "start_day_dba", 50.0, cap_day_dba, "dB(A), not above cap_day_dba"),
        start_night_dba=_level(table, "start_night_dba", 38.0, cap_night_dba, "dB(A), not above cap_night_dba"),
        mono=table.flag("mono", default=True),
        presence=table.flag("presence", default=False),
    )


def _level(table: Table, key: str, default_dba: float, most_dba: float, unit: str) -> float:
    return table.number(key, min(default_dba, most_dba), LOWEST_CAP_DBA, most_dba, unit)


def _calibrated(sound: SoundSettings, data: Path) -> SoundSettings:
    """Adds the calibration. One that cannot be read is reported; the box still plays, at a safe low volume."""
    try:
        return replace(sound, calibration=calibration.read(data))
    except ConfigError as error:
        log.warning("not calibrated, uses a safe low volume: %s", error)
        return replace(sound, calibration_fault=str(error))


def _screen(table: Table) -> ScreenSettings:
    address = table.choice("address", 0x3C, {0x3C: "0x3C, the usual one", 0x3D: "0x3D, set by a jumper on its back"})
    chip = table.text("chip") or CHIPS[0]
    if chip not in CHIPS:
        table.refuse("chip", f"no display of that name ({chip!r}): choose one of {', '.join(CHIPS)}")
    return ScreenSettings(fitted=table.flag("fitted", default=True), chip=chip, address=address)


def _link(table: Table) -> LinkSettings:
    link = LinkSettings(
        brokers=tuple(filter(None, (_broker(table, text) for text in table.texts("brokers")))),
        ca=table.path("ca"),
        cert=table.path("cert"),
        key=table.path("key"),
        protocol=table.choice("protocol", 4, {4: "MQTT 3.1.1", 5: "MQTT 5"}),
    )
    _refuse_half_a_pair(table, link.cert, link.key)
    if link.cert and not link.ca:
        table.refuse("cert", "needs ca too: the PEM file that identifies the broker")
    return link


def _content(table: Table) -> ContentSettings:
    content = ContentSettings(
        url=_url(table),
        ca=table.path("ca"),
        cert=table.path("cert"),
        key=table.path("key"),
        most_mb=table.number("most_mb", 4000.0, 10.0, 1e6, "MB"),
    )
    _refuse_half_a_pair(table, content.cert, content.key)
    if (content.ca or content.cert) and not content.url.startswith("https:"):
        table.refuse("url", "must begin with https:// where ca or cert is set")
    return content


def _url(table: Table) -> str:
    text = table.text("url", most=500)
    if text and not _is_url(text):
        table.refuse("url", f'{one_line(repr(text), 60)} is not an address, like "https://ward.example/content"')
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    written = text.isascii() and " " not in text
    return written and plain and parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


def _refuse_half_a_pair(table: Table, cert: Path | None, key: Path | None) -> None:
    if (cert is None) != (key is None):
        table.refuse("cert" if cert else "key", "cert and key go together: set both PEM files")


def _broker(table: Table, text: str) -> Broker | None:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and is_port(port)):
        table.refuse("brokers", f'{one_line(repr(text), 60)} is not "host:port", like "broker.example:8883"')
        return None
    return Broker(host, int(port))
