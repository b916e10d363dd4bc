"""The real forms of the real pages, by the address that each is sent to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve, reverse

from tests.hostile.clients import Request, Server, cookie
from tests.hostile.wards import Wards
from tests.ward.addresses import patterns
from tests.ward.site import PIN, open_pages, pages_of
from ward.beds.models import Role

MARK = "whose"
WORDS = {  # what a person types where a page leaves a field empty
    "pin": PIN, "again": PIN, "password": "wrong word", "oldpassword": "wrong word", "code": "123456",
    "name": "Corridor",
    "username": "nobody.yet", "first_name": "Ada", "last_name": "Byron", "first": "2026-11-01", "last": "2026-11-23",
    "version": "1", "newest": "0", "week": "2026-W47", "text": "Likes the window open.", "role": "auditor",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Control:
    """One field, button or tick; `sent`: as the page stands, a browser sends it."""

    name: str
    value: str
    sent: bool
    kind: str = ""


@dataclass(slots=True)
class Form:
    """One form. `path`: where it goes, whose ids are those of the page that it stood on; `reader`: who was shown it."""

    path: str
    method: str
    controls: list[Control] = field(default_factory=list)
    reader: str = ""

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What a browser sends, with a word in what was left empty, and its first button."""
        return [(one.name, one.value or WORDS.get(one.name, "")) for one in self.controls if one.sent]

    def of(self, who: str) -> "Form":
        """As someone else is shown it: without the mark of whose it is."""
        is_theirs = who == self.reader or (who, self.reader) == ("locked desk", "nurse")
        return self if is_theirs else replace(self, controls=[one for one in self.controls if one.name != MARK])


def forms_of(server: Server, wards: Wards, cookies: Mapping[str, Mapping[str, str]]) -> dict[str, list[Form]]:
    """Every form that someone is shown, by the name of its address; each kind of a form once."""
    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for who, path in _pages(wards):
        asked = urlsplit(path)
        headers = [("host", b"localhost"), ("cookie", cookie(cookies[who]))]
        answer = server.ask(Request("GET", asked.path, asked.query.encode(), headers))
        if answer.status == 200:
            for form in read(answer.body.decode(), asked.path):
                names = tuple(sorted({one.name for one in form.controls}))
                found.setdefault((_name(form.path), names), replace(form, reader=who))
    made: dict[str, list[Form]] = {}
    for (name, _names), form in found.items():
        made.setdefault(name, []).append(form)
    same = {name: _name(reverse(name)) for name, one in patterns().items() if not one.pattern.converters}
    return made | {name: made[other] for name, other in same.items() if other in made}


def _pages(wards: Wards) -> Iterator[tuple[str, str]]:
    for role in Role:
        for path in pages_of(wards.site, role).values():
            yield str(role), path
    for path in open_pages().values():
        yield "nobody", path
    for who, name in (("locked desk", "desk"), ("invited", "invitation"), ("halfway", "mfa_authenticate")):
        yield who, reverse(name)
    for name, pattern in patterns().items():
        if not pattern.pattern.converters:
            yield str(Role.ADMINISTRATOR), reverse(name)
            yield str(Role.AUDITOR), reverse(name)  # who has a second factor
    slug = wards.site.ward.slug
    yield str(Role.THERAPIST), f"{reverse('therapy_blocked', args=[slug])}?track=part"
    yield str(Role.ADMINISTRATOR), f"{reverse('evening', args=[slug])}?playlist=dusk"


def _name(path: str) -> str:
    """The address's name; of a page without a name of its own, as a link that carries words, the path."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return path


def read(page: str, path: str) -> list[Form]:
    """The forms of a page that stands at `path`."""
    reader = _Reader(path)
    reader.feed(page)
    return [Form(form.path, form.method, _chosen(form.controls)) for form in reader.forms.values() if form.path]


def _chosen(controls: list[Control]) -> list[Control]:
    """With the first of each choice of one that nothing is chosen of yet."""
    open_ones = {one.name for one in controls if one.kind == "radio"} - {one.name for one in controls if one.sent}
    firsts = {next(place for place, one in enumerate(controls) if one.name == name) for name in open_ones}
    return [replace(one, sent=one.sent or place in firsts) for place, one in enumerate(controls)]


class _Reader(HTMLParser):
    """Controls belong to the form round them, or to the one that they name."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self._path = path
        self._inside = ""
        self._chooses, self._must_choose = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("id") or f"form {len(self.forms)}"
            action = urlsplit(urljoin(self._path, said.get("action", ""))).path
            known = self._form(self._inside)
            known.path, known.method = action, said.get("method", "get").upper()
        elif tag in ("input", "textarea", "select", "button", "option"):
            self._control(tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = ""

    def _form(self, key: str) -> Form:
        return self.forms.setdefault(key, Form("", "GET"))

    def _control(self, tag: str, said: dict[str, str]) -> None:
        if tag == "select":
            self._chooses, self._must_choose = said.get("name", ""), "required" in said
        name = self._chooses if tag == "option" else said.get("name", "")
        owner = said.get("form") or self._inside
        if not name or not owner or tag == "select" or name == "csrfmiddlewaretoken":
            return
        form = self._form(owner)
        form.controls.append(
            Control(name, said.get("value", ""), self._is_sent(tag, said, form), said.get("type", tag))
        )

    def _is_sent(self, tag: str, said: dict[str, str], form: Form) -> bool:
        if tag == "option":
            return "selected" in said or (self._must_choose and self._is_first(said, form))
        if tag == "button":
            return not any(one.name == said["name"] for one in form.controls)
        return said.get("type") not in ("checkbox", "radio") or "checked" in said

    def _is_first(self, said: dict[str, str], form: Form) -> bool:
        """Of the choices that say something: a browser sends no form without one of them."""
        return bool(said.get("value")) and not any(one.name == self._chooses and one.sent for one in form.controls)
