"""PostgreSQL, Redis and Solr of a portal, each started and made ready once."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from portal.instance import Instance, PortalFault
from portal.software import HERE, postgres_programs
from portal.solr_schema import with_thai_text

CORE = "ckan"
SOLR_MEMORY = "-Xmx384m"


def start_postgres(instance: Instance) -> None:
    """Start the portal's own cluster; the first time make it."""
    programs, data = postgres_programs(), _cluster(instance)
    if not (data / "PG_VERSION").exists():
        _make_cluster(instance, programs, data)
    if instance.process("postgres"):
        return
    (data / "postmaster.pid").unlink(missing_ok=True)  # of a machine that was switched off
    words = [str(programs / "postgres"), "-D", str(data), "-p", str(instance.port_of("postgres")), "-k", str(data)]
    settings = ["listen_addresses=127.0.0.1", "max_connections=100", "shared_buffers=128MB", "synchronous_commit=off"]
    instance.launch("postgres", [*words, *(f"-c{setting}" for setting in settings)], cwd="/", **_as_postgres())
    instance.wait_for("postgres", lambda: _is_ready(instance, programs))


def run_sql(instance: Instance, sql: str, database: str = "postgres") -> None:
    """Run statements as the cluster's owner; raises `PortalFault`."""
    words = [str(postgres_programs() / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--dbname"]
    address = f"postgresql://owner@127.0.0.1:{instance.port_of('postgres')}/{database}"
    environment = os.environ | {"PGPASSWORD": instance.secrets["owner"]}
    done = subprocess.run(  # noqa: S603 - our own words
        [*words, address], input=sql, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PortalFault(f"the database refused: {done.stderr[-500:]}")


def start_redis(instance: Instance) -> None:
    """Start the portal's own Redis."""
    if instance.process("redis"):
        return
    port = str(instance.port_of("redis"))
    folder = instance.home / "redis"
    folder.mkdir(exist_ok=True)
    options = ["--port", port, "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--daemonize", "no"]
    instance.launch("redis", ["redis-server", *options])
    instance.wait_for("redis", lambda: b"Ready to accept connections" in instance.log("redis").read_bytes())


def start_solr(instance: Instance, *, stock: bool = False) -> bool:
    """Start Solr with one core; `stock` leaves CKAN's schema as it is, to compare with.
    Says whether the index is empty because the schema is another than before."""
    if instance.process("solr"):
        return False
    home = instance.home / "solr"
    emptied = _make_core(instance, home / CORE, stock=stock)
    words = ["java", SOLR_MEMORY, "-cp", f"{instance.software}/solr/lib/*", str(HERE / "solr" / "Serve.java")]
    instance.launch("solr", [*words, str(home), str(instance.port_of("solr"))], cwd=home)
    instance.wait_for("solr", lambda: _answers(f"{solr_address(instance)}/admin/ping"))
    return emptied


def solr_address(instance: Instance) -> str:
    """Return the address of the core."""
    return f"http://127.0.0.1:{instance.port_of('solr')}/solr/{CORE}"


def _make_core(instance: Instance, core: Path, *, stock: bool) -> bool:
    """Write the core's configuration; an index made by another schema is removed. Says whether one was."""
    (core / "conf").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "solr" / "solr.xml", core.parent / "solr.xml")
    (core / "core.properties").write_text(f"name={CORE}\n")
    for name in ("solrconfig.xml", "synonyms.txt", "protwords.txt", "stopwords.txt"):
        shutil.copyfile(HERE / "solr" / name, core / "conf" / name)
    (installed,) = instance.software.glob("ckan/lib/python3*/site-packages/ckan/config/solr/schema.xml")
    text = installed.read_text(encoding="utf-8")
    wanted = (
        text if stock else with_thai_text(text, (HERE / "solr" / "thai-text-types.xml").read_text(encoding="utf-8"))
    )
    schema = core / "conf" / "schema.xml"
    had = (core / "data").exists()
    if schema.exists() and schema.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(core / "data", ignore_errors=True)
    schema.write_text(wanted, encoding="utf-8")
    return had


def _cluster(instance: Instance) -> Path:
    """Return the cluster's folder. PostgreSQL refuses to run as root, and its own user may not reach
    the portal's folder, so that root's portals have theirs where Debian keeps clusters."""
    if os.getuid():
        return instance.home / "postgres"
    name = hashlib.sha256(str(instance.home).encode()).hexdigest()[:12]
    return Path("/var/lib/postgresql") / f"opendata-portal-{name}"


def _make_cluster(instance: Instance, programs: Path, data: Path) -> None:
    options = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    with tempfile.NamedTemporaryFile("w") as password:
        password.write(instance.secrets["owner"])
        password.flush()
        if user := _as_postgres():
            os.chown(password.name, user["user"], user["group"])
        words = [str(programs / "initdb"), "-D", str(data), "-U", "owner", f"--pwfile={password.name}"]
        done = subprocess.run(  # noqa: S603 - our own words
            [*words, *options], text=True, capture_output=True, cwd="/", check=False, **user
        )
    if done.returncode:
        raise PortalFault(f"the database cluster was not made: {done.stderr[-500:]}")


def remove_cluster(instance: Instance) -> None:
    """Remove the cluster's folder."""
    shutil.rmtree(_cluster(instance), ignore_errors=True)


def _as_postgres() -> dict[str, Any]:
    if os.getuid():
        return {}
    owner = pwd.getpwnam("postgres")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _is_ready(instance: Instance, programs: Path) -> bool:
    words = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(instance.port_of("postgres"))]
    return subprocess.run(words, check=False).returncode == 0  # noqa: S603 - our own words


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - on this machine
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
