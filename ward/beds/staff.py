"""Staff as the pages show them: by initials, never by name. Knows no role."""

from django.contrib.auth.models import AbstractUser


def initials(user: AbstractUser | None) -> str:
    """Initials of a full name, else the account's name; "somebody" where no account is left."""
    if user is None:
        return "somebody"
    words = user.get_full_name().split()
    return "".join(word[0] for word in words).upper() if words else user.get_username().upper()
