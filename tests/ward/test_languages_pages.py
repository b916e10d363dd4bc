"""The pages in each language: how it is chosen, and that no English is left on them."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation

from messages import Code
from tests.ward.addresses import ADDRESSES
from tests.ward.catalogues import LANGUAGES, PLACEHOLDER, catalogue, entries
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW, told_fault
from tests.ward.test_pages_access import busy, path_of
from ward import settings
from ward.beds.models import Access, Bed, Role, Ward
from ward.fleet.models import Device

__all__ = ["busy"]  # a fixture of the pages' tests
FAST = "django.contrib.auth.hashers.MD5PasswordHasher"
PAGES = sorted({one.name for one in ADDRESSES if one.method == "get" and one.answers == 200} - {"events"})
MINE = ["own", "mfa_index", "account_change_password", "login", "account_inactive"]
WORD = "the|and|with|bed|beds|boxes|since|assigned|nothing|stop|this|your|night|until"
ENGLISH = re.compile(rf"\b(?:{WORD})\b", re.IGNORECASE)
EACH = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """A request leaves its language behind in this thread: the next test must not find it."""
    clock, fast = time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST])
    with clock, fast, translation.override("en-gb"):
        yield


@pytest.fixture
def everybody(ward: Ward) -> User:
    """One person with every role, who opens every page."""
    made = person(ward, Role.NURSE, "rt", "lamps on the quay")
    for role in set(Role) - {Role.NURSE}:
        Access.objects.create(user=made, ward=ward, role=role)
    return made


def words(page: str) -> str:
    """What people read or hear, in one line."""
    said = " ".join(re.findall(r'(?:aria-label|placeholder|data-say|alt)="([^"]*)"', page))
    seen = re.sub(
        r"(?s)<script.*?</script>|<pre.*?</pre>|<[^>]+>", " ", re.sub(r'<form class="languages".*?</form>', " ", page)
    )
    return " ".join(html.unescape(f"{seen} {said}").split())


def chunks(text: str) -> list[str]:
    """What of a text would stand on a page as it is, where that is long enough to be known again."""
    return [part.strip() for part in PLACEHOLDER.split(text) if sum(map(str.isalpha, part)) > 8]


def left_in_english(language: str, said: str) -> list[str]:
    found = entries(catalogue(language))
    theirs = "\n".join(text for entry in found for text in entry.said)
    english = {part for entry in found for text in (entry.text, entry.plural) for part in chunks(text)}
    return sorted(
        part for part in english if part not in theirs and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", said)
    )


def assert_no_english(language: str, page: str) -> None:
    said = words(page)
    assert left_in_english(language, said) == []
    assert [said[max(0, at.start() - 40) : at.end() + 20] for at in ENGLISH.finditer(said)] == []


@EACH
@pytest.mark.parametrize("name", [*PAGES, *MINE])
def test_no_page_speaks_english_to_somebody_who_chose_another_language(
    language: str, name: str, busy: Bed, everybody: User
) -> None:
    browser = Client() if name in MINE[-2:] else logged_in(everybody)
    browser.cookies["language"] = language
    answer = browser.get(path_of(name, busy))
    assert answer.status_code == 200
    assert_no_english(language, answer.content.decode())


@EACH
@pytest.mark.parametrize("name", ["assign", "setup_ward", "audit", "people"])
def test_every_option_begins_with_a_capital(language: str, name: str, busy: Bed, everybody: User) -> None:
    browser = logged_in(everybody)
    for spoken in (language, "en-gb"):
        browser.cookies["language"] = spoken
        page = html.unescape(browser.get(path_of(name, busy)).content.decode())
        picks = re.findall(r"<option[^>]*>([^<]+)<|type=\"radio\"[^>]*><span>([^<]+)<", page)
        offered = [words(option or pick) for option, pick in picks]
        assert offered
        assert [one for one in offered if one[:1].islower()] == []


BUTTON = told_fault(Code.BUTTON_HELD, NOW, button="PLAY")
CARD = told_fault(Code.NO_SOUND, NOW, what="x")


@EACH
@pytest.mark.parametrize("faults", [{}, {"controls": BUTTON}, {"sound": CARD}])
def test_no_trouble_of_a_box_is_told_in_english(
    language: str, faults: dict[str, Any], busy: Bed, everybody: User, device: Device
) -> None:
    Device.objects.update(faults=faults, playing="silent", contact_at=NOW if faults else None, unsent=3)
    browser = logged_in(everybody)
    browser.cookies["language"] = language
    for name in ("ward_devices", "ward", "bed", "assigned"):
        assert_no_english(language, browser.get(path_of(name, busy)).content.decode())


@EACH
def test_no_number_in_a_drawing_has_a_comma(language: str, busy: Bed, everybody: User) -> None:
    browser = logged_in(everybody)
    browser.cookies["language"] = language
    for name in PAGES:
        drawn = re.findall(
            r'\b(?:x|y|[xy][12]|cx|cy|r|width|height)="([^"]*)"', str(browser.get(path_of(name, busy)).content)
        )
        assert [number for number in drawn if "," in number] == []


@EACH
@pytest.mark.parametrize("address", ["/nowhere/", "/audit/4-north/"])
def test_a_refusal_is_in_the_page_s_language(language: str, address: str, nurse: User) -> None:
    browser = logged_in(nurse)
    browser.cookies["language"] = language
    answer = browser.get(address)
    assert answer.status_code in (403, 404)
    assert f'<html lang="{language}"' in answer.content.decode()
    assert_no_english(language, answer.content.decode())


def language_of(browser: Client, asked: str = "") -> str:
    User.objects.get_or_create(username="someone")  # else the page of the first start stands there
    answer = browser.get(reverse("login"), headers={"Accept-Language": asked} if asked else {})
    found = re.search(r'<html lang="([\w-]+)"', answer.content.decode())
    assert found is not None
    return found[1]


@pytest.mark.django_db
def test_a_person_s_choice_outranks_the_browser_and_the_browser_outranks_the_ward() -> None:
    browser = Client()
    assert language_of(browser) == "en-gb"
    assert language_of(browser, "en-US,en;q=0.5") == "en-gb"
    assert language_of(browser, "nl, fr-CA;q=0.8") == "fr"
    with override_settings(LANGUAGE_CODE="es"):
        assert language_of(browser) == "es"
        assert language_of(browser, "nl") == "es"
        assert language_of(browser, "de-AT") == "de"
        browser.cookies["language"] = "en-gb"
        assert language_of(browser, "de-AT") == "en-gb"


@pytest.mark.django_db
def test_the_choice_is_kept_for_a_year_and_leads_back_to_its_page() -> None:
    browser = Client()
    answer = browser.post(reverse("language"), {"language": "de", "next": "/login/?next=/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/")
    kept = answer.cookies["language"]
    assert (kept.value, kept["max-age"], kept["samesite"]) == ("de", 365 * 24 * 3600, "Lax")
    assert kept["httponly"]
    assert language_of(browser, "fr") == "de"


@pytest.mark.django_db
def test_a_language_that_the_ward_does_not_speak_changes_nothing_and_no_way_leads_elsewhere() -> None:
    answer = Client().post(reverse("language"), {"language": "nl", "next": "https://elsewhere.example/"})
    assert "language" not in answer.cookies
    assert answer.headers["Location"] == "/"
    assert Client(enforce_csrf_checks=True).post(reverse("language"), {"language": "de"}).status_code == 403


def test_every_page_offers_the_four_languages_by_their_own_names(nurse: User, bed: Bed) -> None:
    for browser, address in ((Client(), reverse("login")), (logged_in(nurse), reverse("ward", args=["4-north"]))):
        browser.cookies["language"] = "de"  # "English" is a word of the catalogue too
        said = browser.get(address).content.decode()
        offered = re.findall(r'name="language" value="([\w-]+)" lang="\1"[^>]*>(\w+)<', said)
        assert offered == settings.LANGUAGES
        assert said.count('class="languages"') == 1


def test_a_tile_that_is_fetched_alone_speaks_as_its_page(nurse: User, busy: Bed) -> None:
    browser = logged_in(nurse)
    browser.cookies["language"] = "de"
    said = browser.get(reverse("tile", args=[busy.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "noch 18 min" in said
    assert "1 A stoppen" in said


def test_dates_and_numbers_are_those_of_the_language(everybody: User, busy: Bed) -> None:
    browser = logged_in(everybody)
    browser.cookies["language"] = "de"
    assert "23. November 2026" in browser.get(reverse("audit", args=["4-north"])).content.decode()
    browser.cookies["language"] = "es"
    assert "23 de noviembre de 2026" in browser.get(reverse("audit", args=["4-north"])).content.decode()


def test_a_default_language_that_there_is_not_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTINGALE_LANGUAGE", "nl")
    with pytest.raises(ImproperlyConfigured, match="Use en, de, fr, es"):
        settings._language()
    monkeypatch.setenv("NIGHTINGALE_LANGUAGE", "en")
    assert settings._language() == "en-gb"
