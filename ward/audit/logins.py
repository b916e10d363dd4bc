"""Records who came and went, by whichever door: Django's own signals tell it. Knows no password."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb


def connect() -> None:
    """Listen from now on; a second call changes nothing."""
    user_logged_in.connect(_logged_in, dispatch_uid="audit_logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="audit_logged_out")
    user_login_failed.connect(_log_in_failed, dispatch_uid="audit_log_in_failed")


def _logged_in(user: User, **_signal: Any) -> None:
    record(AuditVerb.SIGNED_IN, by=user, now=timezone.now())


def _logged_out(user: User | None, **_signal: Any) -> None:
    if user is not None:  # a session that was over already
        record(AuditVerb.SIGNED_OUT, by=user, now=timezone.now())


def _log_in_failed(credentials: dict[str, Any], **_signal: Any) -> None:
    """What was typed is kept only where it is an account: people type passwords into the wrong field."""
    typed = credentials.get("username")
    account = User.objects.filter(username=typed).first() if isinstance(typed, str) else None
    record(AuditVerb.SIGN_IN_FAILED, by=account, now=timezone.now())
