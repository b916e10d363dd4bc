"""Notes are an app of their own now; their table stays as it is."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("history", "0001_initial"), ("notes", "0001_initial")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Note")]),
    ]
