"""The first page of a new installation: the first administrator, by the code that the server printed at its start."""

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ward.accounts.forms import Accept
from ward.frame import page
from ward.message import keep, links_of, refused
from ward.people.adapters import too_many
from ward.people.attempts import MOST_CODES, give_back, spend
from ward.people.first import begin, is_new, matching
from ward.people.models import FirstCode
from ward.people.roles import PeopleError


class First(Accept):
    """An account, and the code that allows it. Wrong codes are counted: nobody guesses one."""

    code = forms.CharField(max_length=40, label=gettext_lazy("Code from the server’s start"))  # noqa: RUF001 - a real apostrophe
    found: FirstCode | None = None

    def clean_code(self) -> str:
        """Raises ValidationError."""
        now = timezone.now()
        tried = spend("first", "", MOST_CODES, now)
        if tried.wait_until:
            raise forms.ValidationError(too_many(tried.wait_until))
        word: str = self.cleaned_data["code"]
        self.found = matching(word)
        if self.found is None:
            raise forms.ValidationError(_("This is not the code. The server prints it each time it starts."))
        give_back(tried)
        return word


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """The form; to the sign-in as soon as anyone has an account."""
    if not is_new():
        return HttpResponseRedirect(reverse("login"))
    form = First(None, request.POST or None)
    frame: dict[str, Any] = {"form": form, "who": "", "navigation": []}
    if request.method == "POST" and form.errors:
        frame["message"] = refused(_("Check what is marked."), links_of(form))
    if request.method != "POST" or not form.is_valid() or form.found is None:
        return page(request, "people_first.html", None, frame, status=400 if request.method == "POST" else 200)
    user: User = form.account()
    try:
        begin(form.found, user, timezone.now())
    except PeopleError as error:
        return page(request, "people_first.html", None, frame | {"message": refused(str(error))}, status=409)
    answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=reverse("setup_first"))
    keep(request, _("Account created"), _("You are signed in."), reverse("setup_first"))
    return answer
