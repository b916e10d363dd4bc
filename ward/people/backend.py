"""Reads the account together with what the ward keeps of it: a request costs no query more."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc] # allauth has no types
    """allauth's, with one join."""

    def get_user(self, user_id: Any) -> User | None:
        """The account, None where it is gone or was switched off."""
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
