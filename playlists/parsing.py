"""TOML and JSON whose text may hold anything: a value, or one short reason why not. Pure."""

import json
import tomllib
from typing import Any


class UnreadableError(ValueError):
    """What lies there is no such text; a few words that say where it goes wrong."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises UnreadableError, whatever the text holds."""
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
        found = json.loads(text, parse_constant=_refuse)
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


def _refuse(word: str) -> None:
    raise UnreadableError(f"{word} is no number")
