"""What is safe for a ward and what is not: a fact in, a line out. Pure; opens no file and asks nobody."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from ward.installation.finding import Finding, mend, note, ok

SQLITE_MENDED = (3, 51, 3)  # sqlite.org/wal.html#walresetbug: before it, two that write at once can spoil the file
POSTGRESQL_OLDEST = 14  # what Django 5.2 speaks to
POSTGRESQL_ENDS = {  # the last day of corrections by postgresql.org/support/versioning
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
LOCAL_HOSTS = frozenset({"", "127.0.0.1", "localhost", "::1", "[::1]"})
LEAST_FREE_BYTES = 1 << 30
BACKUP_WITHIN = timedelta(hours=26)  # a day, and two hours more: a nightly job does not begin to the minute
RENEW_BEFORE = timedelta(days=30)
CLOCK_WITHIN_S = 1.0  # servers of one ward agree to a second: a press that is older than three is refused
BEAT_WITHIN = timedelta(seconds=60)  # six beats of mqttd
AHEAD = timedelta(minutes=5)  # what is later than that is no time of ours


def https(is_on: bool) -> Finding:
    """Whether passwords and cookies travel encrypted."""
    if is_on:
        return ok("HTTPS is on; browsers keep to it for a month")
    remedy = "put a proxy with a certificate in front and set NIGHTINGALE_HTTPS=yes"
    return mend("HTTPS is off: passwords and cookies can be read on the network", remedy)


def hosts(names: Collection[str]) -> Finding:
    """By which names browsers may ask for the ward."""
    remedy = "set NIGHTINGALE_HOSTS to the names by which browsers reach the ward"
    if "*" in names:
        return mend("NIGHTINGALE_HOSTS is *: links can be made to lead to any server", remedy)
    if LOCAL_HOSTS.issuperset(names):
        return mend("NIGHTINGALE_HOSTS names this computer only: no browser elsewhere opens a page", remedy)
    return ok(f"browsers reach the ward as {', '.join(names)}")


def debug(is_on: bool) -> Finding:
    """Django's pages for developers."""
    if is_on:
        return mend("NIGHTINGALE_DEBUG is on: an error page shows secrets", "set NIGHTINGALE_DEBUG=no")
    return ok("error pages show nothing")


def sqlite(version: tuple[int, ...]) -> Finding:
    """A ward has at least two processes that write, serve and mqttd."""
    name = f"SQLite {'.'.join(map(str, version))}"
    remedy = "use PostgreSQL for a ward: set DATABASE_URL"
    if version < SQLITE_MENDED:
        mended = ".".join(map(str, SQLITE_MENDED))
        what = f"{name} can spoil its file when serve and mqttd write at once ({mended} is the first that does not)"
        return mend(what, f"{remedy}; for the demo, keep it to one small trial")
    return note(f"{name} is for the demo and small trials", remedy)


def postgresql(version: tuple[int, int], today: date) -> Finding:
    """Its age."""
    name, ends = f"PostgreSQL {version[0]}.{version[1]}", POSTGRESQL_ENDS.get(version[0])
    if version[0] < POSTGRESQL_OLDEST:
        return mend(f"{name} is too old", f"update it to {max(POSTGRESQL_ENDS)}")
    if ends is not None and ends < today:
        remedy = f"plan its update to {max(POSTGRESQL_ENDS)}, unless your system's maker still corrects it"
        return note(f"{name} answers; its makers ended its corrections on {ends}", remedy)
    return ok(f"{name} answers")


def durable(switched_off: Sequence[str]) -> Finding:
    """Whether a commit outlives a power cut: a box deletes its entries on that promise."""
    if not switched_off:
        return ok("what PostgreSQL has committed outlives a power cut")
    what = (
        f"PostgreSQL may lose what it has committed ({', '.join(switched_off)} off), and boxes have deleted it by then"
    )
    return mend(what, f"set {', '.join(f'{name} = on' for name in switched_off)} in postgresql.conf")


def way_to_database(host: str, encrypted: bool) -> Finding:
    """Whether entries and password hashes travel readable."""
    if encrypted or host in LOCAL_HOSTS or host.startswith("/"):
        return ok("nobody on the network can read what the database is told")
    remedy = "add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL"
    return mend(f"what is told to the database on {host} can be read on the network", remedy)


def migrations(missing: int, unknown: Collection[str]) -> Finding:
    """Whether the tables are those of this program."""
    if missing:
        return mend("the database's tables are older than the program", "run nightingale-ward migrate")
    if unknown:
        what = f"the database's tables are newer than the program ({', '.join(sorted(unknown))})"
        return mend(what, "install the program that made them, or put its database back from a backup")
    return ok("the database's tables are up to date")


def mode(path: str, bits: int, *, is_folder: bool = False) -> Finding:
    """`bits`: of stat. What the ward keeps is for its user alone."""
    open_to_others = bits & 0o077
    if not open_to_others:
        return ok(f"{path} is for the ward's user alone")
    who = "everybody on this computer" if open_to_others & 0o007 else "its whole group"
    verb = "enter" if is_folder else "write" if open_to_others & 0o022 else "read"
    return mend(f"{path} is open: {who} may {verb}", f"chmod {'700' if is_folder else '600'} {path}")


def space(folder: str, free_bytes: int) -> Finding:
    """Free room where the ward keeps its data."""
    what = f"{free_bytes / (1 << 30):.1f} GB are free in {folder}"
    if free_bytes < LEAST_FREE_BYTES:
        return mend(what, "make room: a full disk takes no entries in, and the boxes keep them")
    return ok(what)


def backup(stamp: str, made_at: datetime | None, now: datetime) -> Finding:
    """`stamp`: the file that whoever backs up touches after each whole backup; `made_at`: when, None for no file."""
    remedy = f"back up each day, and touch {stamp} after each one that came to its end (docs/running-the-ward.md)"
    if made_at is None:
        return mend("nothing says that there is a backup", remedy)
    if made_at > now + AHEAD:
        return mend(f"the last backup is from the future, {_told(made_at, now)}", "set this computer's clock")
    if now - made_at > BACKUP_WITHIN:
        return mend(f"the last backup is from {_told(made_at, now)}", remedy)
    return ok(f"the last backup is from {_told(made_at, now)}")


def certificate(name: str, begins: datetime, ends: datetime, now: datetime, *, ours: bool = True) -> Finding:
    """How long it holds. `name`: the file's, or whose it is; `ours`: it lies here, and not on the broker."""
    remedy = "renew it, then start mqttd anew" if ours else "renew it on the broker"
    if begins > now + AHEAD:
        return mend(f"{name} holds only from {_told(begins, now)}", "set this computer's clock, or wait until then")
    if ends <= now:
        return mend(f"{name} ended on {_told(ends, now)}: mqttd cannot connect", remedy)
    if ends - now <= RENEW_BEFORE:
        return mend(f"{name} ends on {_told(ends, now)}, in {(ends - now).days} days", remedy)
    return ok(f"{name} holds until {_told(ends, now)}")


def way_to_broker(host: str, has_ca: bool) -> Finding | None:
    """None where it needs no encryption: the broker is on this computer."""
    if has_ca or host in LOCAL_HOSTS:
        return None
    what = f"what is said to the broker on {host} can be read and forged on the network"
    return mend(what, "assign the broker a certificate and set NIGHTINGALE_BROKER_CA")


def client_files(ca: str, cert: str, key: str) -> Finding | None:
    """Whether the three settings go together; None where they do."""
    if (cert or key) and not ca:
        what = "NIGHTINGALE_BROKER_CERT and NIGHTINGALE_BROKER_KEY do nothing without NIGHTINGALE_BROKER_CA"
        return mend(what, "set NIGHTINGALE_BROKER_CA, or mqttd speaks without TLS")
    if key and not cert:
        return mend("NIGHTINGALE_BROKER_KEY does nothing without NIGHTINGALE_BROKER_CERT", "set both, or neither")
    return None


def heartbeat(at: datetime | None, connected: bool, now: datetime) -> Finding:
    """When mqttd last said that it runs, None for never; whether a broker had taken it then."""
    if at is None:
        return mend("mqttd has never run on this database", "start nightingale-ward mqttd beside serve")
    if now - at > BEAT_WITHIN:
        what = f"mqttd does not run, or cannot write: its last word is from {_told(at, now)}"
        return mend(what, "start nightingale-ward mqttd, or look at what it logs")
    if at > now + AHEAD:
        return mend(f"mqttd says that it is {_told(at, now)}", "set the clocks: this computer and mqttd's must agree")
    if not connected:
        return mend("mqttd runs, and no broker has taken it", "look at what it logs: it says why")
    return ok("mqttd runs, and is connected to a broker")


def clock_beside(offset_s: float, doubt_s: float) -> Finding:
    """`offset_s`: how far the database's clock is ahead; `doubt_s`: how long asking took."""
    if abs(offset_s) - doubt_s / 2 > CLOCK_WITHIN_S:
        way = "behind" if offset_s > 0 else "ahead of"
        what = f"this computer's clock is {abs(offset_s):.1f} s {way} the database's"
        return mend(what, "let one time service keep both clocks")
    return ok("this computer's clock agrees with the database's")


def clock_kept(is_kept: bool | None) -> Finding:
    """Whether a time service keeps the clock; None where the system does not say."""
    if is_kept is None:
        return note("whether a time service keeps this computer's clock cannot be seen here")
    if not is_kept:
        what = "no time service keeps this computer's clock: codes of a second factor fail when it is 30 s wrong"
        return mend(what, "switch one on, as timedatectl set-ntp true")
    return ok("a time service keeps this computer's clock")


def demo_people(names: Sequence[str]) -> Finding | None:
    """`names`: accounts whose password stands in the manual; None where there is none."""
    if not names:
        return None
    what = f"anybody can log in as {', '.join(names)}: the demo's password is public"
    return mend(what, "switch these accounts off on the page People, or give them new passwords")


def proxy() -> Finding:
    """What nobody sees from behind it."""
    what = "the proxy in front cannot be seen from here: its certificate, its limits, and the headers that it sends"
    return note(what, "compare it with docs/running-the-ward.md")


def _told(at: datetime, now: datetime) -> str:
    return f"{at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
