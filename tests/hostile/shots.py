"""What is fired at the ward's addresses, as Hypothesis strategies. The simplest shot is what a right page sends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.hostile.clients import TOKEN, Headers, Request, cookie
from tests.hostile.forms import Form
from tests.hostile.frames import FRAMES, Fields, Value, form_of, framed
from tests.ward.test_hostile_text import FIELDS

OURS, THEIRS, NOWHERE = "ours", "theirs", "nowhere"
BEDS = ("bed 1 A", "bed 4", "bed 8", "bed 9", "bed 10", "bed 11 A")  # of our ward, in states of their own
PLACES = {OURS, THEIRS, NOWHERE, *BEDS}
DIGITS = ("0", "9" * 18, "9" * 19, "9" * 30, "9" * 4_000, "9" * 5_000, "-1", "1.5", "%D9%A3", str(2**31), str(2**63))
PATHS = ("%00", "%ED%A0%80", "%C0%80", "%FF", "%2e%2e", "..%2f..", "x" * 3_000, "a%0d%0aSet-Cookie:b", "[", "'")
ODD = tuple(value for value in (*DIGITS, *PATHS) if re.fullmatch(r"[!-~]+", value))

NAMES = (*FIELDS, "next", "once", "pressed", "csrfmiddlewaretoken", "\x00", "[]")
TEXTS: tuple[Value, ...] = (
    "", " ", "0", "1", "on", "all", "a\x00b", "\x1b[2J\x07", "\x7f", "\ud800", "\udfff\ud800", "\u202e", "\ufeff",
    "é" * 281,
    "x" * 300, "x" * 10_000, "\n" * 500, "\r\nSet-Cookie: a=b", "a:b", ":" * 50, "way:", "stay:,,,,",
    "history:stay,stay,1",
    "end:\x00", "<script>alert(1)</script>", "' OR 1=1 --", "%00", "%", "%(x)s {0} {x.__class__}", "//evil.example/",
    "https://evil.example/", "javascript:alert(1)", "/w/../x", "/login/", "/nowhere", "/bed/999999/?a=b#c", "[]",
    "{}", "null",
    "[" * 900, '{"a":' * 300, b"\xc0\x80", b"\xf8\x88\x80\x80\x80", b"\xed\xa0\x80", b"\xff\xfe", b"a\xc3",
    "=HYPERLINK(1)", "=1+1", "http://[", "//[", "http://localhost:x/", "/%", "/bed/1/%00",
)  # fmt: skip
NUMBERS: tuple[Value, ...] = (
    "-1", "-0", "+1", "1.5", "1e400", "-1e400", "nan", "inf", "0x10", "1_0", "٣", "³", "٣" * 30, "9" * 18, "9" * 19,
    "9" * 30,
    "9" * 4_000, "9" * 5_000, "-" + "9" * 5_000, str(2**31 - 1), str(2**31), str(2**53), str(2**63 - 1), str(2**63),
    str(2**64),
    "00000000001", " 1 ", "1\x00",
)  # fmt: skip
TIMES: tuple[Value, ...] = (
    "2026-W99", "2026-W53", "0000-W01", "0001-W01", "9999-W52", "2026-w47", "٢٠٢٦-W47", "0001-01-01", "9999-12-31",
    "10000-01-01",
    "2026-02-30", "1969-12-31", "2999-12-31", "24:00", "23:59:60", "00:00", "23:59", "7", "stay", "day", "night",
    "en-gb", "zz",
)  # fmt: skip
HOSTS = (
    b"evil.example",
    b"",
    b"localhost:99999",
    b"[::1",
    b"a" * 300,
    b"localhost\xff",
    b"127.0.0.1@evil",
    b"localhost.",
)
HEADERS: tuple[tuple[str, bytes], ...] = (
    *(("host", host) for host in HOSTS),
    ("accept-language", b"x" * 600), ("accept-language", b"de;q=,*;q=9999999999,fr;q=-1"),
    ("accept-language", b"zz-" + b"a-" * 300),
    ("accept-language", b"fr\xff"), ("accept-language", b"de"), ("accept", b"*/*;" * 200),
    ("accept-encoding", b"gzip;q=x"),
    ("hx-request", b"true"), ("hx-request", b"maybe"), ("hx-boosted", b"true"), ("hx-target", b"\xff%zz" * 9),
    ("hx-current-url", b"http://["), ("hx-current-url-uri-autoencoded", b"true"), ("hx-trigger", b"x" * 9_000),
    ("triggering-event", b"{" * 900), ("triggering-event-uri-autoencoded", b"true"),
    ("hx-history-restore-request", b"true"),
    ("if-none-match", b'W/"x", "' + b'y",' * 200), ("if-none-match", b"*"), ("if-modified-since", b"Thu, 99 Foo 99999"),
    ("if-unmodified-since", b"Thu, 01 Jan 1970 00:00:00 GMT"), ("if-match", b'"nothing"'),
    ("range", b"bytes=" + b"9" * 5_000 + b"-"),
    ("range", b"bytes=9-1,-,x"), ("if-range", b"\xff"), ("last-event-id", b"9" * 5_000), ("last-event-id", b"-1"),
    ("last-event-id", b"\xd9\xa3"), ("referer", b"http://localhost/bed/1/?a=b"), ("referer", b"\xff"),
    ("referer", b"http://["), ("hx-current-url", b"/bed/1/"), ("origin", b"null"),
    ("origin", b"http://evil.example"), ("origin", b"http://["), ("authorization", b"Basic \xff"),
    ("x-forwarded-for", b"9" * 5_000), ("x-forwarded-proto", b"https"), ("x-forwarded-host", b"evil.example"),
    ("forwarded", b"for=_x"),
    ("x-http-method-override", b"DELETE"), ("transfer-encoding", b"chunked"), ("expect", b"100-continue"),
    ("upgrade", b"websocket"),
    ("x-requested-with", b"XMLHttpRequest"), ("user-agent", b"x" * 9_000), ("content-encoding", b"gzip"),
    ("x_underscore", b"1"),
)  # fmt: skip
COOKIES = (
    b"sessionid=" + b"x" * 32, b"sessionid=" + b"9" * 5_000, b"sessionid=\xff\xff\xff\xff\xff\xff\xff\xff",
    b'sessionid="\\000\\000\\000"',
    b"desk=1:x:y:z", b"desk=" + b"9" * 5_000 + b":x", b"desk=\xd9\xa3:x:1:2", b"theme=\x01", b"theme=dusk",
    b"language=zz",
    b"language=" + b"x" * 900, b'language="a\\000b"', b"csrftoken=short", b"csrftoken=\xff", b"browser=" + b"x" * 900,
    b'browser="\\000"',
    b"=; ;;=;a", b"a" * 4_000, b"__Host-sessionid=x", b"messages=[[", b"sessionid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a right form: a field is put, dropped, said twice or ticked, or one of another form is added."""

    action: str
    field: int
    value: Value


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, but for who sends it, where and how. `args`: whose id each part of the address names, or what stands
    there instead; `known`: which word of the two wards a change says."""

    args: tuple[str, ...] = ()
    form: int = 0
    changes: tuple[Change, ...] = ()
    query: tuple[tuple[str, Value], ...] = ()
    frame: str = "form"
    headers: tuple[tuple[str, bytes], ...] = ()
    cookies: tuple[bytes, ...] = ()
    tail: str = ""
    token: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether only the form says odd things: the table of addresses holds for it."""
        return (self.frame, self.headers, self.cookies, self.tail, self.token) == ("form", (), (), "", True)


def values(known: int) -> st.SearchStrategy[Value]:
    """Hostile and right ones; `known` numbers stand for words of the wards."""
    words = st.integers(0, known - 1).map(lambda place: f"\x00known {place}")
    text = st.text(st.characters(exclude_categories=()), max_size=30)
    return st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from(TIMES), words, text)


def shots(args: int, known: int) -> st.SearchStrategy[Shot]:
    """For an address of so many parts."""
    value = values(known)
    changes = st.builds(
        Change, st.sampled_from(("put", "add", "drop", "twice", "tick")), st.integers(0, 199), value
    )  # fmt: skip
    right = [st.sampled_from((*[OURS] * 12, *BEDS, *[THEIRS] * 4, *[NOWHERE] * 2)) for _time in range(4)]
    where = st.one_of(*right, st.sampled_from(ODD))
    return st.builds(
        Shot,
        args=st.tuples(*[where] * args),
        form=st.integers(0, 5),
        changes=st.lists(changes, max_size=5).map(tuple),
        query=st.lists(st.tuples(st.sampled_from(NAMES), value), max_size=3).map(tuple),
        frame=st.one_of(st.just("form"), st.just("form"), st.sampled_from(FRAMES)),
        headers=st.one_of(st.just(()), st.lists(st.sampled_from(HEADERS), max_size=3).map(tuple)),
        cookies=st.one_of(st.just(()), st.just(()), st.lists(st.sampled_from(COOKIES), max_size=2).map(tuple)),
        tail=st.one_of(st.just(""), st.just(""), st.sampled_from(("/", "//", "%2f", ";a", "%00", ".php"))),
    )


def fields_of(shot: Shot, form: Form | None, known: Sequence[str]) -> Fields:
    """The form that the page shows, changed."""
    form = form or Form("", "POST")
    said: Fields = list(form.sent)
    for change in shot.changes:
        said = _changed(said, form, change, word(change.value, known))
    return said


def word(value: Value, known: Sequence[str]) -> Value:
    """Itself, or the word of the wards that it stands for."""
    if isinstance(value, str) and value.startswith("\x00known "):
        return known[int(value.rpartition(" ")[2]) % len(known)]
    return value


def _changed(said: Fields, form: Form, change: Change, value: Value) -> Fields:
    if change.action == "add" or not said:
        return [*said, (NAMES[change.field % len(NAMES)], value)]
    place = change.field % len(said)
    name = said[place][0]
    match change.action:
        case "put":
            return [*said[:place], (name, value), *said[place + 1 :]]
        case "drop":
            return [*said[:place], *said[place + 1 :]]
        case "tick" if form.controls:
            control = form.controls[change.field % len(form.controls)]
            return [*said, (control.name, control.value)]
    return [*said, (name, value)]


def request_of(
    shot: Shot, method: str, path: str, fields: Fields, cookies: dict[str, str], known: Sequence[str]
) -> Request:
    """The bytes."""
    query = [(name, word(value, known)) for name, value in shot.query]
    kind, body = framed(shot.frame, fields)
    if method in ("GET", "HEAD") or shot.frame == "query only":
        query, body = [*fields, *query], b""
    headers: Headers = [("host", b"localhost")] if not any(name == "host" for name, _value in shot.headers) else []
    sent = b"; ".join([*(one for one in [cookie(cookies, shot.token)] if one), *shot.cookies])
    headers += [("cookie", sent)] if sent else []
    headers += [("x-csrftoken", TOKEN.encode())] if shot.token else []
    headers += [("content-type", kind)] if kind else []
    headers += [("content-length", str(len(body)).encode())] if body and shot.frame != "bad length" else []
    return Request(method, f"{path}{shot.tail}", form_of(query), [*headers, *shot.headers], body)
