"""That a ward works, whatever boxes said before: every page answers, boxes are served, and a nurse's actions are
done."""

from urllib.parse import urlencode

from django.test import Client
from django.urls import resolve, reverse

import messages
from messages import AssignmentApplied, Topic
from tests.hostile.boxes import Offline
from tests.hostile.forms import read
from tests.ward.people import logged_in
from tests.ward.saying import NOW, entry, log
from tests.ward.site import Site, pages_of
from ward.assignments.assigning import newest, wire
from ward.assignments.models import Assignment
from ward.assignments.sending import unsent
from ward.beds.models import Bed, Role
from ward.fleet.models import Device

OTHERWISE = {  # pages of tests.ward.site that do not answer 200
    "a page that there is not": {404}, "a page that is not theirs": {403}, "mfa_activate_totp": {302},
    "evening_assigned": {200, 302},
}  # fmt: skip
ACTIONS = (  # page, and the form on it that is sent
    ("assign", "assign"), ("assigned", "put_back"), ("assign", "assign"), ("history", "history_discharge"),
    ("assign", "assign"),
)  # fmt: skip


def every_page_answers(site: Site, *roles: Role) -> None:
    """Whatever the boxes said stands on them. Everybody's, or those of some."""
    for role in roles or Role:
        browser = logged_in(site.people[role])
        for page, path in pages_of(site, role).items():
            answer = browser.get(path)
            assert answer.status_code in OTHERWISE.get(page, {200}), (role, page, answer.status_code)


def the_ward_works(site: Site, offline: Offline) -> None:
    """At every bed: a box that has just come is served, and a nurse assigns music, puts back what was there, ends the
    stay."""
    nurse = logged_in(site.people[Role.NURSE])
    for name, bed in site.beds.items():
        has_box = Device.objects.filter(bed=bed).exists()
        if has_box:
            honest(offline, bed, name)
        for page, action in ACTIONS:
            assigned = Assignment.objects.filter(bed=bed).count()
            press(nurse, reverse(page, args=[bed.pk]), action)
            assert Assignment.objects.filter(bed=bed).count() == assigned + 1, (name, action)
        if has_box:
            honest(offline, bed, f"{name} again")


def honest(offline: Offline, bed: Bed, name: str) -> None:
    """A box at this bed that has just come and knows nothing: its bed's assignment goes out, and what it writes is
    receipted and confirms it."""
    device, log_id = Device.objects.get(bed=bed), f"honest-{name.replace(' ', '-')}"
    offline.says(device, Topic.HELLO, _hello(log_id))
    assert offline.receipts(device, log_id) == [0], name
    last = newest(Bed.objects.get(pk=bed.pk))
    if last is None:
        return
    sent = {one.bed_id: one for one in unsent(NOW)}
    assert sent[bed.pk].pk == last.pk, name
    said = AssignmentApplied(version=last.version, digest=messages.assignment_digest(wire(last)), held=1, needed=1)
    offline.says(device, Topic.LOG, log(1, entry(said, stay=last.stay), log_id=log_id))
    assert offline.receipts(device, log_id) == [0, 1], name
    last.refresh_from_db()
    assert last.applied_at is not None, name


def press(browser: Client, page: str, action: str) -> None:
    """The form of a page that is sent there, with one playlist ticked where playlists are offered."""
    forms = read(browser.get(page).content.decode(), page)
    form = next(one for one in forms if one.method == "POST" and resolve(one.path).url_name == action)
    offered = [("playlist", one.value) for one in form.controls if one.name == "playlist"][:1]
    said = [one for one in form.sent if one[0] != "playlist"] + offered
    answer = browser.post(form.path, urlencode(said), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 302, (page, action, answer.status_code)


def _hello(log_id: str) -> messages.Hello:
    return messages.Hello(
        log_id=log_id, oldest=1, next_seq=1, assignment_version=0, stay=None, boot=f"boot-{log_id}", software="1"
    )
