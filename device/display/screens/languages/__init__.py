"""The words of the screen and of the simulated box's page, one TOML file a language beside this file. Knows no
typeface and no screen."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from playlists.files import read_text
from playlists.parsing import UnreadableError, parse_toml

log = logging.getLogger(__name__)

FOLDER = Path(str(files(__name__)))
FALLBACK = "en"
LINE_BREAK = "/"


class Word(StrEnum):
    """What a screen says; the keys of each language's file."""

    PLAY = "play"
    NEXT = "next"
    MUSIC = "music"
    THANKS = "thanks"
    NO_SOUND = "no_sound"
    NO_MUSIC = "no_music"
    CLEANING = "cleaning"
    HERE = "here"
    SOON = "soon"
    MINUTES = "minutes"
    SECONDS = "seconds"
    PAIN = "pain"
    ANXIETY = "anxiety"
    SLEEP = "sleep"
    NONE = "none"
    WORST = "worst"
    BADLY = "badly"
    WELL = "well"
    CHANGE = "change"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    METER = "meter"


def said(word: Word, language: str, folder: Path = FOLDER) -> str:
    """The word in a language of two letters; in English where that language, its file or the word is missing."""
    return _words(language, folder).get(word) or _words(FALLBACK, folder).get(word) or word


def lines(word: Word, language: str) -> tuple[str, ...]:
    """The same, where a translator may break it in two."""
    return tuple(line.strip() for line in said(word, language).split(LINE_BREAK))


def page_words(language: str, folder: Path = FOLDER) -> Mapping[str, str]:
    """The words of the simulated box's page, by key; those that are missing in a language are English."""
    return {**_page(FALLBACK, folder), **_page(language, folder)}


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that have a file, by their two letters."""
    return tuple(sorted(path.stem for path in folder.glob("??.toml")))


@lru_cache(maxsize=16)
def _words(language: str, folder: Path) -> Mapping[str, str]:
    return _texts(_table(language, folder))


@lru_cache(maxsize=16)
def _page(language: str, folder: Path) -> Mapping[str, str]:
    table = _table(language, folder).get("page")
    return _texts(table) if isinstance(table, dict) else {}


def _texts(table: Mapping[str, object]) -> Mapping[str, str]:
    return {key: word for key, word in table.items() if isinstance(word, str)}


def _table(language: str, folder: Path) -> Mapping[str, object]:
    """Read once for each use. A file that is broken is told of, and its language is then English."""
    if language not in languages(folder):
        return {}
    try:
        return parse_toml(read_text(folder / f"{language}.toml"))
    except (OSError, UnreadableError):
        log.exception("the words of %r cannot be read", language)
        return {}
