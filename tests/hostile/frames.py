"""Bodies of requests: forms as browsers write them, and what calls itself one."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, quote_from_bytes

Value = str | bytes
Fields = Sequence[tuple[str, Value]]
URLENCODED, PARTS = b"application/x-www-form-urlencoded", b"multipart/form-data"
CUT = b"Content-Transfer-Encoding: base64\r\n\r\n!!"


def form_of(fields: Fields) -> bytes:
    """As a browser writes it, whatever it is."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields).encode("ascii")


def framed(frame: str, fields: Fields) -> tuple[bytes, bytes]:
    """Content type and body."""
    if frame in OF_PARTS:
        kind, more, end = OF_PARTS[frame]
        body = b"".join(
            _part(*part) for part in [*((_name(name), b"", _plain(value)) for name, value in fields), *more]
        )
        return kind, body[: len(body) // 2] + end if end else body + b"--edge--\r\n"
    kind, changed = OF_FORMS[frame]
    return kind, changed(form_of(fields))


def _part(head: bytes, kind: bytes, value: bytes) -> bytes:
    told = b"Content-Type: %s\r\n" % kind if kind else b""
    return b"--edge\r\nContent-Disposition: form-data; %s\r\n%s\r\n%s\r\n" % (head, told, value)


def _name(name: str) -> bytes:
    return b'name="%s"' % _plain(name)


def _file(name: bytes) -> tuple[bytes, bytes, bytes]:
    return b'name="%s"; filename="../../x\x00.html"' % name, b"text/html", b"<b>"


def _plain(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def _quoted(value: Value) -> str:
    return quote_from_bytes(value) if isinstance(value, bytes) else quote(value, errors="surrogatepass")


def _same(form: bytes) -> bytes:
    return form


def _with(more: bytes) -> Callable[[bytes], bytes]:
    return lambda form: form + more


Part = tuple[bytes, bytes, bytes]  # head, type, value
OF_FORMS: Mapping[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "form": (URLENCODED, _same),
    "query only": (URLENCODED, _same),
    "bad length": (URLENCODED, _same),
    "no type": (b"", _same),
    "text": (b"text/plain", _same),
    "xml": (b"text/xml", _same),
    "type of noise": (b"\xff/;=;;", _same),
    "json": (b"application/json", lambda _form: b'{"a":' * 50_000),
    "form in base64": (URLENCODED + b"; x=y; x=y", lambda _form: b"c2V0PWNhbG0="),
    "a thousand fields": (URLENCODED, _with(b"&a=b" * 1_200)),
    "a megabyte": (URLENCODED, _with(b"&text=" + b"x" * (1 << 20))),
    "binary": (URLENCODED, _with(b"&\xff\xfe\x00=\xc0\x80&&&=&%&%u1234&a;b")),
    "nested names": (URLENCODED, _with(b"&set[0][x]=1&set[]=2&__proto__=3&set.title=4")),
} | {
    f"charset {word}": (URLENCODED + b"; charset=" + word.encode(), _same)
    for word in ("hex", "undefined", "utf-7", "utf-16", '""')
}
EDGE = PARTS + b"; boundary=edge"
OF_PARTS: Mapping[str, tuple[bytes, Sequence[Part], bytes]] = {  # type, more parts, and where it is cut the end
    "parts": (EDGE, (), b""),
    "broken parts": (EDGE, (), CUT),
    "parts without a boundary": (PARTS, (), b""),
    "parts of charset hex": (EDGE + b"; charset=hex", (), b""),
    "parts of charset undefined": (EDGE + b"; charset=undefined", (), b""),
    "files": (EDGE, [_file(name) for name in (b"playlist", b"text", b"", b"csrfmiddlewaretoken")], b""),
    "a thousand files": (EDGE, [(b'name="f%d"; filename="f"' % place, b"", b"") for place in range(1_000)], b""),
    "parts without names": (
        EDGE,
        [(name, b"", b"x") for name in (b"", b'name=""', b"filename*=utf-9''%ff", b"name*0=a")],
        b"",
    ),
    "parts in parts": (EDGE, [(b'name="text"', b"multipart/mixed; boundary=in", b"--in\r\n" * 500)], b""),
}
FRAMES = (*OF_FORMS, *OF_PARTS)
