"""The one message under a page's heading: what became of the last action, or why a form was not saved.

Every page draws it with `message.html`. It takes the focus, and the page's title begins with it. Knows no ward and no
bed: the view that draws the page, or the one that leads to it, writes the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

SESSION_KEY = "message"
KEPT_S = 300  # a page that is loaded again within this time says it again


class Kind(StrEnum):
    """How it is drawn: only what can be undone is an ink bar."""

    DONE = "done"
    CAN_UNDO = "can-undo"
    UNDONE = "undone"
    MAY_PLAY = "may-play"
    REFUSED = "refused"


SHAPES = {Kind.UNDONE: "undo", Kind.MAY_PLAY: "diamond", Kind.REFUSED: "diamond"}


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do next: a form with these fields, or a link where there are none. `sent_once`: pressed twice,
    it acts once."""

    word: str
    address: str
    fields: tuple[tuple[str, str], ...] = ()
    shape: str = ""
    sent_once: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A field that is wrong: what to do there, and its id."""

    words: str
    field: str


@dataclass(frozen=True, slots=True)
class Message:
    """`head` is a few words, `sentence` says what holds now. `undo_s`: seconds until it can no longer be undone, in
    steps of five; then `until_undone`, a part of the sentence, goes too. `code`: a link to
    copy. `takes_focus`: whether it is news."""

    head: str
    sentence: str = ""
    kind: Kind = Kind.DONE
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    code: str = ""
    undo_s: int = 0
    until_undone: str = ""
    takes_focus: bool = True

    @property
    def role(self) -> str:
        """Interrupts a screen reader only where music may still play, or where nothing was saved."""
        return "alert" if self.kind in (Kind.MAY_PLAY, Kind.REFUSED) else "status"

    @property
    def shape(self) -> str:
        """The shape before the words."""
        return SHAPES.get(self.kind, "check")

    @property
    def spoken(self) -> str:
        """What a screen reader says when it takes the focus."""
        return " ".join(filter(None, (_stop(self.head), self.sentence, self.until_undone)))

    @property
    def title(self) -> str:
        """What the page's title begins with."""
        return f"{self.head.rstrip('.')}: {self.sentence}" if self.kind is Kind.REFUSED else _stop(self.head)


def say(request: HttpRequest, address: str, head: str, sentence: str = "", kind: Kind = Kind.DONE) -> HttpResponse:
    """To the page of this address, which says what was done."""
    keep(request, head, sentence, address, kind)
    return HttpResponseRedirect(address)


def keep(request: HttpRequest, head: str, sentence: str = "", address: str = "", kind: Kind = Kind.DONE) -> None:
    """For the page of this address, or for the next one that is opened."""
    path = address.partition("#")[0].partition("?")[0]
    at = round(timezone.now().timestamp())
    request.session[SESSION_KEY] = [path, at, str(head), str(sentence), kind.value]


def kept(request: HttpRequest) -> Message | None:
    """What this page has to say: the same again when it is loaded again, nothing once another page was opened."""
    held: list[Any] | None = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    if held is None:
        return None
    path, at, head, sentence, kind = held
    is_new = -1 <= timezone.now().timestamp() - at < KEPT_S  # it is kept in whole seconds
    if request.method != "GET" or not is_new or path not in ("", request.path):
        del request.session[SESSION_KEY]
        return None
    if not path:
        request.session[SESSION_KEY] = [request.path, at, head, sentence, kind]
    return Message(head, sentence, Kind(kind))


def refused(sentence: str, links: Iterable[Link] = (), head: str = "") -> Message:
    """Nothing was saved: why, and what is wrong field by field."""
    return Message(head or _("Not saved"), sentence, Kind.REFUSED, links=tuple(links))


def links_of(form: Any, *, named: bool = True) -> Sequence[Link]:
    """Each field of a form that is wrong, in the form's order. `named`: with its label, where its line needs one."""
    wrong = [field for field in form if field.errors]
    return [Link(_line(field, named), field.id_for_label) for field in wrong]


def refused_form(form: Any) -> Message | None:
    """What a form says whose view writes no message of its own; None where nothing is wrong with it."""
    if not getattr(form, "errors", None):
        return None
    whole = " ".join(str(error) for error in form.non_field_errors())
    return refused(whole or _("Check what is marked."), links_of(form, named=False))


def seconds_left(left_s: float) -> int:
    """Seconds in steps of five, 0 to 30: the length of the line that shortens is one of six classes."""
    return min(30, max(5, round(left_s / 5) * 5)) if left_s > 0 else 0


def _line(field: Any, named: bool) -> str:
    line = " ".join(str(error) for error in field.errors)
    return _("%(field)s: %(problem)s") % {"field": field.label, "problem": line} if named and field.label else line


def _stop(line: str) -> str:
    return line if line.endswith((".", "?", "!")) else f"{line}."
