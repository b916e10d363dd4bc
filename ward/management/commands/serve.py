"""`nightingale-ward serve`: the pages, by uvicorn in this process."""

import socket
import warnings
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ward.installation.other_version import misfit
from ward.patient import Patient, allow_files
from ward.people.first import is_new, new_code

GRACE_S = 5  # open live streams must not hold up a stop


class Command(BaseCommand):
    help = "Serves the ward's pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--listen", default="127.0.0.1:8000", help="address:port (default %(default)s)")

    def handle(self, *, listen: str, **_options: Any) -> None:
        executor = MigrationExecutor(connection)
        if line := misfit(executor.loader):
            raise CommandError(line, returncode=2)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database is not up to date. Run: nightingale-ward migrate", returncode=2)
        code = new_code(timezone.now()) if is_new() else ""
        connection.close()
        # WhiteNoise streams its files, which are small, in one part each: nobody can fix that here.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        config = uvicorn.Config(
            "ward.asgi:application",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
            http=Patient,
            ws="none",
            proxy_headers=settings.HTTPS,  # without a proxy, any client could claim any address
        )
        allow_files()
        with _listener(listen) as listener:
            self.stdout.write(f"ward: http://{listen}")
            if code:
                self.stdout.write(f"First start: open the page /first/ in a browser and enter the code {code}")
            self.stdout.flush()
            uvicorn.Server(config).run(sockets=[listener])


def _listener(listen: str) -> socket.socket:
    """Bound here because uvicorn would only log the reason and end."""
    host, _, port = listen.rpartition(":")
    if settings.DEMO and host not in settings.LOOPBACK:
        raise CommandError(f"A demo is for this computer only: --listen 127.0.0.1:{port or 8000}", returncode=2)
    if not host or not port.isdecimal() or int(port) > 65535:
        raise CommandError(f"--listen {listen!r} is not valid. Use address:port, such as 127.0.0.1:8000.", returncode=2)
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=2048)
    except OSError as error:
        line = f"Cannot listen on {listen} ({error.strerror}). Stop what uses it, or choose another with --listen."
        raise CommandError(line, returncode=2) from None
