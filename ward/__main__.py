"""`nightingale-ward`: Django's commands and the ward's own. What a person can fix is one line and exit status 2."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

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
    from django.db.utils import DatabaseError, InterfaceError

    try:
        _read_settings()
        _execute(["nightingale-ward", *assigned])
    except RefusedError as error:
        return _cannot(str(error), error.status)
    except ImproperlyConfigured as error:
        return _cannot(str(error))
    except (DatabaseError, InterfaceError) as error:
        return _cannot(f"Database not ready ({_one_line(error)}). {_database_remedy()}")
    except OSError as error:
        return _cannot(f"{error.filename or 'File'}: {error.strerror or _one_line(error)}. Check its permissions.")
    return 0


class RefusedError(Exception):
    """A command ended because of something that a person can fix: one line, and its exit status."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line)
        self.status = status


def _execute(arguments: list[str]) -> None:
    """Django's way to run a command, without the name of its error's class before the line that a person reads."""
    from django.core.management import BaseCommand, ManagementUtility

    class Program(ManagementUtility):
        def fetch_command(self, subcommand: str) -> BaseCommand:
            command = super().fetch_command(subcommand)
            vars(command)["execute"] = _in_plain_words(command.execute)
            return command

    Program(arguments).execute()


def _in_plain_words(execute: Callable[..., Any]) -> Callable[..., Any]:
    """With Django's option --traceback the error stays as it is."""
    from django.core.management import CommandError

    def told(*arguments: Any, **options: Any) -> Any:
        try:
            return execute(*arguments, **options)
        except CommandError as error:
            if options.get("traceback"):
                raise
            line = str(error).replace("SystemCheckError: ", "", 1)  # Django's own check writes it into the text
            raise RefusedError(line, error.returncode) from error

    return told


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


def _cannot(line: str, status: int = CANNOT) -> int:
    sys.stderr.write(f"nightingale-ward: {line}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
