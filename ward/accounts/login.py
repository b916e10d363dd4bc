"""Signing in with a password, and signing out. Knows no PIN and no invitation."""

from dataclasses import replace
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ward.frame import frame, local_now
from ward.message import refused
from ward.people import keeping
from ward.people.desks import desk_of, left, visits
from ward.people.first import is_new


class Login(LoginView):  # type: ignore[misc] # allauth has no types
    """The sign-in page in the house's look: allauth's sign-in with its second factor, our count of tries."""

    template_name = "login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Where nobody has an account yet there is nothing to sign in to, unless the hospital's own sign-in makes them:
        the first account is made first."""
        if settings.OIDC is None and is_new():
            return HttpResponseRedirect(reverse("first"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The frame without a ward, the hospital's sign-in and, at a shared desk, who may come back by PIN."""
        now = local_now()
        desk = desk_of(self.request)
        more = {"provider": settings.OIDC, "desk": desk, "faces": len(visits(desk, now)) if desk else 0}
        more["kept"] = keeping.is_offer(self.request.POST.get("next") or self.request.GET.get("next", ""))
        more["unsent"] = "unsent" in self.request.GET
        shown = frame(self.request, None, now) | more
        context: dict[str, Any] = super().get_context_data(now=now, **shown, **kwargs)
        if context["form"].errors:  # the password's field has the focus, and says this with its name
            wrong = refused(context["form"].line, head=_("Not signed in"))
            context["message"] = replace(wrong, takes_focus=False)
        return context


class Logout(LogoutView):
    """Ends the session, and the PIN's use at a shared desk; POST only."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the sign-in page."""
        desk = desk_of(request)
        if desk is not None and isinstance(request.user, User):
            left(desk, request.user)
        return super().post(request, *args, **kwargs)
