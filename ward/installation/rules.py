"""What is safe for a ward and what is not: a fact in, a line out. Pure: opens no file and asks no other program."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from ward.installation.finding import Finding, fix, note, ok

SQLITE_FIXED = (3, 51, 3)  # sqlite.org/wal.html#walresetbug: before it, two writers at once can damage the file
POSTGRESQL_OLDEST = 14  # what Django 5.2 speaks to
POSTGRESQL_ENDS = {  # the last day of updates by postgresql.org/support/versioning
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
CLOCK_WITHIN_S = 1.0  # servers of one ward agree to a second: a press older than three is refused
BEAT_WITHIN = timedelta(seconds=60)  # six beats of mqttd
AHEAD = timedelta(minutes=5)  # anything later comes from a wrong clock


def https(is_on: bool) -> Finding:
    """Whether passwords and cookies are encrypted."""
    if is_on:
        return ok("HTTPS is on; browsers use only HTTPS for a month")
    remedy = "put a proxy with a certificate in front and set NIGHTINGALE_HTTPS=yes"
    return fix("HTTPS is off: others on the network can read passwords and cookies", remedy)


def hosts(names: Collection[str]) -> Finding:
    """The names by which browsers reach the ward."""
    remedy = "set NIGHTINGALE_HOSTS to the names by which browsers reach the ward"
    if "*" in names:
        return fix("NIGHTINGALE_HOSTS is *: attackers can make links that lead to another server", remedy)
    if LOCAL_HOSTS.issuperset(names):
        return fix(
            "NIGHTINGALE_HOSTS has only this computer: browsers on other computers cannot open the pages", remedy
        )
    return ok(f"browsers reach the ward as {', '.join(names)}")


def debug(is_on: bool) -> Finding:
    """Django's pages for developers."""
    if is_on:
        return fix("NIGHTINGALE_DEBUG is on: an error page shows secrets", "set NIGHTINGALE_DEBUG=no")
    return ok("error pages show no secrets")


def sqlite(version: tuple[int, ...]) -> Finding:
    """A ward has at least two processes that write, serve and mqttd."""
    name = f"SQLite {'.'.join(map(str, version))}"
    remedy = "use PostgreSQL for a ward: set DATABASE_URL"
    if version < SQLITE_FIXED:
        fixed = ".".join(map(str, SQLITE_FIXED))
        what = f"{name} can damage its file when serve and mqttd write at the same time (fixed in {fixed})"
        return fix(what, f"{remedy}; keep SQLite for one small trial")
    return note(f"{name} is for the demo and small trials", remedy)


def postgresql(version: tuple[int, int], today: date) -> Finding:
    """Its age."""
    name, ends = f"PostgreSQL {version[0]}.{version[1]}", POSTGRESQL_ENDS.get(version[0])
    if version[0] < POSTGRESQL_OLDEST:
        return fix(f"{name} is too old", f"update it to {max(POSTGRESQL_ENDS)}")
    if ends is not None and ends < today:
        remedy = f"plan its update to {max(POSTGRESQL_ENDS)}, unless your operating system still updates it"
        return note(f"{name} answers, but has had no updates from its makers since {ends}", remedy)
    return ok(f"{name} answers")


def durable(switched_off: Sequence[str]) -> Finding:
    """Whether saved data survives a power cut: a box deletes its entries once the ward has them."""
    if not switched_off:
        return ok("PostgreSQL keeps saved data after a power cut")
    what = (
        f"PostgreSQL may lose saved data in a power cut ({', '.join(switched_off)} off); boxes have deleted it by then"
    )
    return fix(what, f"set {', '.join(f'{name} = on' for name in switched_off)} in postgresql.conf")


def way_to_database(host: str, encrypted: bool) -> Finding:
    """Whether entries and password hashes can be read on the network."""
    if encrypted or host in LOCAL_HOSTS or host.startswith("/"):
        return ok("the connection to the database cannot be read on the network")
    remedy = "add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL"
    return fix(f"the connection to the database on {host} can be read on the network", remedy)


def migrations(missing: int, unknown: Collection[str]) -> Finding:
    """Whether the tables are those of this program."""
    if missing:
        return fix("the database's tables are older than the program", "run nightingale-ward migrate")
    if unknown:
        what = f"the database's tables are newer than the program ({', '.join(sorted(unknown))})"
        return fix(what, "install the newer program, or restore the database of this version from a backup")
    return ok("the database's tables are up to date")


def mode(path: str, bits: int, *, is_folder: bool = False) -> Finding:
    """`bits`: of stat. What the ward keeps is private to its user."""
    open_to_others = bits & 0o077
    if not open_to_others:
        return ok(f"{path} is private to the ward's user")
    who = "everyone on this computer" if open_to_others & 0o007 else "everyone in its group"
    verb = "enter" if is_folder else "write" if open_to_others & 0o022 else "read"
    return fix(f"{path} is not private: {who} can {verb} it", f"chmod {'700' if is_folder else '600'} {path}")


def space(folder: str, free_bytes: int) -> Finding:
    """Free space where the ward keeps its data."""
    what = f"{free_bytes / (1 << 30):.1f} GB free in {folder}"
    if free_bytes < LEAST_FREE_BYTES:
        return fix(what, "free some space: with a full disk the ward saves no entries, and the boxes keep theirs")
    return ok(what)


def backup(stamp: str, made_at: datetime | None, now: datetime) -> Finding:
    """`stamp`: the file that is touched after each complete backup; `made_at`: when, None for no file."""
    remedy = f"back up every day, and touch {stamp} after each complete backup (docs/running-the-ward.md)"
    if made_at is None:
        return fix("no backup found", remedy)
    if made_at > now + AHEAD:
        return fix(f"the last backup has a time in the future, {_told(made_at, now)}", "set this computer's clock")
    if now - made_at > BACKUP_WITHIN:
        return fix(f"the last backup is from {_told(made_at, now)}", remedy)
    return ok(f"the last backup is from {_told(made_at, now)}")


def certificate(name: str, begins: datetime, ends: datetime, now: datetime, *, ours: bool = True) -> Finding:
    """How long it is valid. `name`: the file, or its owner; `ours`: it is here, not on the broker."""
    remedy = "renew it, then restart mqttd" if ours else "renew it on the broker"
    if begins > now + AHEAD:
        return fix(f"{name} is not valid before {_told(begins, now)}", "set this computer's clock, or wait until then")
    if ends <= now:
        return fix(f"{name} expired on {_told(ends, now)}: mqttd cannot connect", remedy)
    if ends - now <= RENEW_BEFORE:
        return fix(f"{name} expires on {_told(ends, now)}, in {(ends - now).days} days", remedy)
    return ok(f"{name} is valid until {_told(ends, now)}")


def way_to_broker(host: str, has_ca: bool) -> Finding | None:
    """None where it needs no encryption: the broker is on this computer."""
    if has_ca or host in LOCAL_HOSTS:
        return None
    what = f"the connection to the broker on {host} can be read and changed on the network"
    return fix(what, "give the broker a certificate and set NIGHTINGALE_BROKER_CA")


def client_files(ca: str, cert: str, key: str) -> Finding | None:
    """Whether the three settings fit together; None where they do."""
    if (cert or key) and not ca:
        what = "NIGHTINGALE_BROKER_CERT and NIGHTINGALE_BROKER_KEY have no effect without NIGHTINGALE_BROKER_CA"
        return fix(what, "set NIGHTINGALE_BROKER_CA; without it mqttd uses no TLS")
    if key and not cert:
        return fix("NIGHTINGALE_BROKER_KEY has no effect without NIGHTINGALE_BROKER_CERT", "set both, or neither")
    return None


def heartbeat(at: datetime | None, connected: bool, now: datetime) -> Finding:
    """`at`: when mqttd was last seen, None for never; `connected`: to a broker at that time."""
    if at is None:
        return fix("mqttd has never run with this database", "start nightingale-ward mqttd as well as serve")
    if now - at > BEAT_WITHIN:
        what = f"mqttd is not running, or cannot write to the database: last seen {_told(at, now)}"
        return fix(what, "start nightingale-ward mqttd, or check its log")
    if at > now + AHEAD:
        return fix(
            f"mqttd's clock is ahead: it shows {_told(at, now)}",
            "set both clocks: this computer and mqttd's must agree",
        )
    if not connected:
        return fix("mqttd is running but not connected to a broker", "check its log for the reason")
    return ok("mqttd is running and connected to a broker")


def clock_beside(offset_s: float, doubt_s: float) -> Finding:
    """`offset_s`: how far the database's clock is ahead; `doubt_s`: how long the query took."""
    if abs(offset_s) - doubt_s / 2 > CLOCK_WITHIN_S:
        way = "behind" if offset_s > 0 else "ahead of"
        what = f"this computer's clock is {abs(offset_s):.1f} s {way} the database's"
        return fix(what, "use one time service for both clocks")
    return ok("this computer's clock agrees with the database's")


def clock_kept(is_kept: bool | None) -> Finding:
    """Whether a time service sets the clock; None where the system does not say."""
    if is_kept is None:
        return note("cannot check here whether a time service sets this computer's clock")
    if not is_kept:
        what = "no time service sets this computer's clock: two-step sign-in codes fail when it is 30 s wrong"
        return fix(what, "switch one on, for example: timedatectl set-ntp true")
    return ok("a time service sets this computer's clock")


def demo_people(names: Sequence[str]) -> Finding | None:
    """`names`: accounts with the password printed in the manual; None where there are none."""
    if not names:
        return None
    what = f"anyone can sign in as {', '.join(names)}: the demo password is public"
    return fix(what, "switch these accounts off on the page People, or set new passwords")


def demo_ward(is_demo: bool) -> Finding | None:
    """Whether the setting of `make demo` is on; None where it is not."""
    if not is_demo:
        return None
    what = "this is a demo: anyone at this computer signs in with one press"
    return fix(what, "remove NIGHTINGALE_DEMO from the ward's settings")


def proxy() -> Finding:
    """What cannot be checked from behind it."""
    what = "the proxy in front (certificate, limits, headers) cannot be checked from here"
    return note(what, "check it against docs/running-the-ward.md")


def _told(at: datetime, now: datetime) -> str:
    return f"{at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
