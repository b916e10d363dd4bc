"""The key that signs and encrypts what the ward keeps: a file, made on first use. Read before Django is set up."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class Maker:
    """Whether a missing file is made: not by who only looks, perhaps as another user. Of this process."""

    is_allowed = True


def secret_key(file: Path) -> str:
    """Nobody has to invent a secret, and none stands in a repository. ImproperlyConfigured, one line, for a file that
    cannot be one."""
    try:
        if file.exists() and not file.is_file():
            raise ImproperlyConfigured(f"{file} is not a file. Check NIGHTINGALE_SECRET_KEY_FILE.")
        if not file.exists():
            if not Maker.is_allowed:
                return _random()
            _make(file)
        kept = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ImproperlyConfigured(
            f"{file} cannot be created or read ({why}). Check its permissions, or set NIGHTINGALE_DATA."
        ) from None
    if not kept:
        raise ImproperlyConfigured(f"{file} is empty. Restore its backup, or delete it: everyone then signs in again.")
    return kept


def _make(file: Path) -> None:
    """Written beside and linked into place: of two processes that start together one key wins, never half of one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(_random())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _random() -> str:
    from django.core.management.utils import get_random_secret_key  # it takes long, and a key is seldom made

    return get_random_secret_key()
