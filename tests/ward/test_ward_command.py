"""`nightingale-ward ward`: wards by command, and a whole hospital's from a file."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.ward.saying import NOW
from ward.assignments.assigning import assign
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Ward
from ward.music.models import Playlist

HOSPITAL = '''
[[ward]]
name = "Ward 4 North"
beds = """
1-9: A, B
10, 11
"""
night = "22:00-06:30"
evening = "20:00"

[[ward]]
name = "Hospice"
beds = "1-12"
evening = ""
'''


def run(*arguments: Any) -> str:
    """What the command says."""
    out = StringIO()
    call_command("ward", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_ward_is_added_with_its_beds_and_listed(db: None) -> None:
    assert "with 28 beds in 14 rooms." in run("add", "Ward 4 North", "--beds", "1-14, A and B")
    assert run("list") == "ward-4-north  Ward 4 North  28 beds\n    1-14: A, B\n"


def test_without_a_ward_the_list_says_how_to_add_one(db: None) -> None:
    assert 'ward add "Ward 4 North"' in run("list")


def test_beds_that_cannot_be_read_add_no_ward(db: None) -> None:
    with pytest.raises(CommandError, match="Line 2: bed 1 is already in line 1"):
        run("add", "Ward 4 North", "--beds", "1-3; 1")
    assert not Ward.objects.exists()


def test_a_ward_is_closed_and_opened(ward: Ward, bed: Bed) -> None:
    assert run("close", "4-north").startswith("Ward 4 North is closed.")
    assert "closed since" in run("list")
    assert run("open", "4-north").startswith("Ward 4 North is open again.")
    with pytest.raises(CommandError, match="Wards: 4-north"):
        run("close", "5")


def test_a_ward_with_a_stay_is_not_closed(ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, NOW)
    with pytest.raises(CommandError, match=r"A patient's stay is at bed 1 A\..*\nNothing was closed\."):
        run("close", "4-north")


def test_a_hospital_is_loaded_twice_and_is_there_once(db: None, tmp_path: Path) -> None:
    file = tmp_path / "hospital.toml"
    file.write_text(HOSPITAL)
    assert run("load", file) == "Ward 4 North: added, 20 beds.\nHospice: added, 12 beds.\n"
    rows = AuditRow.objects.count()
    assert run("load", file) == "Ward 4 North: unchanged, 20 beds.\nHospice: unchanged, 12 beds.\n"
    assert (Bed.objects.count(), AuditRow.objects.count()) == (32, rows)
    north = Ward.objects.get(slug="ward-4-north")
    assert (f"{north.night_from:%H:%M}", f"{north.evening_at:%H:%M}") == ("22:00", "20:00")
    assert Ward.objects.get(slug="hospice").evening_at is None


def test_a_bed_that_the_file_leaves_out_stays_open_and_is_named(db: None, tmp_path: Path) -> None:
    run("add", "Hospice", "--beds", "1-12; 14: A")
    file = tmp_path / "hospital.toml"
    file.write_text(HOSPITAL)
    assert "Hospice: changed, 13 beds. Not in the file and left open: 14 A.\n" in run("load", file)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ward = 3", "The file has no ward"),
        ("x", "This is not a TOML file"),
        ('[[ward]]\nbeds = "1"', "name must have 1 to 60 characters"),
        ('[[ward]]\nname = "A"\nbeds = "1, 1"', "Ward 1 .A., beds: Line 1: bed 1 is already"),
        ('[[ward]]\nname = "A"\nbed = "1"', "bed is not a key"),
        ('[[ward]]\nname = "A"\nbeds = 3', 'beds must be a text in ""'),
        ('[[ward]]\nname = "A"\nnight = "late"', "night must be two times"),
        ('[[ward]]\nname = "A"\nevening = "25:00"', "evening must be a time"),
        ('[[ward]]\nname = "A"\n[[ward]]\nname = "a"', "a is in the file twice"),
    ],
)
def test_a_file_with_a_mistake_loads_nothing_and_says_where(db: None, tmp_path: Path, text: str, line: str) -> None:
    file = tmp_path / "hospital.toml"
    file.write_text(f'{text}\n[[ward]]\nname = "Good"\n' if text.startswith("[") else text)
    with pytest.raises(CommandError, match=line):
        run("load", file)
    assert not Ward.objects.exists()
