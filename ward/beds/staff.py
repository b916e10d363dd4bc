"""Staff as the pages show them: by initials, never by name. Knows no role."""

from django.contrib.auth.models import AbstractUser

INITIALS_MOST = 3


def initials(user: AbstractUser | None) -> str:
    """Initials of a full name, or an account's name short enough to be them; "someone" where no account is left."""
    if user is None:
        return "somebody"
    words = user.get_full_name().split()
    if words:
        return "".join(word[0] for word in words).upper()
    name = user.get_username()
    return name.upper() if len(name) <= INITIALS_MOST else name
