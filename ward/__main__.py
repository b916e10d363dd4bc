"""`nightingale-ward`: Django's commands and the ward's own. What a person can fix is one line and exit status 2."""

import os
import sys
from collections.abc import Sequence

CANNOT = 2  # the exit status for what a person can fix
PRIVATE = 0o077  # the umask: what this program makes is for its user alone, also in a folder that others may enter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. `arguments`: without the program's name; sys.argv's where None. Returns the exit status."""
    os.umask(PRIVATE)
    assigned = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ward.settings")
    if assigned and not assigned[0].startswith("-"):
        assigned[0] = assigned[0].replace("-", "_")  # a module's name holds no dash
    if assigned[:1] == ["check"]:
        from ward.secret_key import Maker

        Maker.is_allowed = False
    from django.core.exceptions import ImproperlyConfigured  # Django takes long; after the environment is set
    from django.core.management import execute_from_command_line
    from django.db.utils import DatabaseError, InterfaceError

    try:
        _read_settings()
        execute_from_command_line(["nightingale-ward", *assigned])
    except ImproperlyConfigured as error:
        return _cannot(str(error))
    except (DatabaseError, InterfaceError) as error:
        return _cannot(f"Database not ready ({_one_line(error)}). {_database_remedy()}")
    except OSError as error:
        return _cannot(f"{error.filename or 'File'}: {error.strerror or _one_line(error)}. Check its permissions.")
    return 0


def _read_settings() -> None:
    """Settings are read lazily; Django would hide their error for some commands."""
    from django.conf import settings

    _ = settings.INSTALLED_APPS


def _database_remedy() -> str:
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return f"Check that {database['NAME']} can be written, then run: nightingale-ward migrate"
    where = database["HOST"] or "the local socket"
    return f"Check that PostgreSQL is running at {where}, then run: nightingale-ward migrate"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _cannot(line: str) -> int:
    sys.stderr.write(f"nightingale-ward: {line}\n")
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
