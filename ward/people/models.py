"""What the ward keeps of its people besides Django's accounts: PINs, invitations, desks, tries. Knows no bed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Access, Role, Ward

WRONG_MOST = 5  # wrong PINs; then only a full sign-in helps


class Person(models.Model):
    """What belongs to an account: the PIN's hash, and the number that every session of this account must carry."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="person")
    pin = models.CharField(max_length=128, blank=True, default="")
    wrong = models.PositiveSmallIntegerField(default=0)  # wrong PINs since the last right one or full sign-in
    sessions = models.PositiveIntegerField(default=0)  # counted up: every session that is open ends

    def __str__(self) -> str:
        return f"person of {self.user}"

    @property
    def may_use_pin(self) -> bool:
        """Whether a PIN is set and not locked."""
        return bool(self.pin) and self.wrong < WRONG_MOST


class Invitation(models.Model):
    """A one-time link, of which only the hash is kept. With `user` it is for that account, else it makes a new one."""

    token_hash = models.CharField(max_length=64, unique=True)
    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=16, choices=Role.choices, blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    name = models.CharField(max_length=150, blank=True, default="")  # the sign-in name proposed
    meant_for = models.CharField(
        max_length=40, blank=True, default=""
    )  # to tell open links apart, shown to nobody else
    resets = models.BooleanField(default=False)  # takes the account's second factor away when it is used
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.ward}"


class FirstCode(models.Model):
    """The code by which a new installation knows its first administrator: one row, of which only a hash is kept.
    `user`: who used it; until a ward stands, by this row alone they may set one up."""

    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"first code of {self.made_at:%d %b %H:%M}"


class Desk(models.Model):
    """A browser that several people share; it carries a signed cookie, of whose secret only the hash is kept."""

    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="desks")
    name = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """That someone signed in at a desk with all they have; for 12 h their PIN is enough there."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["desk", "user"], name="visit_once_a_desk")]

    def __str__(self) -> str:
        return f"{self.user} at {self.desk}"


class GroupRole(models.Model):
    """Marks a role that groups of the hospital's sign-in gave and may take; a role without a mark was assigned by
    hand."""

    access = models.OneToOneField(Access, on_delete=models.CASCADE, related_name="group_role")

    def __str__(self) -> str:
        return f"{self.access} by a group"


class Attempt(models.Model):
    """A try to sign in that failed or still runs; `key` is a keyed hash, for people type passwords into name fields."""

    key = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class KnownBrowser(models.Model):
    """A browser in which an account was opened: `key` is a hash of the browser's cookie."""

    key = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "user"], name="browser_once_an_account")]

    def __str__(self) -> str:
        return f"a browser of {self.user_id}"


class KeptForm(models.Model):
    """A form that came when its session had ended: `said` is encrypted, for whoever typed it, for twelve hours."""

    key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)
    said = models.TextField()

    def __str__(self) -> str:
        return f"a form of {self.user_id}"


class Done(models.Model):
    """A action that a form did: `key` is a hash of who sent what where, `answer` the address that it led to."""

    key = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)
    answer = models.CharField(max_length=400, blank=True, default="")

    def __str__(self) -> str:
        return f"done at {self.at}"
