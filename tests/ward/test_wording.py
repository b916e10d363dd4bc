"""What holds for every text of the pages: beds are named as beds, and each language sets its own colons."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WARD = Path(__file__).resolve().parents[2] / "ward"
TEMPLATES = sorted((WARD / "templates").rglob("*.html"))
SENTENCE = re.compile(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", re.DOTALL)
OF_THE_LOG = {"audit", "activity"}  # there the bed is a value of its own, in bold


def sources() -> Iterator[tuple[Path, str]]:
    for path in sorted(WARD.rglob("*.py")):
        if path.relative_to(WARD).parts[0] not in OF_THE_LOG:
            yield path, path.read_text()


def test_a_bed_is_called_bed_wherever_its_name_stands_in_a_sentence() -> None:
    """ "2 will have 3 playlists" reads as a count."""
    said = [(path.name, one) for path in TEMPLATES for one in SENTENCE.findall(path.read_text())]
    said += [(path.name, one) for path, text in sources() for one in re.findall(r'_\("([^"]*)"', text)]
    bare = re.compile(r"(?<![Bb]ed )({{ bed }}|%\(bed\)s)")
    assert [(name, one) for name, one in said if bare.search(one)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_sets_a_colon_between_two_texts(template: Path) -> None:
    """French has a space before it, which must not break: the translation holds the sign."""
    outside = SENTENCE.sub("", template.read_text())
    shown = re.sub(r"<[^>]*>", "", re.sub(r'="[^"]*"', "", outside))
    assert re.findall(r".{0,20}[%}]}\s*[:;?!](?!\w).{0,20}", shown) == []


def test_no_code_sets_a_colon_between_two_texts_that_staff_read() -> None:
    composed = re.compile(r'f"[^"]*}[:;?!] [^"]*"')
    pages = {
        "bed",
        "board",
        "history",
        "therapy",
        "tiles",
        "evening",
        "reports",
        "devices",
        "accounts",
        "fleet",
        "usage",
    }
    found = [
        (path.name, one)
        for path, text in sources()
        if path.relative_to(WARD).parts[0] in pages and not {"management", "models.py"} & set(path.parts)
        for one in composed.findall(text)
    ]
    assert found == []


def test_a_part_that_is_drawn_live_takes_no_address_from_its_own_request() -> None:
    """Its request is for the part, not for the page."""
    asked = re.compile(r"{% querystring (?!wanted\.address)[^%]*%}|request\.GET|request\.get_full_path")
    assert [(path.name, one) for path in TEMPLATES for one in asked.findall(path.read_text())] == []
