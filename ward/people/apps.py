"""Joins the people to Django's and allauth's signals."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ward.people"

    def ready(self) -> None:
        """Checks the hospital's sign-in against the roles that there are, once they can be imported."""
        from django.conf import settings

        from ward.beds.models import Role
        from ward.people import signals

        signals.connect()
        if settings.OIDC is not None:
            settings.OIDC.check_roles(Role.values)
