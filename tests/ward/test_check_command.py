"""`nightingale-ward check` says what is unsafe in an installation, line by line, and never how Python ended."""

from pathlib import Path

import pytest
from django.db import connection

from tests.servers import MOSQUITTO, free_port, mosquitto, need
from tests.ward.checked import HOST, lines, started, to_fix
from tests.ward.test_main import environment, ward


def test_a_new_folder_on_a_laptop_is_told_what_a_ward_lacks(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    status, found = lines(tmp_path, NIGHTINGALE_BROKER=f"127.0.0.1:{free_port()}", NIGHTINGALE_DEBUG="yes")
    assert status == 1
    told = ["HTTPS is off", "has only this computer", "NIGHTINGALE_DEBUG is on", "no backup found"]
    told += ["does not answer (Connection refused)", "mqttd has never run"]
    to_do = to_fix(found)
    assert len(to_do) == len(told), to_do
    assert [one for one in told if not any(one in line for line in to_do)] == []
    assert [line for line in found if "SQLite" in line and "use PostgreSQL for a ward" in line]


@pytest.mark.django_db(transaction=True)
def test_a_ward_as_it_should_be_has_nothing_to_fix(tmp_path: Path) -> None:
    """On the database that the tests run on, with a broker and mqttd."""
    need(MOSQUITTO)
    (tmp_path / "ward").mkdir(mode=0o700)
    (tmp_path / "ward" / "last-backup").touch()
    at = connection.settings_dict
    url = f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    more = HOST | ({"DATABASE_URL": url} if connection.vendor == "postgresql" else {})
    assert ward(tmp_path, "migrate", "--verbosity=0", **more)[0] == 0
    with mosquitto(tmp_path) as running:
        more["NIGHTINGALE_BROKER"] = f"127.0.0.1:{running.port}"
        with started("mqttd", env=environment(tmp_path, **more)):
            for _ in range(20):  # until the first beat that knows of the broker
                _status, found = lines(tmp_path, **more)
                if any("mqttd is running and connected" in line for line in found):
                    break
    assert to_fix(found) == []
    assert [line for line in found if "mqttd is running and connected" in line]
    if connection.vendor == "postgresql":
        assert [line for line in found if line.startswith("OK    PostgreSQL ") and line.endswith(" answers")]


def test_djangos_own_check_is_clean_where_https_is_on_and_keeps_its_options(tmp_path: Path) -> None:
    status, said, errors = ward(tmp_path, "check", "--deploy", "--fail-level=WARNING", **HOST)
    assert (status, "no issues (2 silenced)" in said) == (0, True), errors
    assert ward(tmp_path, "check", "--deploy", "--fail-level=WARNING")[0] == 1
    (tmp_path / "ward").mkdir()
    for options in (["--deploy"], ["--tag=security"], ["usage"], ["--database=default"]):
        status, said, errors = ward(tmp_path, "check", *options)
        assert (status, "FIX" in said, "System check identified" in said + errors) == (0, False, True), options
    assert "security" in ward(tmp_path, "check", "--list-tags")[1].split()


def test_what_django_finds_is_a_line_too_but_not_twice(tmp_path: Path) -> None:
    key = tmp_path / "short"
    key.write_text("abc")
    _, found = lines(tmp_path, NIGHTINGALE_SECRET_KEY_FILE=str(key))
    assert [line[:26] for line in found if "security." in line] == ["FIX   security.W009: Your "]


def test_plain_http_is_sent_to_https_and_browsers_keep_to_it(tmp_path: Path) -> None:
    asked = (
        "from django.test import Client; "
        "ask = lambda path, how: Client().get(path, HTTP_HOST='ward.example', HTTP_X_FORWARDED_PROTO=how); "
        "plain, safe, well = ask('/login/', 'http'), ask('/languages', 'https'), ask('/healthz', 'http'); "
        "print(plain.status_code, plain.headers['Location'], safe.headers['Strict-Transport-Security'], "
        "well.status_code)"
    )
    assert ward(tmp_path, "migrate", "--verbosity=0", **HOST)[0] == 0
    said = ward(tmp_path, "shell", "-c", asked, **HOST)[1].splitlines()[-1]
    assert said == "301 https://ward.example/login/ max-age=2592000 200"
