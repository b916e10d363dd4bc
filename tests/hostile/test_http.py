"""Every address, by every method and everybody, with what no page sends: nothing breaks, nothing comes out of another
ward, and nothing changes but by someone who may change it."""

from itertools import cycle, product

import pytest
from django.contrib.staticfiles.finders import get_finders
from hypothesis import given

from tests.hostile.attack import PATTERNS, Attack
from tests.hostile.clients import EVERYBODY, HALFWAY_IN, METHODS, TOKEN, Request, cookie
from tests.hostile.seeds import examples
from tests.hostile.shots import COOKIES, HEADERS, NAMES, OURS, PATHS, TEXTS, Change, Shot, shots
from tests.ward.addresses import ADDRESSES, OPEN, OWN
from tests.ward.test_hostile_text import ENDLESS, FIELDS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted")]
EACH = pytest.mark.parametrize("name", sorted(PATTERNS))
ANYBODY = (*EVERYBODY, *HALFWAY_IN)
# A ward with stays is never closed, nor its beds, whose text the reader of forms leaves empty: see ward/test_setup.py.
REFUSED = {"setup_close", "setup_ward"}
SENT = [(name, method) for name in sorted(PATTERNS) for method in METHODS]


def parts(name: str) -> int:
    """Of the address that name something."""
    return len(PATTERNS[name].pattern.converters)


@EACH
@pytest.mark.parametrize("method", METHODS)
def test_an_address_stands_whatever_it_is_sent(name: str, method: str, attack: Attack) -> None:
    is_page = method in ("GET", "POST")
    right = Shot((OURS,) * parts(name))  # the first example

    @examples(3 if is_page else 2, f"{method} {name}")
    @given(shots(parts(name), len(attack.known)))
    def fire(shot: Shot) -> None:
        for who in ANYBODY if is_page or shot == right else ANYBODY[::3]:
            attack.fire(name, method, who, shot)

    fire()
    assert attack.tally.total() >= len(ANYBODY)


def test_every_address_that_there_is_is_attacked() -> None:
    assert {name for name, _method in SENT} == {one.name for one in ADDRESSES} | OWN | OPEN.keys()


@pytest.mark.parametrize("name", sorted({one.name for one in ADDRESSES if one.method == "post"} - REFUSED))
def test_a_right_form_is_taken_so_that_the_wrong_ones_reach_its_view(name: str, attack: Attack) -> None:
    sent = [form for form in attack.forms.get(name, ()) if form.method == "POST"]
    shots_at = [Shot(args=(OURS,) * parts(name), form=place) for place in range(len(sent))]
    answers = (attack.fire(name, "POST", who, shot) for shot in shots_at for who in EVERYBODY)
    assert any(one.status < 400 and one.after != attack.before for one in answers)


@EACH
def test_one_hostile_field_in_a_right_form_breaks_nothing(name: str, attack: Attack) -> None:
    """Each in its turn, so that what stands before it lets it through; what a page may ask for by GET all at once."""
    others = cycle(TEXTS)
    who = next((str(one.roles[0]) for one in ADDRESSES if one.name == name), "administrator")
    sent = [form for form in attack.forms.get(name, ()) if form.method == "POST"]
    for place, form in enumerate(sent):
        for field in {one[0]: place for place, one in enumerate(form.sent)}.values():
            for value in (ENDLESS, next(others)):
                change = Change("put", field, value)
                attack.fire(name, "POST", who, Shot((OURS,) * parts(name), place, (change,)))
    for value in (ENDLESS, str(2**63), "-1", "\ud800", b"\xc0\x80"):
        attack.fire(name, "GET", who, Shot((OURS,) * parts(name), query=tuple((field, value) for field in FIELDS)))


@EACH
def test_an_address_that_cannot_be_read_leads_nowhere_and_breaks_nothing(name: str, attack: Attack) -> None:
    """What Python's own reading of addresses refuses, wherever a client may say one."""
    wheres = product(("nurse", "nobody", "locked desk", "halfway"), ("GET", "POST"))
    for (who, method), told in zip(wheres, cycle(("http://[", "//a\u2100", "//[")), strict=False):
        headers = tuple((one, told.encode("latin-1", "replace")) for one in ("referer", "hx-current-url"))
        change = Change("add", NAMES.index("next"), told)
        attack.fire(name, method, who, Shot((OURS,) * parts(name), changes=(change,), headers=headers))


@EACH
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_done_without_the_token_of_a_page(name: str, method: str, attack: Attack) -> None:
    wrong = cycle([(b"", True), (b"b" * 32, True), (TOKEN.encode(), False), (b"\xff", True)])
    for who, (token, has_cookie) in zip(ANYBODY if method == "POST" else ANYBODY[::3], wrong, strict=False):
        right = attack.request(name, method, who, Shot(args=(OURS,) * parts(name)))
        headers = [one for one in right.headers if one[0] not in ("x-csrftoken", "cookie")]
        headers += [("cookie", cookie(attack.cookies[who], has_cookie)), ("x-csrftoken", token)]
        answer = attack.ask(who, Request(method, right.path, right.query, headers, right.body))
        assert (answer.status, answer.after) == (403, attack.before), who


@pytest.mark.parametrize("who", ["nurse", "nobody", "locked desk"])
def test_what_is_no_address_leads_nowhere(who: str, attack: Attack) -> None:
    odd = [f"/{path}" for path in PATHS] + [f"/w/4-north/{path}" for path in PATHS]
    odd += [
        "//evil.example",
        "//evil.example/w/4-north",
        "/w/4-north",
        "/bed/1",
        "/%2e%2e/",
        "/static/../ward/settings.py",
        "/w//",
    ]
    odd += [
        "/static/%2e%2e/settings.py",
        "/.git/config",
        "/admin/",
        "/own/second-factor/webauthn/",
        "/login/?",
        "/;/",
        "*",
        "/\\",
    ]
    for path in odd:
        for method in METHODS:
            headers = [("host", b"localhost"), ("cookie", cookie(attack.cookies[who])), ("x-csrftoken", TOKEN.encode())]
            answer = attack.ask(who, Request(method, path, b"a=b", headers, b"a=b"))
            assert answer.status in (301, 400, 404), path
            assert answer.after == attack.before


@pytest.mark.parametrize("method", METHODS)
def test_a_style_or_script_stands_whatever_it_is_asked_with(method: str, attack: Attack) -> None:
    """These alone may be kept: nothing of a ward stands there."""
    files = [path for finder in get_finders() for path, _storage in finder.list([]) if path.endswith((".css", ".js"))]
    ours = sorted(path for path in files if "/" not in path)
    assert len(ours) > 5
    for path, (name, value) in zip(cycle(ours), HEADERS, strict=False):
        host = [] if name == "host" else [("host", b"localhost")]
        answer = attack.server.ask(
            Request(method, f"/static/{path}", b"", [*host, (name, value), ("cookie", COOKIES[0])])
        )
        attack.tally["HTTP requests for styles and scripts", str(answer.status)] += 1
        assert answer.status in (200, 206, 304, 400, 404, 405, 416), (path, name, value, answer.failure)
        assert answer.after == attack.before
