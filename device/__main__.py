"""The box's command line: run, simulate, calibrate, measure, load, check. Errors to fix: one line, exit code 2."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from device import __version__
from device.config import last_good
from device.config.calibration import CalibrationError
from device.config.settings import Broker, Settings, default_settings, describe, is_port, load
from device.config.table import ConfigError
from device.log.stores import LogError
from firmware import FirmwareError
from firmware.parent import die_with
from firmware.speaker import SinkError, parse_sink
from firmware.stderr import never_block

SINKS = "disk:FILE|silent|system"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code. Without `arguments` it owns the process."""
    options = _parser().parse_args(arguments)
    if arguments is None and options.serves:
        never_block()
    for stream in (sys.stdout, sys.stderr):  # a console without a character must not end a command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(message)s")
    try:
        return int(options.act(options))
    except (ConfigError, CalibrationError, SinkError, FirmwareError, LogError) as error:
        for line in error.lines if isinstance(error, ConfigError) else (error,):
            print(f"nightingale-device: {line}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nightingale-device", description="The bedside box of Nightingale.")
    parser.add_argument("--version", action="version", version=f"nightingale-device {__version__}")
    parser.set_defaults(serves=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="the service on a Pi")
    run.add_argument("--config", type=Path, required=True, help="the box's TOML file (deploy/device.example.toml)")
    run.set_defaults(act=_run, serves=True)

    simulate = commands.add_parser("simulate", help="a complete box on a laptop")
    simulate.add_argument(
        "--config", type=Path, help="a box's TOML file; without it a box is created and stored in --data"
    )
    simulate.add_argument(
        "--panel", default="127.0.0.1:8101", metavar="HOST:PORT", help="address of the page with the box's front"
    )
    simulate.add_argument("--sound", default=None, metavar=SINKS, help="where the sound goes")
    simulate.add_argument("--music", type=Path, default=None, help="the music folder (`make venv` renders build/music)")
    simulate.add_argument("--data", type=Path, default=Path("build/box"), help="data folder of a box without --config")
    simulate.add_argument("--at", type=_local_time, default=None, metavar="TIME", help="time on its clock at the start")
    simulate.set_defaults(act=_simulate, serves=True)

    calibrate = commands.add_parser("calibrate", help="measure this box's loudness with a sound level meter")
    calibrate.add_argument("--config", type=Path, required=True, help="the box's TOML file")
    calibrate.add_argument("--room", metavar="DBA", help="meter reading without sound; asked for if missing")
    calibrate.add_argument("--reading", metavar="DBA", help="meter reading with the noise; asked for if missing")
    calibrate.add_argument("--by", metavar="ROLE", help="your role, never your name; asked for if missing")
    calibrate.add_argument("--sound", default=None, metavar=SINKS, help="where the sound goes; works without pins")
    calibrate.add_argument("--by-night", action="store_true", help="also by night: no one sleeps nearby")
    calibrate.set_defaults(act=_calibrate)

    measure = commands.add_parser("measure", help="measure how loud a box plays music files")
    measure.add_argument("--parent", type=int, default=None, help=argparse.SUPPRESS)  # the box that started it
    measure.add_argument("files", type=Path, nargs="+", metavar="FILE")
    measure.set_defaults(act=_measure)

    load_tracks = commands.add_parser("load", help="bring tracks to this box from a folder, such as a stick")
    load_tracks.add_argument("--config", type=Path, required=True, help="the box's TOML file")
    load_tracks.add_argument("folder", type=Path, metavar="DIR")
    load_tracks.set_defaults(act=_load)

    check = commands.add_parser("check", help="test this box and say what to do")
    check.add_argument("--config", type=Path, required=True)
    check.set_defaults(act=_check)
    return parser


def _run(options: argparse.Namespace) -> int:
    from device.app import run  # drivers are imported only where they are used

    return run(options.config, last_good.load(options.config))


def _simulate(options: argparse.Namespace) -> int:
    from device.simulate import simulate

    settings = _simulated_settings(options)
    return simulate(settings, _address(options.panel), options.at)


def _simulated_settings(options: argparse.Namespace) -> Settings:
    settings = load(options.config) if options.config else default_settings(options.data)
    if options.music or not options.config:
        settings = replace(settings, box=replace(settings.box, music=options.music or Path("build/music")))
    return _with_sound(settings, options.sound)


def _with_sound(settings: Settings, sink: str | None) -> Settings:
    return replace(settings, sound=replace(settings.sound, output=parse_sink(sink))) if sink else settings


def _calibrate(options: argparse.Namespace) -> int:
    from device.calibrate.procedure import Given, calibrate

    logging.getLogger().setLevel(logging.WARNING)  # a person reads the output
    given = Given.read(options.room, options.reading, options.by)
    settings = _with_sound(load(options.config), options.sound)
    return calibrate(settings, given, needs_pins=not options.sound, by_night=options.by_night)


def _measure(options: argparse.Namespace) -> int:
    if options.parent is not None:
        die_with(options.parent)
    from device.music.measure import measure

    return measure(options.files)


def _load(options: argparse.Namespace) -> int:
    from device.log import stores
    from device.music.load import load as load_tracks
    from device.music.music import Music
    from device.music.track_store import TrackStore
    from device.rules.memory import needed_of

    logging.getLogger().setLevel(logging.WARNING)  # a person reads the output
    settings = load(options.config)
    box = settings.box
    if os.geteuid() == 0 and box.data.exists() and box.data.stat().st_uid != 0:
        raise ConfigError(f"run it as the service's user (its files are of user {box.data.stat().st_uid}), not as root")
    wanted = needed_of(stores.read_memory(box.data / stores.FILE_NAME))
    store = TrackStore(box.music, box.data, most_bytes=settings.content.most_bytes)
    return load_tracks(options.folder, Music(box.music, settings.sound), store, wanted)


def _check(options: argparse.Namespace) -> int:
    from device.check.check import Finding, check, tell

    logging.getLogger().setLevel(logging.ERROR)  # warnings are findings too
    try:
        settings = load(options.config)
    except ConfigError as error:
        return tell([Finding("config", False, line, needed=True) for line in error.lines])
    print(describe(settings))
    return check(settings)


def _local_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{text}: use local time, like 2026-10-25T02:55")
    return at


def _address(text: str) -> Broker:
    host, _, port = text.rpartition(":")
    if not host or not (port == "0" or is_port(port)):
        raise ConfigError(f"--panel {text}: use HOST:PORT, like 127.0.0.1:8101")
    return Broker(host, int(port))


if __name__ == "__main__":
    sys.exit(main())
