"""Forms that wait: at a desk that had locked, before a password is shown again, between here and the hospital's log-in.
What is hostile in them is as hostile when it comes back."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import resolve, reverse
from hypothesis import given

from tests.hostile.attack import PATTERNS, Attack
from tests.hostile.clients import TOKEN, Answer, Request, cookie
from tests.hostile.forms import Form, read
from tests.hostile.frames import form_of
from tests.hostile.seeds import examples
from tests.hostile.shots import TEXTS, Shot, fields_of, shots
from tests.ward.addresses import ADDRESSES
from tests.ward.site import PIN, WORD
from tests.ward.test_people_oidc import described
from ward.people.models import Visit
from ward.people.oidc import read_oidc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted")]
SENT = "application/x-www-form-urlencoded"
POSTED = sorted({one.name for one in ADDRESSES if one.method == "post"})
FACTORS = ("mfa_activate_totp", "mfa_deactivate_totp", "mfa_generate_recovery_codes")


class Story:
    """Requests of one browser that follow on each other; what they do is undone by whoever tells it."""

    def __init__(self, attack: Attack, cookies: Mapping[str, str]) -> None:
        self.attack = attack
        self.cookies = dict(cookies)

    def get(self, path: str) -> Answer:
        """A page, wherever it leads."""
        answer = self._ask("GET", path, b"")
        return self.get(answer.headers["Location"]) if answer.status == 302 else answer

    def post(self, path: str, form: bytes, kind: str = SENT) -> Answer:
        """A form."""
        return self._ask("POST", path, form, kind)

    def _ask(self, method: str, path: str, body: bytes, kind: str = SENT) -> Answer:
        where, _, query = path.partition("#")[0].partition("?")
        headers = [("host", b"localhost"), ("cookie", cookie(self.cookies)), ("x-csrftoken", TOKEN.encode())]
        headers += [("content-type", kind.encode())] if body else []
        answer = self.attack.server.go_on(Request(method, where, query.encode(), headers, body))
        self.attack.tally["HTTP requests", str(answer.status)] += 1
        assert answer.status < 500, answer.failure
        assert "no-store" in answer.headers["Cache-Control"]
        self.cookies |= {name: value for name, value in answer.cookies.items() if name != "csrftoken"}
        return answer


def forms_to(answer: Answer, name: str) -> list[Form]:
    """The forms of a page that go to an address."""
    return [form for form in read(answer.body.decode(), "/") if resolve(form.path).url_name == name]


@pytest.mark.parametrize("name", POSTED)
def test_what_came_to_a_locked_desk_stands_when_it_is_sent_after_all(name: str, attack: Attack) -> None:
    sent = [form for form in attack.forms.get(name, ()) if form.method == "POST"]
    who = Visit.objects.get().user_id

    @examples(2, name)
    @given(shots(0, len(attack.known)))
    def fire(shot: Shot) -> None:
        form = sent[shot.form % len(sent)].of("locked desk")
        story = Story(attack, attack.cookies["locked desk"])
        with attack.server.undone():
            locked = story.post(form.path, form_of(fields_of(shot, form, attack.known)))
            assert locked.status in (403, 409, 423)
            for desk in forms_to(locked, "desk")[:1]:
                said = [one for one in desk.sent if one[0] not in ("who", "pin")] + [("who", str(who)), ("pin", PIN)]
                answer = story.post(desk.path, form_of(said))
                page = story.get(answer.headers["Location"]) if answer.status == 302 else answer
                assert page.status in ((200, 403) if name.startswith("setup_") else (200,))  # a page of administrators
                for kept in forms_to(page, name):
                    story.post(kept.path, form_of([(one.name, one.value) for one in kept.controls]))

    fire()


@pytest.mark.parametrize("name", FACTORS)
def test_what_waited_for_a_password_stands_when_it_goes_on(name: str, attack: Attack) -> None:
    @examples(10, name)
    @given(shots(0, len(attack.known)))
    def fire(shot: Shot) -> None:
        story = Story(attack, {})
        with attack.server.undone():
            story.post(reverse("login"), form_of([("username", "hb"), ("password", WORD)]))
            form = next(iter(attack.forms.get(name, ())), Form("", "POST"))
            waits = story.post(reverse(name), form_of(fields_of(shot, form, attack.known)))
            if waits.status == 302:
                story.post(waits.headers["Location"], form_of([("password", WORD)]))

    fire()


@pytest.mark.parametrize("name", ["openid_connect_login", "openid_connect_callback"])
def test_whatever_comes_back_from_the_hospital_s_log_in_logs_nobody_in(
    name: str, attack: Attack, tmp_path: Path
) -> None:
    """Its provider does not answer; what a client makes up is refused before it is asked."""
    oidc = read_oidc(str(described(tmp_path, "http://127.0.0.1:9")))
    assert oidc is not None
    path = reverse(name, args=["hospital"])
    with override_settings(OIDC=oidc, SOCIALACCOUNT_PROVIDERS=oidc.for_allauth()):
        keys = cycle(("state", "code", "error", "process", "next", "scope", "auth_params", "iss"))
        for value, key in zip(TEXTS, keys, strict=False):
            query = form_of([("state", "x"), ("code", "y"), (key, value)])
            for method in ("GET", "POST", "HEAD"):
                headers = [("host", b"localhost"), ("cookie", cookie({})), ("x-csrftoken", TOKEN.encode())]
                asked = Request(method, path, query, headers, b"")
                answer = attack.ask("nobody", asked)
                assert answer.status in (200, 302, 401, 403, 405), asked
                assert answer.after == attack.before


def test_every_part_of_the_second_factor_is_told_here() -> None:
    changing = {name for name in PATTERNS if name.startswith("mfa_")}
    looked_at = {"mfa_index", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}
    assert changing - looked_at == {*FACTORS, "mfa_authenticate", "mfa_reauthenticate"}
