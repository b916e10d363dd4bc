"""The page's own words, as its box's state brings them. Knows no language: the program in the box has the words."""

import json
import re
from collections.abc import Mapping
from html import escape
from typing import cast


def in_words(page: str, told: dict[str, object]) -> str:
    """The page in the box's language, as its script (words.js) keeps it."""
    language, words = escape(str(told.get("language", "en"))), cast("Mapping[str, str]", told.get("words", {}))

    def word(found: re.Match[str]) -> str:
        return escape(words.get(found["key"], found["key"]))

    page = page.replace('lang="en" data-theme', f'lang="{language}" data-theme')
    page = re.sub(r'data-label="(?P<key>\w+)"', lambda found: f'{found[0]} aria-label="{word(found)}"', page)
    return re.sub(r'data-word="(?P<key>\w+)"[^>]*>', lambda found: found[0] + word(found), page)


def words_json(told: dict[str, object]) -> str:
    """By themselves: they change only with the language, the state several times a minute."""
    return json.dumps({"language": told.get("language", "en"), "words": told.get("words", {})})
