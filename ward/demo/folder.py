"""The folder of the demo that this ward is. Only behind the demo's own addresses and middleware."""

from django.conf import settings

from ward.demo_folder import DemoFolder


def folder() -> DemoFolder:
    """Raises RuntimeError in a ward that is no demo, where nothing here is ever called."""
    if settings.DEMO is None:
        raise RuntimeError("this ward is not a demo")
    return settings.DEMO
