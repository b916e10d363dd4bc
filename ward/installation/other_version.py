"""Whether a database was made by another version of this program, whose tables are not ours. Changes nothing."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from ward.installation.files import database_file

# Migrations of the trial versions, before the data began again. A later migration must not have one of these names.
OF_TRIALS = {
    ("assignments", "0002_expiry"), ("assignments", "0003_evening"), ("assignments", "0004_blocked"),
    ("assignments", "0005_evening_of_a_held_bed"), ("fleet", "0002_unheard"), ("fleet", "0003_copied_cards"),
    ("fleet", "0004_aside"), ("mqttd", "0001_heartbeat"), ("people", "0002_known_browser"),
    ("people", "0003_kept_form"), ("usage", "0002_answers"), ("usage", "0003_copied_cards"), ("usage", "0004_purged"),
}  # fmt: skip
OF_A_TRIAL = "was made by an earlier trial version and cannot be used"


def misfit(loader: MigrationLoader) -> str:
    """One line where this database cannot be used, empty where it can. Raises what the driver raises."""
    if is_of_a_trial(loader):
        return f"The database {OF_A_TRIAL}. {empty_one()}."
    if newer := unknown(loader):
        made = f"The database was made by a version that this program does not know ({', '.join(newer)})."
        return f"{made} Install that version. If it was only a trial: {empty_one()}."
    return ""


def is_of_a_trial(loader: MigrationLoader) -> bool:
    """Whether a trial made it: its migrations are noted, or its tables are others than those that ours make."""
    noted = loader.applied_migrations.keys()
    return bool(OF_TRIALS & noted) or (not unknown(loader) and _has_other_tables(loader))


def unknown(loader: MigrationLoader) -> list[str]:
    """Migrations of ours that this database has had and this program has not, trials' too."""
    ours = _labels()
    names = loader.applied_migrations.keys() - loader.disk_migrations.keys()
    return sorted(f"{app}.{name}" for app, name in names if app in ours)


def empty_one() -> str:
    """How to start with an empty database."""
    file = database_file()
    if file is None:
        return "set DATABASE_URL to an empty database, then run: nightingale-ward migrate"
    return f"move {file} away or set NIGHTINGALE_DATA to an empty folder, then run: nightingale-ward migrate"


def _labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name.startswith("ward.")}


def _has_other_tables(loader: MigrationLoader) -> bool:
    """Whether a table lacks what the migrations made that are noted, or is there though none is noted."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        noted = [key for key in loader.applied_migrations if key in loader.graph.nodes]
        made = dict(_tables(loader.project_state(noted))) if noted else {}
        known = dict(_tables(loader.project_state()))
        if made.keys() - there or (known.keys() - made.keys()) & there:
            return True
        return any(
            columns - {one.name for one in connection.introspection.get_table_description(cursor, table)}
            for table, columns in made.items()
        )


def _tables(state: ProjectState) -> Iterator[tuple[str, set[str]]]:
    """Tables of ours with their columns."""
    ours = _labels()
    for model in state.apps.get_models(include_auto_created=True):
        meta = model._meta  # noqa: SLF001 - Django's documented way to a model's table
        if meta.app_label in ours:
            yield meta.db_table, {field.column for field in meta.local_concrete_fields if field.column}
