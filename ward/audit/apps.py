"""The audit as an app: it listens to every way of logging in."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Connects the sign-ins once all models are known."""

    name = "ward.audit"

    def ready(self) -> None:
        from ward.audit import logins  # the models are not known before

        logins.connect()
