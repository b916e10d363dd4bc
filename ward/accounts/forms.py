"""The forms: allauth's with our count of tries, and those of invitations."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.people.adapters import too_many
from ward.people.attempts import MOST_CODES, give_back, is_first, spend

WRONG = gettext_lazy("User name or password is incorrect. Check capital letters and try again.")


class LoginForm(AllauthLoginForm):  # type: ignore[misc] # allauth has no types
    """Name and password; the name's field is called as password managers of this ward know it."""

    def add_prefix(self, field_name: str) -> str:
        """allauth calls it `login`."""
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    @property
    def line(self) -> str:
        """What is the matter, in one line: a waiting time, else that the two do not go together."""
        waits = [error for error in self.errors.as_data().get("__all__", []) if error.code == "wait"]
        return str(waits[0].message if waits else WRONG)


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    """Wrong old passwords are counted like sign-ins: nobody guesses one at an open session."""

    def clean_oldpassword(self) -> str:
        """Raises ValidationError."""
        word = str(self.cleaned_data.get("oldpassword", ""))
        if not get_adapter().reauthenticate(self.user, word):
            raise forms.ValidationError(_("Current password is incorrect."))
        return word


class Code(forms.Form):
    """Codes of a second factor: five wrong ones in 15 min are enough, and a code opens once."""

    user: User

    def clean_code(self) -> str:
        """Raises ValidationError."""
        now, word = timezone.now(), str(self.cleaned_data["code"]).strip()
        tried = spend("code", str(self.user.pk), MOST_CODES, now)
        if tried.wait_until:
            raise forms.ValidationError(too_many(tried.wait_until))
        if not is_first("used", f"{self.user.pk}:{word}", now):
            raise forms.ValidationError(_("This code was already used. Wait for the next one."))
        code: str = super().clean_code()  # type: ignore[misc] # allauth's, beside this class
        give_back(tried)
        return code


class AuthenticateForm(Code, AllauthAuthenticateForm):  # type: ignore[misc]
    """The second factor at a sign-in."""


class ReauthenticateForm(Code, AllauthReauthenticateForm):  # type: ignore[misc]
    """The second factor once more, before it is changed."""


class Accept(forms.Form):
    """What an invited person sets. An account that is there already keeps its sign-in name."""

    first_name = forms.CharField(max_length=150, label=gettext_lazy("First name"))
    last_name = forms.CharField(max_length=150, label=gettext_lazy("Last name"))
    username = forms.CharField(max_length=150, validators=[User.username_validator], label=gettext_lazy("User name"))
    password = forms.CharField(strip=False, widget=forms.PasswordInput, label=gettext_lazy("Password"))
    again = forms.CharField(strip=False, widget=forms.PasswordInput, label=gettext_lazy("Confirm password"))

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user or User()
        if user is not None:
            del self.fields["username"]

    def clean_username(self) -> str:
        """A name that no account has, in whatever letters."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("This user name is taken. Choose another."))
        return name

    def clean(self) -> dict[str, Any]:
        """The password must hold by the rules, and be the same twice."""
        for field in ("first_name", "last_name", "username"):
            if field in self.cleaned_data:
                setattr(self.user, field, self.cleaned_data[field])
        word = self.cleaned_data.get("password", "")
        try:
            password_validation.validate_password(word, self.user)
        except forms.ValidationError as error:
            self.add_error("password", error)
        if word != self.cleaned_data.get("again"):
            self.add_error("again", _("The passwords do not match."))
        return self.cleaned_data

    def account(self) -> User:
        """The account as it is to be; not saved."""
        self.user.set_password(self.cleaned_data["password"])
        return self.user
