"""Prints what lies in a box's log as JSON: entries, facts, and whether the file is sound. Its folder is named"""

import json
import sqlite3
import sys

log = sqlite3.connect(f"file:{sys.argv[1]}/log.sqlite3?mode=ro", uri=True)
entries = [[seq, at, json.loads(body)] for seq, at, body in log.execute("SELECT seq, at, body FROM entry ORDER BY seq")]
facts = {name: bytes(value).decode(errors="replace") for name, value in log.execute("SELECT name, value FROM fact")}
check = log.execute("PRAGMA integrity_check").fetchone()[0]
print(json.dumps({"entries": entries, "facts": facts, "integrity": check}))
