"""What an ASGI server runs: Django's pages and the live streams. Knows no broker."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ward.settings")
application = get_asgi_application()
