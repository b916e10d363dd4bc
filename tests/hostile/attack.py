"""Fires at the ward's addresses and says what is wrong with an answer."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.urls import reverse

from tests.hostile.clients import SAFE, Answer, Request, Server, browsers
from tests.hostile.forms import Form, forms_of
from tests.hostile.rows import Changes, Owners, Rows, changed, owners, rows, told
from tests.hostile.shots import BEDS, NOWHERE, OURS, PLACES, THEIRS, Shot, fields_of, request_of
from tests.hostile.tally import Tally
from tests.hostile.wards import FAR, HOME, OF_SITE, Wards, factor, known_words, make_wards
from tests.ward.addresses import ADDRESSES, OWN, Address, patterns
from ward.accounts.middleware import ALWAYS
from ward.beds.models import Role

PATTERNS = patterns()
TABLE: Mapping[tuple[str, str], Address] = {(one.name, one.method.upper()): one for one in ADDRESSES}
TABLED = {one.name for one in ADDRESSES}
ROLES = {str(role): role for role in Role}
OUTSIDE = ("nobody", "invited", "halfway")  # not logged in, or not yet
BROKEN = {301, 400, 403, 404, 405, 409, 413}  # answers to what no page sends, whoever sent it
AUDIT, NO_ACTIONS = ("audit_row", "audit_head"), {"sign_in_failed", "signed_out"}
LOOKED = ("night_opened",)  # that someone has looked, which is no action
OTHER_SESSION = (b"sessionid=", b"desk=")  # a browser that says two says the last
SPECIAL = re.compile(rb"pressed|csrfmiddlewaretoken")  # fields that decide before any table


@dataclass(slots=True)
class Attack:
    """Two wards, everybody's browsers, the forms that they are shown, and what the database held before."""

    wards: Wards
    cookies: dict[str, dict[str, str]]
    server: Server
    before: Rows
    owned: Owners
    known: list[str]
    forms: dict[str, list[Form]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Counter)

    def fire(self, name: str, method: str, who: str, shot: Shot) -> Answer:
        """One request, and that nothing is wrong with its answer."""
        request = self.request(name, method, who, shot)
        answer = self.ask(who, request)
        wrong = list(self.by_the_table(name, who, shot, request, answer))
        assert not wrong, "\n".join([_told(who, request), repr(shot), *wrong])
        return answer

    def ask(self, who: str, request: Request) -> Answer:
        """Any request, and that nothing is wrong with its answer that would be wrong with every one."""
        answer = self.server.ask(request)
        self.tally["HTTP requests", str(answer.status)] += 1
        wrong = list(self.general(who, request, answer))
        assert not wrong, "\n".join([_told(who, request), *wrong])
        return answer

    def request(self, name: str, method: str, who: str, shot: Shot) -> Request:
        """The shot, at this address, by someone: with what a page asks for by GET, or with the form that it sends."""
        sends = "GET" if method in SAFE else "POST"
        forms = [form.of(who) for form in self.forms.get(name, ()) if form.method == sends]
        form = forms[shot.form % len(forms)] if forms else None
        path = form.path if form is not None and set(shot.args) <= {OURS} else self.path(name, shot.args)
        return request_of(shot, method, path, fields_of(shot, form, self.known), self.cookies[who], self.known)

    def path(self, name: str, args: Sequence[str]) -> str:
        """The address, percent-encoded; each part of it names something of one ward, or stands there as it is."""
        words = list(PATTERNS[name].pattern.converters)
        site, places = self.wards.site, {OURS: self.wards.home, THEIRS: self.wards.far}
        odd: dict[str, str] = {}
        said: dict[str, object] = {}
        for place, word in enumerate(words):
            arg = args[place] if place < len(args) else OURS
            right = places.get(arg, self.wards.home).argument(name)[word]
            said[word] = _nowhere_like(right) if arg == NOWHERE else right
            if arg in BEDS:
                said[word] = site.beds[arg.removeprefix("bed ")].pk if word == "bed_id" else right
            elif arg not in PLACES:
                stands = _standing_like(right, place)
                odd[str(stands)], said[word] = arg, stands
        path = quote(reverse(name, kwargs=said), safe="/%")
        for stands, arg in odd.items():
            path = path.replace(str(stands), arg)
        return path

    def general(self, who: str, request: Request, answer: Answer) -> Iterator[str]:
        """What holds for every answer."""
        if answer.status >= 500:
            yield f"{answer.status}: {answer.failure}"
        if "no-store" not in answer.headers.get("Cache-Control", ""):
            yield f"it may be kept: {answer.headers}"
        if leaked := [word for word in self.secrets(who) if word in answer.said and word not in request.said]:
            yield f"of another ward: {leaked}"
        if urlsplit(answer.headers.get("Location", "/")).netloc not in ("", "localhost"):
            yield f"leads away: {answer.headers['Location']}"
        changes = self.changes(answer)
        if changes and (request.method in SAFE or answer.status >= 400 or who == "nobody"):
            yield f"changed by what is no action ({answer.status}):\n{told(changes)}"
        owned = owners(answer.after) | self.owned if changes else {}
        if foreign := {key: sides for key, sides in changes.items() if owned.get(key, set()) & self.others(who)}:
            yield f"changed in another ward:\n{told(foreign)}"

    def changes(self, answer: Answer) -> Changes:
        """What is not as it was, but for the audit's word that a session ended or that a try to log in was wrong."""
        found = {key: one for key, one in changed(self.before, answer.after).items() if key[0] not in LOOKED}
        audited = [new["verb"] for key, (_old, new) in found.items() if key[0] == "audit_row" and new is not None]
        return found if set(audited) - NO_ACTIONS else {key: one for key, one in found.items() if key[0] not in AUDIT}

    def secrets(self, who: str) -> tuple[str, ...]:
        """What someone may not read."""
        home = (*HOME.words, *OF_SITE)
        if who == "stranger":
            return home
        return (*home, *FAR.words) if who in ("nobody", "halfway") else FAR.words

    def others(self, who: str) -> set[int]:
        """The wards where someone has no business."""
        return {self.wards.home.ward.pk if who == "stranger" else self.wards.far.ward.pk}

    def by_the_table(self, name: str, who: str, shot: Shot, request: Request, answer: Answer) -> Iterator[str]:
        """Whether those who may not are answered as tests.ward.addresses says, and change nothing."""
        exact = expected_of(name, request.method, who, shot)
        if not exact:
            return
        is_exact = shot.is_plain and set(shot.args) <= PLACES and not SPECIAL.search(request.body)
        if answer.status not in (exact if is_exact else exact | BROKEN) and not _reloads(answer, who):
            yield f"{answer.status} and not {sorted(exact)}"
        if changes := self.changes(answer):
            yield f"changed by who may not:\n{told(changes)}"


def expected_of(name: str, method: str, who: str, shot: Shot) -> set[int]:
    """The answers that someone may get who may not do this; none for who may, and for what is everybody's."""
    lost = OTHER_SESSION if who == "locked desk" else OTHER_SESSION[:1]
    if any(one.startswith(lost) for one in shot.cookies):
        who = "nobody"
    if who == "locked desk":
        return set() if name in ALWAYS else {302, 423, *BROKEN}
    if name in OWN:
        return {302, 405} if who in OUTSIDE and (name, who) != ("mfa_authenticate", "halfway") else set()
    if name in TABLED:
        address = TABLE.get((name, method))
        return {405} if address is None else _refused(address, who, shot.args)
    return set()


def _refused(address: Address, who: str, args: Sequence[str]) -> set[int]:
    if who in OUTSIDE:
        return {address.anonymous}
    args = [OURS if arg in BEDS else arg for arg in args]
    own, may = (THEIRS, True) if who == "stranger" else (OURS, ROLES[who] in address.roles)
    if not PATTERNS[address.name].pattern.converters:
        return {address.stranger} if who == "stranger" else set() if may else {address.refused}
    if args[0] != own:
        return {404}
    if not may:
        return {address.refused}
    return set() if set(args) == {own} else {404}


def _reloads(answer: Answer, who: str) -> bool:
    """A part of a page without a session."""
    return who in OUTSIDE and answer.headers.get("HX-Refresh") == "true" and not answer.body


def _told(who: str, request: Request) -> str:
    return f"{who}: {repr(request)[:3_000]}"


def prepare(now: datetime) -> Attack:
    """All of it, made in the database."""
    wards = make_wards(now)
    cookies = browsers(wards)
    factor(wards.site.people[Role.AUDITOR])  # once logged in without it: the pages of one that is there can be reached
    before = rows()
    server = Server(before)
    forms = forms_of(server, wards, cookies)
    return Attack(wards, cookies, server, before, owners(before), known_words(wards), forms)


def _nowhere_like(right: object) -> object:
    """What names nothing, of the kind that the address takes."""
    return 999_999 if isinstance(right, int) else UUID(int=999_999) if isinstance(right, UUID) else "nowhere"


def _standing_like(right: object, place: int) -> object:
    """What stands in the address until the odd part takes its place."""
    if isinstance(right, UUID):
        return UUID(int=640_500_000 + place)
    return 640_500_000 + place if isinstance(right, int) else f"stands-{place}"
