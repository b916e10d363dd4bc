"""Nurses who are signed in, in its own process: `python -m tests.benchmarks.crowd_rows COUNT` prints their sessions."""

import os
import sys


def main() -> None:
    """Of the ward `live` in the database that the environment names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ward.settings"
    import django

    django.setup()
    from django.conf import settings  # late: Django is set up above

    from tests.ward.people import person, session_of
    from ward.beds.models import Role, Ward

    settings.ALLOWED_HOSTS = ["testserver"]  # only for the log-in here
    ward = Ward.objects.get(slug="live")
    for number in range(int(sys.argv[1])):
        print(session_of(person(ward, Role.NURSE, f"nurse-{number}")))


if __name__ == "__main__":
    main()
