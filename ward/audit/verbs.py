"""What can be done and is kept in the audit, and how a page says it. Knows no row."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AuditVerb(StrEnum):
    """One kind of action. A value that has been recorded is never renamed: it is part of a hash."""

    ASSIGNED = "gave"
    PUT_BACK = "put_back"
    DISCHARGED = "discharged"
    CHANGED_RULES = "changed_rules"
    EVENING_MUSIC = "evening_music"
    EVENING_PLAYLIST = "evening_playlist"
    WROTE_NOTE = "wrote_note"
    STOPPED = "stopped"
    SILENCED = "silenced"
    LOCATED = "located"
    REFRESHED = "refreshed"
    SENT_LOGS = "sent_logs"
    RESTARTED = "restarted"
    LOGGED_IN = "logged_in"
    LOG_IN_FAILED = "log_in_failed"
    LOGGED_OUT = "logged_out"
    INVITED = "invited"
    ROLE_GIVEN = "role_given"
    ROLE_TAKEN = "role_taken"
    PIN_SET = "pin_set"
    BREAK_GLASS = "break_glass"
    EXPORTED = "exported"


# The word in the search, and the sentence of a row, for this enum's verbs and for those that an app keeps to itself.
# A verb without a line here is shown by its own name.
WORDS: dict[str, Promise] = {
    AuditVerb.ASSIGNED: _("Gave music"),
    AuditVerb.PUT_BACK: _("Put back"),
    AuditVerb.DISCHARGED: _("Discharged"),
    AuditVerb.CHANGED_RULES: _("Changed rules"),
    AuditVerb.EVENING_MUSIC: _("Gave evening music"),
    AuditVerb.EVENING_PLAYLIST: _("Chose the evening playlist"),
    AuditVerb.WROTE_NOTE: _("Wrote a note"),
    AuditVerb.STOPPED: _("Stopped music"),
    AuditVerb.SILENCED: _("Silenced a box"),
    AuditVerb.LOCATED: _("Looked for a box"),
    AuditVerb.REFRESHED: _("Asked a box for its state"),
    AuditVerb.SENT_LOGS: _("Asked a box for its log"),
    AuditVerb.RESTARTED: _("Restarted a box"),
    AuditVerb.LOGGED_IN: _("Logged in"),
    AuditVerb.LOG_IN_FAILED: _("Log-in failed"),
    AuditVerb.LOGGED_OUT: _("Logged out"),
    AuditVerb.INVITED: _("Invited somebody"),
    AuditVerb.ROLE_GIVEN: _("Gave a role"),
    AuditVerb.ROLE_TAKEN: _("Took a role"),
    AuditVerb.PIN_SET: _("Set a PIN"),
    AuditVerb.BREAK_GLASS: _("Used emergency access"),
    AuditVerb.EXPORTED: _("Exported"),
    "account_off": _("Switched an account off"),
    "account_on": _("Switched an account on"),
    "desk_registered": _("Registered a desk"),
    "desk_revoked": _("Took a desk's registration away"),
    "invitation_revoked": _("Took an invitation back"),
    "invitation_used": _("Used an invitation"),
    "link_made": _("Made a link to a new password"),
    "second_factor_reset": _("Reset a second factor"),
    "reviewed": _("Reviewed a bed"),
    "kept_preferences": _("Kept what is liked"),
    "deleted_preferences": _("Deleted what is liked"),
    "blocked": _("Put a track on the ward's list"),
    "unblocked": _("Took a track off the ward's list"),
}
SENTENCES: dict[str, Promise] = {
    AuditVerb.ASSIGNED: _("%(who)s gave music to %(bed)s."),
    AuditVerb.PUT_BACK: _("%(who)s put back what %(bed)s had before."),
    AuditVerb.DISCHARGED: _("%(who)s ended the stay at %(bed)s."),
    AuditVerb.CHANGED_RULES: _("%(who)s changed the rules of %(bed)s."),
    AuditVerb.EVENING_MUSIC: _("%(who)s gave evening music to %(bed)s."),
    AuditVerb.EVENING_PLAYLIST: _("%(who)s chose the ward's evening playlist."),
    AuditVerb.WROTE_NOTE: _("%(who)s wrote a note for %(bed)s."),
    AuditVerb.STOPPED: _("%(who)s asked the box at %(bed)s to stop."),
    AuditVerb.SILENCED: _("%(who)s asked the box at %(bed)s for a lower level."),
    AuditVerb.LOCATED: _("%(who)s made the box at %(bed)s show where it is."),
    AuditVerb.REFRESHED: _("%(who)s asked the box at %(bed)s for its state."),
    AuditVerb.SENT_LOGS: _("%(who)s asked the box at %(bed)s for its log."),
    AuditVerb.RESTARTED: _("%(who)s restarted the box at %(bed)s."),
    AuditVerb.LOGGED_IN: _("%(who)s logged in."),
    AuditVerb.LOG_IN_FAILED: _("A log-in as %(who)s failed."),
    AuditVerb.LOGGED_OUT: _("%(who)s logged out."),
    AuditVerb.INVITED: _("%(who)s invited somebody to the ward."),
    AuditVerb.ROLE_GIVEN: _("%(who)s gave a role on the ward."),
    AuditVerb.ROLE_TAKEN: _("%(who)s took a role on the ward away."),
    AuditVerb.PIN_SET: _("%(who)s set a PIN."),
    AuditVerb.BREAK_GLASS: _("%(who)s used emergency access."),
    AuditVerb.EXPORTED: _("%(who)s exported rows of the ward."),
    "account_off": _("%(who)s switched an account off."),
    "account_on": _("%(who)s switched an account on."),
    "desk_registered": _("%(who)s registered a desk."),
    "desk_revoked": _("%(who)s took a desk's registration away."),
    "invitation_revoked": _("%(who)s took an invitation back."),
    "invitation_used": _("%(who)s used an invitation."),
    "link_made": _("%(who)s made a link to a new password."),
    "second_factor_reset": _("%(who)s reset somebody's second factor."),
    "reviewed": _("%(who)s reviewed %(bed)s."),
    "kept_preferences": _("%(who)s kept what is liked at %(bed)s."),
    "deleted_preferences": _("%(who)s deleted what is liked at %(bed)s."),
    "blocked": _("%(who)s put a track on the ward's list."),
    "unblocked": _("%(who)s took a track off the ward's list."),
}
