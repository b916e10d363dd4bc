"""The forms of a page as a browser would send them, read from the page itself: with its tokens, words and marks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class PageForm:
    """A form: its attributes, and its fields as they stand."""

    attributes: dict[str, str]
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Where it is sent to; empty: to its page."""
        return self.attributes.get("action", "")

    def filled(self, **typed: str | list[str]) -> dict[str, list[str]]:
        """What is sent when this is typed."""
        return self.fields | {name: [said] if isinstance(said, str) else said for name, said in typed.items()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.inside: PageForm | None = None
        self.area: tuple[PageForm, str] | None = None
        self.select: tuple[PageForm, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = PageForm(said)
            self.forms.append(self.inside)
            return
        owner = next((one for one in self.forms if one.attributes.get("id") == said.get("form", "-")), self.inside)
        if owner is None:
            return
        ticks = said.get("type") in ("checkbox", "radio")
        if tag == "input" and said.get("name") and (not ticks or "checked" in said):
            owner.fields.setdefault(said["name"], []).append(said.get("value", "on" if ticks else ""))
        elif tag == "textarea":
            self.area = (owner, said["name"])
        elif tag == "select":
            self.select = (owner, said["name"])
        elif tag == "option" and self.select and "selected" in said:
            self.select[0].fields[self.select[1]] = [said.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "textarea" and self.area:
            self.area[0].fields.setdefault(self.area[1], [""])
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.area[0].fields.setdefault(self.area[1], [""])[0] += data


def forms(page: bytes | str) -> list[PageForm]:
    """All forms of a page."""
    reader = _Reader()
    reader.feed(page if isinstance(page, str) else page.decode())
    return reader.forms


def form_to(page: bytes | str, action: str) -> PageForm:
    """The first form of a page that is sent there."""
    return _only(one for one in forms(page) if one.action == action)


def _only(found: Iterable[PageForm]) -> PageForm:
    made = next(iter(found), None)
    assert made is not None, "the page has no such form"
    return made
