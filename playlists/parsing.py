"""TOML and JSON whose text may hold anything: a value, or one short reason why not. Pure."""

import json
import re
import tomllib
from typing import Any

MOST_DIGITS = 300  # a double holds no larger number
MOST_DOTS = 100  # in a line: the parser takes time with the square of a key's parts
_DEEP_KEY = re.compile(rf"^(?:[^.\n]*\.){{{MOST_DOTS}}}", re.MULTILINE)


class UnreadableError(ValueError):
    """What lies there is no such text; a few words that say where it goes wrong."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises UnreadableError, whatever the text holds, and soon."""
    if _DEEP_KEY.search(text):
        raise UnreadableError("it is nested too deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits raises a bare one
        raise UnreadableError(one_line(str(error))) from None


def parse_json(contents: bytes | str) -> Any:
    """The value of a JSON text. Raises UnreadableError, whatever the bytes hold; half a surrogate pair, which nothing
    could ever write down again, and NaN are no JSON."""
    try:
        text = contents.decode("utf-8-sig") if isinstance(contents, bytes) else contents
        found = json.loads(text, parse_int=_integer, parse_constant=_refuse)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    except ValueError as error:
        raise UnreadableError(one_line(str(error))) from None
    return found


def one_line(text: str, most: int = 120) -> str:
    """The text without line breaks or other control characters, cut after so many letters."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= most else f"{line[: most - 3]}..."


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise UnreadableError(f"a number has {len(digits)} digits")
    return int(digits)


def _refuse(word: str) -> None:
    raise UnreadableError(f"{word} is no number")
