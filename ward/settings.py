"""The environment, read once, to Django's settings. Knows no ward and no box."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

HERE = Path(__file__).resolve().parent
KNOWN = {
    "NIGHTINGALE_BROKER",
    "NIGHTINGALE_DATA",
    "NIGHTINGALE_DEBUG",
    "NIGHTINGALE_HOSTS",
    "NIGHTINGALE_MUSIC",
    "NIGHTINGALE_SECRET_KEY_FILE",
    "NIGHTINGALE_TIME_ZONE",
}
