"""Log-in through the hospital's provider: a real one on loopback, with discovery, PKCE, RS256 and keys."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.people import person
from ward.beds.models import Access, Role, Ward
from ward.people.models import GroupRole
from ward.people.oidc import Oidc, read_oidc
from ward.people.roles import give_role

KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _key in range(2)]
START = reverse("openid_connect_login", args=["hospital"])


@dataclass
class Provider:
    """A small OpenID provider: who is at its browser, and what its next token says or gets wrong."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "noor"})
    userinfo: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)  # claims that a bad token has
    key: int = 0
    algorithm: str = "RS256"
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by code

    def token(self) -> str:
        """The ID token, signed."""
        now = int(time.time())
        said = {"iss": self.address, "aud": "nightingale", "iat": now, "exp": now + 60, **self.claims, **self.wrong}
        key = KEYS[self.key] if self.algorithm != "HS256" else "client's secret, which is long enough here"
        return jwt.encode(said, key, algorithm=self.algorithm, headers={"kid": "first"})

    def keys(self) -> dict[str, Any]:
        """The public key that it tells, always the first."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS[0].public_key()))
        return {"keys": [public | {"kid": "first", "use": "sig", "alg": "RS256"}]}


class Handler(BaseHTTPRequestHandler):
    """The provider's addresses."""

    provider: Provider

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Silent."""

    def do_GET(self) -> None:
        """Discovery, authorize, keys and userinfo."""
        path, said = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if path == "/authorize":
            code = secrets.token_urlsafe(8)
            self.provider.asked[code] = said
            self.send_response(302)
            self.send_header("Location", f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state']})}")
            self.end_headers()
            return
        base = self.provider.address
        pages: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "userinfo_endpoint": f"{base}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/keys": self.provider.keys(),
            "/userinfo": {"sub": self.provider.claims["sub"], **self.provider.userinfo},
        }
        self.answer(200 if path in pages else 404, pages.get(path, {}))

    def do_POST(self) -> None:
        """Token: checks the code, the secret and PKCE."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = {key: values[0] for key, values in parse_qs(body).items()}
        asked = self.provider.asked.pop(said.get("code", ""), None)
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = asked and said["client_secret"] == "s3cret" and asked["code_challenge"] == challenge  # noqa: S105
        if not right:
            self.answer(400, {"error": "invalid_grant"})
            return
        self.answer(200, {"access_token": "a", "token_type": "Bearer", "id_token": self.provider.token()})

    def answer(self, status: int, said: Any) -> None:
        """JSON."""
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Running, and named by the ward's settings."""
    made = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"provider": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    oidc = read_oidc(str(described(tmp_path, made.address)))
    assert oidc is not None
    with override_settings(OIDC=oidc, SOCIALACCOUNT_PROVIDERS=oidc.for_allauth()):
        yield made
    server.shutdown()
    thread.join()
    server.server_close()


def described(folder: Path, issuer: str, more: str = "") -> Path:
    """The file that hospital IT writes."""
    (folder / "secret").write_text("s3cret\n")
    file = folder / "oidc.toml"
    file.write_text(f'''issuer = "{issuer}"
client_id = "nightingale"
client_secret_file = "secret"
groups_claim = "realm_access.roles"
{more}
[[roles]]
group = "4n-nurses"
ward = "4-north"
role = "nurse"
[[roles]]
group = "4n-heads"
ward = "4-north"
role = "administrator"
''')
    return file


def log_in(provider: Provider, groups: list[str] | None = None, browser: Client | None = None) -> Client:
    """There and back as a browser goes; the browser."""
    if groups is not None:
        provider.claims["realm_access"] = {"roles": groups}
    browser = browser or Client()
    there = browser.post(START)
    assert there.status_code == 302, there.content
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
    browser.said = browser.get(back.headers["Location"])  # type: ignore[attr-defined]
    return browser


def held() -> list[tuple[str, str]]:
    return sorted(Access.objects.values_list("ward__slug", "role"))


def test_a_log_in_makes_the_account_with_the_roles_of_its_groups(provider: Provider, ward: Ward) -> None:
    provider.claims |= {"given_name": "Noor", "family_name": "Adeyemi", "email": "noor@hospital.test"}
    browser = log_in(provider, ["4n-nurses", "kitchen"])
    assert b"Your initials are NA." in browser.get(reverse("own")).content
    user = User.objects.get()
    assert (user.username, user.email, user.has_usable_password()) == ("noor", "", False)
    assert held() == [("4-north", "nurse")]
    assert SocialAccount.objects.get().extra_data == {"groups": ["4n-nurses", "kitchen"]}  # and nothing else


def test_groups_give_and_take_at_each_log_in(provider: Provider, ward: Ward) -> None:
    for groups, roles in (
        (["4n-nurses"], ["nurse"]),
        (["4n-heads", "4n-nurses"], ["administrator", "nurse"]),
        ([], []),
    ):
        log_in(provider, groups) if groups else log_in(provider, [])
        assert [role for _ward, role in held()] == roles
    assert User.objects.count() == 1


def test_what_was_given_by_hand_stays_when_groups_go(provider: Provider, ward: Ward) -> None:
    log_in(provider, ["4n-nurses"])
    user = User.objects.get()
    give_role(user, ward, Role.AUDITOR, None, user.date_joined)
    give_role(user, ward, Role.NURSE, None, user.date_joined)  # a group's role, now by hand too
    assert not GroupRole.objects.exists()
    log_in(provider, [])
    assert held() == [("4-north", "auditor"), ("4-north", "nurse")]


def test_a_role_of_a_group_cannot_be_taken_by_hand(provider: Provider, ward: Ward) -> None:
    log_in(provider, ["4n-nurses"])
    browser = Client()
    browser.force_login(person(ward, Role.ADMINISTRATOR, "boss"))
    user = User.objects.get(username="noor")
    assert b"from a hospital group" in browser.get(reverse("people", args=["4-north"])).content
    answer = browser.post(reverse("people_role", args=["4-north", user.pk]), {"role": "nurse", "action": "take"})
    assert (answer.status_code, b"remove the person from the group" in answer.content) == (409, True)
    assert ("4-north", "nurse") in held()


def test_nobody_takes_an_account_over_by_e_mail_or_name(provider: Provider, ward: Ward) -> None:
    mine = User.objects.create_user("noor", "noor@hospital.test", "lamps on the quay")
    Access.objects.create(user=mine, ward=ward, role=Role.ADMINISTRATOR)
    provider.claims |= {"email": "noor@hospital.test", "email_verified": True}
    browser = log_in(provider, ["4n-nurses"])
    other = User.objects.exclude(pk=mine.pk).get()
    assert other.username != "noor"
    assert browser.get(reverse("people", args=["4-north"])).status_code == 403


def test_nobody_joins_a_log_in_to_somebodys_open_session(provider: Provider, ward: Ward, nurse: User) -> None:
    browser = Client()
    browser.force_login(nurse)
    there = browser.post(f"{START}?process=connect")
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
    assert browser.get(back.headers["Location"]).status_code == 403
    assert not SocialAccount.objects.exists()


def test_who_has_no_group_with_a_role_gets_no_account(provider: Provider, ward: Ward) -> None:
    browser = log_in(provider, ["kitchen"])
    assert b"None of your hospital groups has a role on a ward." in browser.said.content  # type: ignore[attr-defined]
    assert not User.objects.exists()


def test_an_account_that_was_switched_off_stays_off(provider: Provider, ward: Ward) -> None:
    log_in(provider, ["4n-nurses"])
    User.objects.update(is_active=False)
    browser = log_in(provider, ["4n-nurses"])
    assert browser.get(reverse("own")).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": 1},
        {"algorithm": "HS256"},
        {"wrong": {"iss": "https://evil.test"}},
        {"wrong": {"aud": "another"}},
        {"wrong": {"exp": 1}},
        {"userinfo": {"sub": "u-2"}},
    ],
    ids=["another key", "a shared key", "another issuer", "another audience", "run out", "another person"],
)
def test_a_token_that_does_not_hold_opens_nothing(provider: Provider, ward: Ward, wrong: dict[str, Any]) -> None:
    for name, value in wrong.items():
        setattr(provider, name, value)
    browser = log_in(provider, ["4n-nurses"])
    assert b"Hospital sign-in failed" in browser.said.content  # type: ignore[attr-defined]
    assert browser.get(reverse("own")).status_code == 302
    assert not User.objects.exists()


def test_a_way_back_that_this_browser_did_not_begin_opens_nothing(provider: Provider, ward: Ward) -> None:
    provider.claims["realm_access"] = {"roles": ["4n-nurses"]}
    there = Client().post(START)
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
    other = Client()
    assert b"Hospital sign-in failed" in other.get(back.headers["Location"]).content
    assert not User.objects.exists()


def test_a_provider_that_does_not_answer_is_one_line_there_and_back(
    provider: Provider, ward: Ward, tmp_path: Path
) -> None:
    browser = Client()
    there = browser.post(START)
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
    gone = read_oidc(str(described(tmp_path, "http://127.0.0.1:9")))  # nobody listens there
    assert gone is not None
    with override_settings(OIDC=gone, SOCIALACCOUNT_PROVIDERS=gone.for_allauth()):
        for answer in (browser.post(START), browser.get(back.headers["Location"])):
            assert answer.status_code == 401
            assert b"Hospital sign-in failed" in answer.content
    assert not User.objects.exists()


@override_settings(REQUIRE_MFA=True)
@pytest.mark.parametrize(("asks", "status"), [("second_factor = true", 200), ("", 302)])
def test_where_the_provider_asks_for_a_second_factor_the_ward_does_not(
    provider: Provider, ward: Ward, tmp_path: Path, asks: str, status: int
) -> None:
    oidc = read_oidc(str(described(tmp_path, provider.address, asks)))
    with override_settings(OIDC=oidc):
        assert log_in(provider, ["4n-heads"]).get(reverse("own")).status_code == status


def test_the_log_in_page_offers_the_hospital_only_where_it_is_set_up(provider: Provider, db: None) -> None:
    assert b"Sign in through the hospital" in Client().get(reverse("login")).content
    with override_settings(OIDC=None, SOCIALACCOUNT_PROVIDERS={}):
        assert b"Sign in through" not in Client().get(reverse("login")).content
        assert Client().post(START).status_code == 404


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("client_id", "clientid"), "client_id is missing"),
        (("[[roles]]", "[[role]]"), "roles is missing"),
        (('ward = "4-north"', ""), "must have group, ward and role"),
        (("http://127.0.0.1:1", "http://login.hospital.test"), "must begin with https"),
        (('"secret"', '"nowhere"'), "it holds the client's secret"),
        (("issuer =", "issuer"), "cannot be read"),
    ],
)
def test_a_file_that_cannot_work_is_one_line(tmp_path: Path, change: tuple[str, str], line: str) -> None:
    file = described(tmp_path, "http://127.0.0.1:1")
    file.write_text(file.read_text().replace(*change))
    with pytest.raises(ImproperlyConfigured, match=line) as caught:
        read_oidc(str(file))
    assert len(str(caught.value).splitlines()) == 1


def test_a_role_that_there_is_not_is_one_line(tmp_path: Path) -> None:
    oidc = read_oidc(str(described(tmp_path, "http://127.0.0.1:1")))
    assert isinstance(oidc, Oidc)
    with pytest.raises(ImproperlyConfigured, match="'nurse' is not a role"):
        oidc.check_roles(["therapist"])
