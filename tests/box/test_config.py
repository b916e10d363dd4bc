"""The configuration is understood whole or refused in one line that says what to write."""

import tomllib
import uuid
from datetime import date
from pathlib import Path

import pytest

from device.config import calibration
from device.config import settings as config
from device.config.calibration import Calibration
from device.config.settings import Broker, ConfigError, SoundSettings, default_settings, describe, load
from firmware.speaker.sink import Sink, SinkKind

ID = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
BOX = f'[box]\nid = "{ID}"\n'
MEASURED = Calibration(71.5, date(2026, 3, 1), "facilities")
EXAMPLE = Path(__file__).parents[2] / "deploy" / "device.example.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "device.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_only_the_id_works(tmp_path: Path) -> None:
    settings = load(write(tmp_path, BOX))
    assert settings.box == config.BoxSettings(id=ID)
    assert settings.box.music == settings.box.data / "music"
    assert settings.sound == SoundSettings()
    assert (settings.sound.cap_day_dba, settings.sound.start_day_dba) == (60.0, 50.0)
    assert (settings.sound.cap_night_dba, settings.sound.start_night_dba) == (45.0, 38.0)
    assert (settings.sound.mono, settings.sound.presence) == (True, False)
    assert settings.link.brokers == ()
    assert settings.screen.fitted


def test_a_byte_order_mark_of_an_editor_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_bytes(b"\xef\xbb\xbf" + BOX.encode())
    assert load(path).box.id == ID


def test_an_uncalibrated_box_takes_itself_for_loud_and_says_so(tmp_path: Path) -> None:
    settings = load(write(tmp_path, BOX))
    assert (settings.sound.full_scale_dba, settings.sound.calibrated) == (85.0, False)
    assert "not calibrated" in describe(settings)


def test_what_an_uncalibrated_box_takes_itself_for_can_be_set(tmp_path: Path) -> None:
    sound = load(write(tmp_path, BOX + "[sound]\nuncalibrated_dba = 70\n")).sound
    assert (sound.full_scale_dba, sound.calibrated, sound.calibrated_on) == (70.0, False, None)


def test_what_was_measured_goes_before_what_was_set(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED)
    settings = load(write(tmp_path, BOX + 'data = "."\n[sound]\nuncalibrated_dba = 70\n'))
    assert (settings.sound.full_scale_dba, settings.sound.calibrated_on) == (71.5, date(2026, 3, 1))
    assert "calibrated on 2026-03-01 by facilities: 71.5 dB(A)" in describe(settings)


def test_a_broken_calibration_keeps_no_box_from_playing_carefully(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / calibration.FILE_NAME).write_text("full_scale_dba = 12\n")
    settings = load(write(tmp_path, BOX + 'data = "."\n'))
    assert (settings.sound.full_scale_dba, settings.sound.calibrated) == (85.0, False)
    assert "uses a safe low volume" in describe(settings)
    assert "measure again with `nightingale-device calibrate`" in describe(settings)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert calibration.FILE_NAME in caplog.text


def test_the_example_names_every_key_and_no_other() -> None:
    example = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert {table: set(values) for table, values in example.items()} == config.KEYS


def test_the_example_is_understood() -> None:
    settings = load(EXAMPLE)
    assert settings.link.brokers == (Broker("broker.hospital.example", 8883),)
    assert settings.sound.output == Sink(SinkKind.SYSTEM, "Headphones")


def test_the_example_tells_every_default_and_allowed_value() -> None:
    """Each key is preceded by a comment; one that has a default names it."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    text = " ".join(line.removeprefix("# ") for line in lines)
    for default in (
        "Default: 85",
        "Default: 60",
        "Default: 50",
        "Default: 45",
        "Default: 4",
        "Default: true",
        "Default: []",
    ):
        assert default in text


def test_relative_folders_are_beside_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, BOX + 'data = "here"\n[link]\nca = "ca.pem"\n'))
    assert settings.box.data == tmp_path / "here"
    assert settings.box.music == tmp_path / "here" / "music"
    assert settings.link.ca == tmp_path / "ca.pem"


def test_a_start_level_never_lies_above_the_cap(tmp_path: Path) -> None:
    sound = load(write(tmp_path, BOX + "[sound]\ncap_day_dba = 35\n")).sound
    assert (sound.start_day_dba, sound.start_night_dba) == (35.0, 35.0)


def test_a_cap_by_night_never_lies_above_the_one_by_day(tmp_path: Path) -> None:
    assert load(write(tmp_path, BOX + "[sound]\ncap_day_dba = 40\n")).sound.cap_night_dba == 40.0


def test_a_broker_may_be_an_ipv6_address(tmp_path: Path) -> None:
    link = load(write(tmp_path, BOX + '[link]\nbrokers = ["[::1]:1883", "a:1"]\n')).link
    assert link.brokers == (Broker("::1", 1883), Broker("a", 1))
    assert [str(broker) for broker in link.brokers] == ["[::1]:1883", "a:1"]


REFUSED = [
    ("[box]", "box.id: is missing: make one with `cat /proc/sys/kernel/random/uuid`"),
    ("", "is empty, perhaps after a power cut: copy deploy/device.example.toml"),
    ("\0" * 4096, "is empty, perhaps after a power cut: copy deploy/device.example.toml"),
    ("[sound]\ncap_day_dba = " + "9" * 5000, "not valid TOML: "),
    (BOX + "[sound]\ncap_day_dba = " + "9" * 400, "must be a plain number from 30 to 65"),
    (BOX + "[sound]\ncap_day_dba = 0x" + "f" * 5000, "not a number with thousands of digits"),
    (BOX + "[sound]\nmono = " + "[" * 100_000, "not valid TOML: it is nested too deep"),
    (BOX + '[link]\nbrokers = ["broker:' + "9" * 5000 + '"]', 'is not "host:port"'),
    ('"ca\\np" = 1', "ca p: unknown"),
    ('[box]\nid = "room 4"', "box.id: 'room 4' is not a lower-case UUID: make one with `cat"),
    (f'[box]\nid = "{ID.upper()}"', "is not a lower-case UUID"),
    ("[box]\nid = 5", "box.id: must be a text in quotes"),
    (BOX + 'nmae = "0401"', "box.nmae: unknown; did you mean 'name'?"),
    (BOX + "[sond]", "sond: unknown; did you mean 'sound'?"),
    (BOX + "[zebra]", "zebra: unknown; allowed are box, content, link, screen, sound"),
    (f'sound = 3\n[box]\nid = "{ID}"', "sound: must be a table: write [sound] on a line of its own"),
    (BOX + 'name = "a name that no label has room for"', "box.name: must be a text in quotes, one line of 16"),
    (BOX + 'name = "a\\nb"', "box.name: must be a text in quotes, one line"),
    (BOX + '[sound]\ncap_day_dba = "60 dB"', "sound.cap_day_dba: must be a plain number from 30 to 65 (dB(A) at the"),
    (BOX + "[sound]\ncap_day_dba = 66", "sound.cap_day_dba: must be a plain number from 30 to 65"),
    (BOX + "[sound]\ncap_day_dba = true", "sound.cap_day_dba: must be a plain number"),
    (BOX + "[sound]\ncap_day_dba = nan", "sound.cap_day_dba: must be a plain number"),
    (BOX + "[sound]\ncap_day_dba = 45\nstart_day_dba = 50", "start_day_dba: must be a plain number from 30 to 45"),
    (BOX + "[sound]\ncap_day_dba = 50\ncap_night_dba = 55", "cap_night_dba: must be a plain number from 30 to 50"),
    (BOX + "[sound]\nstart_night_dba = 46", "sound.start_night_dba: must be a plain number from 30 to 45 (dB(A), not"),
    (BOX + "[sound]\nuncalibrated_dba = 30", "sound.uncalibrated_dba: must be a plain number from 40 to 110"),
    (BOX + "[sound]\nfull_scale_dba = 70", "sound.full_scale_dba: unknown; "),
    (BOX + '[sound]\nmono = "yes"', "sound.mono: must be true or false, without quotes"),
    (BOX + '[sound]\noutput = "loud"', "sound.output: unknown sink 'loud': say"),
    (BOX + '[link]\nbrokers = "a:1"', 'link.brokers: must be a list of texts, like ["a", "b"]'),
    (BOX + '[link]\nbrokers = ["a"]', 'link.brokers: \'a\' is not "host:port", like "broker.example:8883"'),
    (BOX + '[link]\nbrokers = ["a:99999"]', 'is not "host:port"'),
    (BOX + '[link]\nbrokers = [":1883"]', 'is not "host:port"'),
    (BOX + "[link]\nprotocol = 3", "link.protocol: must be 4 (MQTT 3.1.1) or 5 (MQTT 5), not 3"),
    (BOX + '[content]\nurl = "ward.example"', "content.url: 'ward.example' is not an address, like \"https://"),
    (BOX + '[content]\nurl = "ftp://ward.example"', "is not an address"),
    (BOX + '[content]\nurl = "http://a:b@ward.example"', "is not an address"),
    (BOX + '[content]\nurl = "http://ward.example/?x=1"', "is not an address"),
    (BOX + '[content]\nurl = "http://ward.example:99999"', "is not an address"),
    (BOX + '[content]\nurl = "http://ward.example"\nca = "a"', "must begin with https:// where ca or cert is set"),
    (BOX + '[content]\nurl = "https://ward.example"\ncert = "b"', "content.cert: cert and key go together"),
    (BOX + "[content]\nmost_mb = 1", "content.most_mb: must be a plain number from 10 to 1e+06 (MB)"),
    (BOX + '[link]\nca = "a"\ncert = "b"', "link.cert: cert and key go together"),
    (BOX + '[link]\ncert = "a"\nkey = "b"', "link.cert: needs ca too"),
    (BOX + '[screen]\nfitted = "yes"', "screen.fitted: must be true or false, without quotes"),
    (BOX + "[sound\n", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as refusal:
        load(path)
    line = str(refusal.value)
    assert line.startswith(f"{path}: ")
    assert problem in line
    assert "\n" not in line


STRANGE = ["1", '"x"', '"~nobody-here/x"', '"\\u0000"', '""', "true", "[]", "[1]", '[""]', "{a = 1}"]
STRANGE += ["1979-05-27", "1979-05-27T07:32:00Z", "inf", "-1", "1e400"]
KEYS = [(table, key) for table, keys in sorted(config.KEYS.items()) for key in sorted(keys)]


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize(("table", "key"), KEYS)
def test_a_strange_value_is_taken_or_refused_and_nothing_else(tmp_path: Path, table: str, key: str, value: str) -> None:
    text, refusal = f"[{table}]\n{key} = {value}\n", ""
    try:
        load(write(tmp_path, text if (table, key) == ("box", "id") else BOX + text.removeprefix("[box]")))
    except ConfigError as error:
        refusal = str(error)
    assert not refusal or f"{table}." in refusal


def test_a_missing_file_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(No such file.*copy deploy/device\.example\.toml"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "device.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(tmp_path / "device.toml")


def test_a_simulated_box_keeps_its_id(tmp_path: Path) -> None:
    first = default_settings(tmp_path / "box")
    assert first == default_settings(tmp_path / "box")
    assert str(uuid.UUID(first.box.id)) == first.box.id
    assert first.box.id != default_settings(tmp_path / "other").box.id
    assert (first.box.data, first.box.music) == (tmp_path / "box", tmp_path / "box" / "music")


def test_a_simulated_box_does_not_take_something_else_for_its_id(tmp_path: Path) -> None:
    (tmp_path / config.ID_FILE).write_text("hello")
    with pytest.raises(ConfigError, match="'hello' is not a lower-case UUID"):
        default_settings(tmp_path)


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another folder"):
        default_settings(tmp_path / "file" / "box")


def test_describe_names_every_key_with_its_unit() -> None:
    text = describe(load(EXAMPLE))
    missing = [
        f"{table}.{key}" for table, keys in config.KEYS.items() for key in keys if f"{table}.{key} = " not in text
    ]
    assert missing == []
    assert "sound.cap_day_dba = 60 dB(A)" in text


def test_a_display_chip_nobody_drives_is_refused_with_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text(f'[box]\nid = "{load(EXAMPLE).box.id}"\n[screen]\nchip = "ssd1406"\n')
    with pytest.raises(ConfigError, match=r"screen.chip: no display of that name \('ssd1406'\): choose one of ssd1306"):
        load(file)
