"""The hospital's own sign-in (OpenID Connect) as its file describes it. Knows no database and no request."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PROVIDER_ID = "hospital"
NEEDED = ("issuer", "client_id", "client_secret_file", "groups_claim", "roles")
KNOWN = (*NEEDED, "name", "scopes", "second_factor", "ca_file")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Oidc:
    """One provider: where it is, who we are to it, and which group assigns which role on which ward."""

    issuer: str
    client_id: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    groups_claim: str
    roles: tuple[tuple[str, str, str], ...]  # group, the ward's slug, role
    second_factor: bool  # the provider asks for one itself
    ca_file: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: where a browser is sent to."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def assigned(self, groups: Collection[str]) -> frozenset[tuple[str, str]]:
        """The roles of these groups as ward's slug and role."""
        return frozenset((ward, role) for group, ward, role in self.roles if group in groups)

    def check_roles(self, known: Collection[str]) -> None:
        """Raises ImproperlyConfigured where a group is to assign a role that there is not."""
        for group, _ward, role in self.roles:
            if role not in known:
                raise ImproperlyConfigured(f"group {group}: {role!r} is not a role. Use one of {', '.join(known)}.")

    def for_allauth(self) -> dict[str, Any]:
        """The same as SOCIALACCOUNT_PROVIDERS wants it."""
        app = {
            "provider_id": PROVIDER_ID,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.issuer, "scope": list(self.scopes)},
        }
        return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def read_oidc(file: str) -> Oidc | None:
    """The provider of a TOML file; None where no file is named. Raises ImproperlyConfigured, one line."""
    if not file:
        return None
    try:
        said = tomllib.loads(Path(file).read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(
            f"NIGHTINGALE_OIDC: {file} cannot be read ({' '.join(str(error).split())})"
        ) from None
    _refuse(said, file)
    return Oidc(
        issuer=str(said["issuer"]).rstrip("/"),
        client_id=str(said["client_id"]),
        secret=_secret(Path(file).parent / str(said["client_secret_file"])),
        name=str(said.get("name", "the hospital")),
        scopes=tuple(said.get("scopes", ("openid", "profile"))),
        groups_claim=str(said["groups_claim"]),
        roles=tuple((str(row["group"]), str(row["ward"]), str(row["role"])) for row in said["roles"]),
        second_factor=said.get("second_factor", False) is True,
        ca_file=str(Path(file).parent / said["ca_file"]) if "ca_file" in said else "",
    )


def _refuse(said: dict[str, Any], file: str) -> None:
    missing, unknown = [key for key in NEEDED if key not in said], [key for key in said if key not in KNOWN]
    if missing or unknown:
        raise ImproperlyConfigured(
            f"{file}: " + (f"{missing[0]} is missing" if missing else f"{unknown[0]} is not a setting")
        )
    if not all(isinstance(row, dict) and {"group", "ward", "role"} == set(row) for row in said["roles"]):
        raise ImproperlyConfigured(f"{file}: each [[roles]] must have group, ward and role")
    parts = urlsplit(str(said["issuer"]))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"{file}: the issuer must begin with https://")


def _secret(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"NIGHTINGALE_OIDC: {file} cannot be read ({error.strerror}): it holds the client's secret"
        ) from None
