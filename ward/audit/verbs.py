"""What can be done and is kept in the audit: one line for each action. Knows no row."""

from enum import StrEnum
from typing import Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messages import Verb


class AuditVerb(StrEnum):
    """One kind of action: what the row keeps, its word in the search, its sentence, and the command that it asks for.

    A command is recorded when it is asked for; whether the box obeys comes later. A value that has been released is
    never renamed: it is part of a hash.
    """

    label: Promise
    sentence: Promise
    command: Verb | None

    def __new__(cls, value: str, label: Promise, sentence: Promise, command: Verb | None = None) -> Self:
        """The member is the value itself."""
        verb = str.__new__(cls, value)
        verb._value_ = value
        verb.label, verb.sentence, verb.command = label, sentence, command
        return verb

    # fmt: off
    # ruff: noqa: E501 - a table: one line a verb
    ASSIGNED = "assigned", _("Assigned playlists"), _("%(who)s assigned playlists to %(bed)s.")
    RESTORED = "restored", _("Restored playlists"), _("%(who)s restored the previous playlists at %(bed)s.")
    DISCHARGED = "discharged", _("Discharged"), _("%(who)s discharged %(bed)s.")
    MOVED_STAY = "moved_stay", _("Moved a stay"), _("%(who)s moved a patient's stay to another bed (%(bed)s).")
    CHANGED_SETTINGS = "changed_settings", _("Changed settings"), _("%(who)s changed the settings for %(bed)s.")
    ASSIGNED_EVENING = "assigned_evening", _("Assigned evening playlists"), _("%(who)s assigned an evening playlist to %(bed)s.")
    CHOSE_EVENING = "chose_evening", _("Chose the evening playlist"), _("%(who)s chose the ward's evening playlist.")
    CHOSE_BEDS = "chose_beds", _("Chose their beds"), _("%(who)s chose the beds for their shift.")
    WROTE_NOTE = "wrote_note", _("Wrote a note"), _("%(who)s wrote a note for %(bed)s.")
    STOPPED = "stopped", _("Stopped music"), _("%(who)s asked the box at %(bed)s to stop."), Verb.STOP
    SILENCED = "silenced", _("Silenced a box"), _("%(who)s asked the box at %(bed)s to be silent."), Verb.SILENCE
    LOCATED = "located", _("Located a box"), _("%(who)s asked the box at %(bed)s to show where it is."), Verb.LOCATE
    FOUND = "found", _("Found a box"), _("%(who)s found the box at %(bed)s and ended its blinking."), Verb.LOCATE_END
    REFRESHED = "refreshed", _("Asked a box for its state"), _("%(who)s asked the box at %(bed)s for its state."), Verb.REFRESH
    SENT_LOGS = "sent_logs", _("Asked a box for its log"), _("%(who)s asked the box at %(bed)s for its log."), Verb.SEND_LOGS
    RESTARTED = "restarted", _("Restarted a box"), _("%(who)s asked the box at %(bed)s to restart."), Verb.RESTART
    SELF_TESTED = "self_tested", _("Ran a box's self-test"), _("%(who)s asked the box at %(bed)s to test itself."), Verb.SELF_TEST
    BOX_ANSWERED = "box_answered", _("Box answered"), _("The box at %(bed)s answered %(who)s.")
    BOX_MOVED = "box_moved", _("Moved a box"), _("%(who)s moved a box to %(bed)s.")
    BOX_AWAY = "box_away", _("Took a box from its bed"), _("%(who)s took the box from %(bed)s.")
    BOX_RETIRED = "box_retired", _("Took a box out of service"), _("%(who)s took the box at %(bed)s out of service.")
    SIGNED_IN = "signed_in", _("Signed in"), _("%(who)s signed in.")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed"), _("A sign-in as %(who)s failed.")
    SIGNED_OUT = "signed_out", _("Signed out"), _("%(who)s signed out.")
    INVITED = "invited", _("Invited a colleague"), _("%(who)s invited a colleague to the ward.")
    INVITATION_CANCELLED = "invitation_cancelled", _("Cancelled a link"), _("%(who)s cancelled an invitation or password link.")
    INVITATION_USED = "invitation_used", _("Used a link"), _("%(who)s used an invitation or password link.")
    PASSWORD_LINK = "password_link", _("Created a password link"), _("%(who)s created a link to choose a new password.")
    ROLE_ADDED = "role_added", _("Added a role"), _("%(who)s added a role on the ward.")
    ROLE_REMOVED = "role_removed", _("Removed a role"), _("%(who)s removed a role on the ward.")
    ACCOUNT_OFF = "account_off", _("Switched an account off"), _("%(who)s switched an account off.")
    ACCOUNT_ON = "account_on", _("Switched an account on"), _("%(who)s switched an account on.")
    PIN_SET = "pin_set", _("Set a PIN"), _("%(who)s set a PIN.")
    PIN_REMOVED = "pin_removed", _("Removed a PIN"), _("%(who)s removed a PIN.")
    PASSWORD_CHANGED = "password_changed", _("Changed a password"), _("%(who)s changed the password.")
    TWO_STEP_ON = "two_step_on", _("Turned on two-step sign-in"), _("%(who)s turned on two-step sign-in.")
    TWO_STEP_OFF = "two_step_off", _("Turned off two-step sign-in"), _("%(who)s turned off two-step sign-in.")
    TWO_STEP_RESET = "two_step_reset", _("Reset two-step sign-in"), _("%(who)s reset someone's two-step sign-in.")
    DESK_ADDED = "shared_computer_added", _("Set up a shared computer"), _("%(who)s set up a shared computer.")
    DESK_REMOVED = "shared_computer_removed", _("Removed a shared computer"), _("%(who)s removed a shared computer.")
    EMERGENCY_ACCESS = "emergency_access", _("Emergency access"), _("An administrator link was created on the server (emergency access).")
    SAFETY_CHECKED = "safety_checked", _("Did the safety check"), _("%(who)s did the safety check for %(bed)s.")
    REVIEWED = "reviewed", _("Reviewed a bed"), _("%(who)s reviewed %(bed)s.")
    RECORDED_PREFERENCES = "recorded_preferences", _("Recorded preferences"), _("%(who)s recorded preferences for %(bed)s.")
    DELETED_PREFERENCES = "deleted_preferences", _("Deleted preferences"), _("%(who)s deleted the preferences for %(bed)s.")
    EXCLUDED_TRACK = "excluded_track", _("Excluded a track (ward)"), _("%(who)s excluded a track on the ward.")
    ALLOWED_TRACK = "allowed_track", _("Allowed a track again (ward)"), _("%(who)s allowed a track on the ward again.")
    EXCLUDED_FOR_BED = "excluded_for_bed", _("Excluded a track (bed)"), _("%(who)s excluded a track for %(bed)s.")
    ALLOWED_FOR_BED = "allowed_for_bed", _("Allowed a track again (bed)"), _("%(who)s allowed a track for %(bed)s again.")
    EXPORTED = "exported", _("Exported data"), _("%(who)s exported data from the ward.")
    WARD_ADDED = "ward_added", _("Added a ward"), _("%(who)s added the ward.")
    WARD_CHANGED = "ward_changed", _("Changed a ward's set-up"), _("%(who)s changed the ward's set-up.")
    WARD_CLOSED = "ward_closed", _("Closed a ward"), _("%(who)s closed the ward.")
    WARD_OPENED = "ward_opened", _("Opened a ward again"), _("%(who)s opened the ward again.")
    BEDS_CHANGED = "beds_changed", _("Changed rooms and beds"), _("%(who)s changed the rooms and beds of the ward.")
    BED_CLOSED = "bed_closed", _("Closed a bed"), _("%(who)s closed bed %(bed)s.")
    BED_RENAMED = "bed_renamed", _("Renamed a bed"), _("%(who)s renamed a bed, now %(bed)s.")
    ROOM_RENAMED = "room_renamed", _("Renamed a room"), _("%(who)s renamed a room.")
    FIRST_ADMINISTRATOR = "first_administrator", _("Made the first account"), _("%(who)s made the first account, with the code of the server's start.")
    PURGED = "purged", _("Deleted old records"), _("Old records were deleted.")
    # fmt: on


BY_VALUE = {verb.value: verb for verb in AuditVerb}
BY_COMMAND = {verb.command: verb for verb in AuditVerb if verb.command is not None}
