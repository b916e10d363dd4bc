"""Every address of the ward's pages as it is tested: who may open it, and how it answers whoever may not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver

from ward.beds.models import Role
from ward.urls import urlpatterns

MUSIC_ROLES = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR)
ASSIGNING_ROLES = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR)
CURATING_ROLES = (Role.THERAPIST, Role.ADMINISTRATOR)
AUDIT_ROLES = (Role.ADMINISTRATOR, Role.AUDITOR)
DEVICE_ROLES = (Role.FACILITIES, Role.ADMINISTRATOR, Role.AUDITOR)
TENDING_ROLES = (Role.FACILITIES, Role.ADMINISTRATOR)
BOSS = (Role.ADMINISTRATOR,)


@dataclass(frozen=True, slots=True)
class Address:
    """One address: how it answers those who may, those of the ward who may not, strangers, and nobody in particular."""

    name: str
    method: str
    roles: tuple[Role, ...]
    answers: int
    refused: int = 403
    stranger: int = 404
    anonymous: int = 302
    said: dict[str, str] = field(default_factory=dict)


# Forms of a bed's history and of the therapist carry a mark of the stay. Without it nothing is written: 409.
ADDRESSES = (
    Address("board", "get", MUSIC_ROLES, 200, refused=302, stranger=200),
    Address("ward", "get", MUSIC_ROLES, 200),
    Address("board_pulse", "get", MUSIC_ROLES, 200, said={"theme": "day"}),
    Address("my_beds", "get", ASSIGNING_ROLES, 200),
    Address("my_beds", "post", ASSIGNING_ROLES, 302),
    Address("wall", "get", MUSIC_ROLES, 200),
    Address("wall_pulse", "get", MUSIC_ROLES, 200, said={"theme": "day"}),
    Address("events", "get", MUSIC_ROLES, 200, stranger=200, anonymous=403),
    Address("bed", "get", MUSIC_ROLES, 200),
    Address("assign", "get", ASSIGNING_ROLES, 200),
    Address("assign", "post", ASSIGNING_ROLES, 302, said={"version": "1", "playlist": "garden"}),
    Address("tile", "get", MUSIC_ROLES, 200),
    Address("bed_pulse", "get", MUSIC_ROLES, 200),
    Address("screen_pulse", "get", MUSIC_ROLES, 200),
    Address("assigned", "get", MUSIC_ROLES, 200),
    Address("put_back", "post", ASSIGNING_ROLES, 302, said={"version": "1"}),
    Address("stop", "post", ASSIGNING_ROLES, 302),
    Address("look", "post", ASSIGNING_ROLES, 302),
    Address("stop_room", "post", ASSIGNING_ROLES, 302, said={"room": "1"}),
    Address("room", "get", MUSIC_ROLES, 200),
    Address("room_pulse", "get", MUSIC_ROLES, 200),
    Address("evening", "get", ASSIGNING_ROLES, 200),
    Address("evening", "post", ASSIGNING_ROLES, 422),  # no bed is ticked
    Address("evening_choose", "post", BOSS, 302, said={"playlist": "garden"}),
    Address("evening_assigned", "get", ASSIGNING_ROLES, 302),
    Address("evening_undo", "post", ASSIGNING_ROLES, 302),
    Address("history", "get", MUSIC_ROLES, 200),
    Address("history_pulse", "get", MUSIC_ROLES, 200),
    Address("history_note", "post", ASSIGNING_ROLES, 409),
    Address("history_never", "post", ASSIGNING_ROLES, 409),
    Address("history_discharge", "post", ASSIGNING_ROLES, 409),
    Address("history_move", "post", ASSIGNING_ROLES, 422),  # no bed is chosen
    Address("timings", "get", BOSS, 200),
    Address("devices", "get", DEVICE_ROLES, 302, refused=404, stranger=302),
    Address("ward_devices", "get", DEVICE_ROLES, 200),
    Address("device", "get", DEVICE_ROLES, 200),
    Address("device_pulse", "get", DEVICE_ROLES, 200, said={"theme": "day"}),
    Address("device_ask", "post", TENDING_ROLES, 302, said={"verb": "locate"}),
    Address("device_place", "post", TENDING_ROLES, 409, said={"do": "repair"}),  # not the bed that the page showed
    Address("device_log", "get", DEVICE_ROLES, 200),
    Address("audit", "get", AUDIT_ROLES, 200),
    Address("audit_csv", "post", AUDIT_ROLES, 200),
    Address("setup", "get", BOSS, 302, refused=404, stranger=302),
    Address("setup_ward", "get", BOSS, 200),
    Address("setup_ward", "post", BOSS, 422, said={"name": ""}),
    Address("setup_beds", "get", BOSS, 200, said={"beds": "1-9: A, B"}),
    Address("setup_rooms", "get", BOSS, 200),
    Address("setup_rooms", "post", BOSS, 404, said={"room": "0"}),
    Address("setup_close", "post", BOSS, 302, said={"action": "open"}),
    Address("setup_hospital", "get", BOSS, 200, stranger=200),
    Address("setup_first_beds", "get", BOSS, 200, stranger=200),
    Address("people", "get", BOSS, 200),
    Address("people_invite", "post", BOSS, 200, said={"role": "nurse"}),
    Address("people_role", "post", BOSS, 302, said={"role": "auditor", "action": "assign"}),
    Address("people_switch", "post", BOSS, 302, said={"action": "off"}),
    Address("people_factor", "post", BOSS, 302),
    Address("people_link", "post", BOSS, 200),
    Address("people_revoke", "post", BOSS, 302),
    Address("desk_register", "post", BOSS, 302, said={"name": "Corridor"}),
    Address("desk_revoke", "post", BOSS, 302),
    Address("night", "get", ASSIGNING_ROLES, 200),
    Address("night_print", "post", ASSIGNING_ROLES, 200),
    Address("reports", "get", MUSIC_ROLES, 200),
    Address("reports_csv", "post", MUSIC_ROLES, 200),
    Address("reports_json", "post", MUSIC_ROLES, 200),
    Address("helped", "get", MUSIC_ROLES, 200),
    Address("helped_ward", "get", CURATING_ROLES, 200),
    Address("therapy", "get", CURATING_ROLES, 200),
    Address("therapy_blocked", "get", CURATING_ROLES, 200),
    Address("therapy_block", "post", CURATING_ROLES, 302, said={"track": "calm"}),
    Address("therapy_unblock", "post", CURATING_ROLES, 302, said={"track": "calm"}),
    Address("therapy_bed", "get", CURATING_ROLES, 200),
    Address("therapy_preferences", "post", CURATING_ROLES, 409),
    Address("therapy_forget", "post", CURATING_ROLES, 409),
    Address("therapy_reviewed", "post", CURATING_ROLES, 409),
    Address("therapy_never", "post", CURATING_ROLES, 409, said={"track": "calm"}),
)

# One's own account: no ward and nobody else stands there, and nobody in particular is led to the log-in.
OWN = {  # and what an administrator of any ward may add: a ward of their own
    "setup_new", "setup_first",
    "own", "own_pin", "own_everywhere", "kept", "kept_drop", "desk_lock", "here",
    "account_change_password", "account_reauthenticate",
    "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip

# What nobody has to log in for, and how a GET answers there. A browser that is no desk has no desk's lock, a ward that
# has no hospital's log-in has no address for it.
OPEN = {
    "login": 200, "logout": 405, "theme": 405, "language": 405, "healthz": 200,
    "invitation": 410, "first": 302, "invitation_link": 302, "desk": 404, "desk_panel": 404,
    "account_login": 200, "account_logout": 405, "account_inactive": 200,
    "socialaccount_login_cancelled": 200, "socialaccount_login_error": 401,
    "openid_connect_login": 404, "openid_connect_callback": 404,
}  # fmt: skip


def patterns() -> dict[str, URLPattern]:
    """Every address that there is, by name; a name of a namespace is written `space:name`."""
    return dict(_walk(urlpatterns, ""))


def _walk(found: Sequence[URLPattern | URLResolver], space: str) -> Iterator[tuple[str, URLPattern]]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, space + (f"{one.namespace}:" if one.namespace else ""))
        else:
            yield f"{space}{one.name}", one
