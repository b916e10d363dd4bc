"""Addresses of people, desks, invitations and one's own account; of allauth's only those that are used."""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.urls import include, path

from ward.accounts import (
    login,
    views_desk,
    views_desks,
    views_first,
    views_invitation,
    views_kept,
    views_own,
    views_people,
)
from ward.people import hospital

urlpatterns = [
    path("w/<slug:slug>/people/", views_people.people, name="people"),
    path("w/<slug:slug>/people/invite", views_people.invite_person, name="people_invite"),
    path("w/<slug:slug>/people/<int:person_id>/role", views_people.role, name="people_role"),
    path("w/<slug:slug>/people/<int:person_id>/switch", views_people.switch, name="people_switch"),
    path("w/<slug:slug>/people/<int:person_id>/factor", views_people.reset_factor, name="people_factor"),
    path("w/<slug:slug>/people/<int:person_id>/link", views_people.link, name="people_link"),
    path("w/<slug:slug>/people/invitation/<int:key>/revoke", views_people.revoke_link, name="people_revoke"),
    path("w/<slug:slug>/people/desk", views_desks.register_desk, name="desk_register"),
    path("w/<slug:slug>/people/desk/<int:key>/revoke", views_desks.revoke, name="desk_revoke"),
    path("first/", views_first.first, name="first"),
    path("invitation/", views_invitation.invitation, name="invitation"),
    path("invitation/<str:token>/", views_invitation.invitation_link, name="invitation_link"),
    path("desk/", views_desk.desk, name="desk"),
    path("desk/panel", views_desk.desk_panel, name="desk_panel"),
    path("desk/lock", views_desk.desk_lock, name="desk_lock"),
    path("desk/here", views_desk.here, name="here"),
    path("kept/<str:key>/", views_kept.kept, name="kept"),
    path("kept/<str:key>/drop", views_kept.kept_drop, name="kept_drop"),
    path("own/", views_own.own, name="own"),
    path("own/pin", views_own.own_pin, name="own_pin"),
    path("own/everywhere", views_own.own_everywhere, name="own_everywhere"),
    path("own/password", views_own.own_password, name="account_change_password"),
    path("own/again", account.reauthenticate, name="account_reauthenticate"),
    path("own/second-factor/", include("allauth.mfa.urls")),
    path("login/", login.Login.as_view(), name="account_login"),
    path("logout/", login.Logout.as_view(), name="account_logout"),
    path("login/off", account.account_inactive, name="account_inactive"),
    path("login/cancelled", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/failed", social.login_error, name="socialaccount_login_error"),
    path("oidc/<str:provider_id>/login/", hospital.login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/callback/", hospital.callback, name="openid_connect_callback"),
]
