"""`nightingale-ward` as a person meets it: what can be fixed is one line and exit status 2."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playlists import catalogue_playlists
from playlists.index import Recording, write_index
from tests.servers import Mosquitto, free_port

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NIGHTINGALE_", "DATABASE_URL"))}
    return kept | {"NIGHTINGALE_DATA": str(folder / "ward")} | more


def ward(folder: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Exit status, output, errors."""
    done = subprocess.run(
        [sys.executable, "-m", "ward", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """An index as the rendering program writes it; the ward never reads the tracks themselves."""
    folder = tmp_path / "music"
    folder.mkdir()
    slugs = {track.slug for playlist in catalogue_playlists() for track in playlist.tracks}
    made = {
        slug: Recording(slug, f"{place:064x}", 60.0, slug, -20.0, -3.0, 4.0) for place, slug in enumerate(sorted(slugs))
    }
    write_index(folder, made)
    return folder


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    return tmp_path


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"NIGHTINGALE_BROKRE": "x"}, "Did you mean NIGHTINGALE_BROKER?"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not valid"),
        ({"DATABASE_URL": "postgres://ward@127.0.0.1:1/ward"}, "Check that PostgreSQL is running at 127.0.0.1"),
        ({"NIGHTINGALE_DATA": "/dev/null/ward"}, "Check its permissions"),
        ({"NIGHTINGALE_SECRET_KEY_FILE": "/dev/null/key"}, "Check its permissions"),
        ({"NIGHTINGALE_SECRET_KEY_FILE": "/dev/zero"}, "/dev/zero is not a file"),
    ],
)
def test_a_setting_that_cannot_work_is_one_line(tmp_path: Path, more: dict[str, str], line: str) -> None:
    status, _, errors = ward(tmp_path, "add-device", "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401", "01", **more)
    assert status == 2
    assert line in errors
    assert len(errors.strip().splitlines()) == 1


def test_an_unknown_command_is_djangos_message(tmp_path: Path) -> None:
    _, _, errors = ward(tmp_path, "demo-dat")
    assert "Did you mean demo_data?" in errors


def test_two_starts_at_once_agree_on_one_secret_key(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "ward",
        "shell",
        "-c",
        "from django.conf import settings; print(settings.SECRET_KEY)",
    ]
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {process.communicate(timeout=300)[0].splitlines()[-1] for process in started}
    assert len(said) == 1
    assert (tmp_path / "ward" / "secret-key").stat().st_mode & 0o077 == 0


def test_serve_asks_for_migrate_and_names_a_port_in_use(tmp_path: Path, prepared: Path) -> None:
    empty = tmp_path / "empty"
    status, _, errors = ward(empty, "serve")
    assert (status, "Run: nightingale-ward migrate" in errors) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, _, errors = ward(prepared, "serve", f"--listen=127.0.0.1:{taken.getsockname()[1]}")
    assert (status, "Address already in use" in errors) == (2, True)
    assert len(errors.strip().splitlines()) == 1
    assert ward(prepared, "serve", "--listen=8000")[0] == 2


def test_the_demo_is_made_once_and_never_in_a_real_ward(prepared: Path, music: Path) -> None:
    status, output, errors = ward(prepared, "demo-data", NIGHTINGALE_MUSIC=str(music))
    assert (status, "Sign in as" in output) == (0, True), errors
    count = (
        "from ward.assignments.models import Assignment as A; from ward.beds.models import Bed; from ward.music.models \
import Playlist as M; print(A.objects.count(), Bed.objects.count(), M.objects.count())"
    )
    first = ward(prepared, "shell", "-c", count)[1].splitlines()[-1]
    assert first == "3 3 3"
    assert ward(prepared, "demo-data", NIGHTINGALE_MUSIC=str(music))[0] == 0
    assert ward(prepared, "shell", "-c", count)[1].splitlines()[-1] == first
    real = "from ward.beds.models import Ward; Ward.objects.create(name='ICU', slug='icu')"
    ward(prepared, "shell", "-c", real)
    status, _, errors = ward(prepared, "demo-data", NIGHTINGALE_MUSIC=str(music))
    assert (status, "set NIGHTINGALE_DATA to an empty folder" in errors) == (2, True)


def test_playlists_are_loaded_again_without_a_change_and_a_missing_folder_is_one_line(
    prepared: Path, music: Path
) -> None:
    for _ in range(2):
        assert ward(prepared, "load-playlists", str(music))[1] == "3 playlists can be assigned.\n"
    status, _, errors = ward(prepared, "load-playlists", str(prepared / "nowhere"))
    assert (status, "there is no music here yet" in errors) == (2, True)


def test_a_box_is_added_to_a_bed_and_mistakes_are_one_line(prepared: Path, music: Path) -> None:
    ward(prepared, "demo-data", NIGHTINGALE_MUSIC=str(music))
    box = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401"
    for _ in range(2):
        assert ward(prepared, "add-device", box, "41", "--bed=2")[1] == "box 41 added at bed 2.\n"
    wrong = [(box, "01"), ("box", "42"), (box, "123456789"), (box, "42", "--bed=9"), (box, "42", "--bed=2", "--ward=x")]
    for arguments in wrong:
        status, _, errors = ward(prepared, "add-device", *arguments)
        assert (status, len(errors.strip().splitlines())) == (2, 1), errors


def test_mqttd_says_where_it_is_and_ends_when_told(prepared: Path, mosquitto: Mosquitto) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ward", "mqttd"],
        cwd=ROOT,
        env=environment(prepared, NIGHTINGALE_BROKER=f"127.0.0.1:{free_port()},127.0.0.1:{mosquitto.port}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"mqttd: connected to 127.0.0.1:{mosquitto.port}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()


def test_serve_answers_and_ends_when_told(prepared: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "ward", "serve", f"--listen=127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(prepared), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"ward: http://127.0.0.1:{port}\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert asked.recv(9) == b"HTTP/1.1 "
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 600000000\r\n\r\n")
            assert asked.recv(12) == b"HTTP/1.1 413", "before any of it has come"
        process.send_signal(signal.SIGTERM)
        ends = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
        assert process.returncode is not None
    finally:
        process.kill()
        process.communicate()


def test_no_command_ends_with_the_name_of_an_error_class(prepared: Path, music: Path) -> None:
    """Also Django's own; what a person can do stands in the line."""
    ended = {
        ("check",): 1,
        ("check", "--deploy", "--fail-level=WARNING"): 1,
        ("migrate", "no_such_app"): 1,
        ("audit", "verify", "--head=x"): 2,
        ("audit", "export", "--ward=x"): 2,
        ("administrator", "lena", "--ward=x"): 2,
        ("load-playlists", str(prepared / "nowhere")): 2,
        ("add-device", "box", "42"): 2,
        ("demo-data", "--device=x"): 2,
        ("serve", "--listen=8000"): 2,
    }
    for arguments, expected in ended.items():
        status, _, errors = ward(prepared, *arguments)
        assert (status, "Error" in errors, "Traceback" in errors) == (expected, False, False), (arguments, errors)
        assert errors.startswith("nightingale-ward: "), errors
    assert "nightingale-ward: " in ward(prepared, "check")[2]
    assert "problems to fix. See the lines that begin with FIX." in ward(prepared, "check")[2]
    assert "CommandError" in ward(prepared, "migrate", "no_such_app", "--traceback")[2]
