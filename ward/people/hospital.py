"""Sign-in through the hospital's provider: allauth's flow, with the ID token's signature checked; only groups stay."""

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from requests import RequestException

from ward.people.oidc import PROVIDER_ID

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")  # signatures; never a shared key
LEEWAY_S = 60


class HospitalAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # allauth has no types
    """allauth trusts a token that it fetched itself; here its signature, issuer, audience and time are checked too."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Who signs in. Of what the provider says only the groups are kept. Raises OAuth2Error."""
        claims = self._claims(app, kwargs["response"].get("id_token") or "")
        said = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        if said and said.get("sub") != claims["sub"]:
            raise OAuth2Error("the provider speaks of two people")
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": claims | said})
        if settings.OIDC is not None:
            login.account.extra_data = {"groups": groups_in(claims | said, settings.OIDC.groups_claim)}
        return login

    def _claims(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as web:
            answer = web.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if kid in (None, key.key_id)]
            if len(keys) != 1:
                raise OAuth2Error("the token names no key of the provider's")
            return jwt.decode(
                id_token,
                keys[0],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the token does not hold: {error}") from error


def groups_in(claims: dict[str, Any], claim: str) -> list[str]:
    """The groups that a claim holds; dots lead into objects, as in `realm_access.roles`. Something else: none."""
    found: Any = claims
    for step in [claim] if claim in claims else claim.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    found = [found] if isinstance(found, str) else found
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider; by POST, so that no other site can begin it."""
    return _view(OAuth2LoginView, request, provider_id)


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    return _view(OAuth2CallbackView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    if settings.OIDC is None or provider_id != PROVIDER_ID:
        raise Http404
    adapter = HospitalAdapter(request, provider_id)
    try:
        answer: HttpResponse = kind.adapter_view(adapter)(request)
    except RequestException as error:  # before allauth itself would say so: the provider cannot be asked where it is
        answer = render_authentication_error(request, adapter.get_provider(), exception=error)
    return answer
