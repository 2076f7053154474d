"""PostgreSQL, Redis and Solr of a portal, each started and made ready once."""

import hashlib
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from portal import cluster
from portal.instance import Instance, PortalFault
from portal.software import HERE, postgres_programs
from portal.solr_schema import with_types

CORE = "ckan"
#: A small heap needs no collector of several threads, and a portal's index no more than the first compiler: by
#: both it starts in half the processor's time.
SOLR_MACHINE = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def start_postgres(instance: Instance) -> None:
    """Start the portal's own cluster; the first time make it."""
    programs, data = postgres_programs(), _cluster(instance)
    if not (data / "PG_VERSION").exists():
        try:
            cluster.make(programs, data, "owner", instance.secrets["owner"])
        except subprocess.CalledProcessError as error:
            raise PortalFault(f"the database cluster was not made: {error.stderr[-500:]}") from None
    if instance.process("postgres"):
        return
    settings = ("max_connections=100", "shared_buffers=128MB", "synchronous_commit=off")
    words = cluster.serving(programs, data, instance.port_of("postgres"), *settings)
    instance.launch("postgres", words, cwd="/", **cluster.as_postgres())
    instance.wait_for("postgres", lambda: _is_ready(instance, programs))


def run_sql(instance: Instance, sql: str, **variables: str) -> None:
    """Run statements as the cluster's owner, with variables in psql's environment; raises `PortalFault`."""
    words = [str(postgres_programs() / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--dbname"]
    address = f"postgresql://owner@127.0.0.1:{instance.port_of('postgres')}/postgres"
    environment = os.environ | {"PGPASSWORD": instance.secrets["owner"]} | variables
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
    instance.wait_for("redis", lambda: ask_redis(instance, "PING") == "+PONG")


def ask_redis(instance: Instance, words: str) -> str:
    """Return the first line of what Redis answers to a command; empty where it does not."""
    try:
        with socket.create_connection(("127.0.0.1", instance.port_of("redis")), timeout=5) as connection:
            connection.sendall(f"{words}\r\n".encode())
            return connection.makefile(encoding="utf-8").readline().rstrip()
    except OSError:
        return ""


def start_solr(instance: Instance) -> bool:
    """Start Solr with one core. Says whether its index is empty because the schema is another than before."""
    if instance.process("solr"):
        return False
    home = instance.home / "solr"
    emptied = _make_core(instance, home / CORE)
    words = ["java", *SOLR_MACHINE, "-cp", f"{instance.software}/solr/lib/*", str(HERE / "solr" / "Serve.java")]
    instance.launch("solr", [*words, str(home), str(instance.port_of("solr"))], cwd=home)
    instance.wait_for("solr", lambda: _answers(f"{solr_address(instance)}/admin/ping"))
    return emptied


def solr_address(instance: Instance) -> str:
    """Return the address of the core."""
    return f"http://127.0.0.1:{instance.port_of('solr')}/solr/{CORE}"


def _make_core(instance: Instance, core: Path) -> bool:
    """Write the core's configuration; an index made by another schema is removed. Says whether one was."""
    (core / "conf").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "solr" / "solr.xml", core.parent / "solr.xml")
    (core / "core.properties").write_text(f"name={CORE}\n")
    for name in ("solrconfig.xml", "protwords.txt", "stopwords.txt"):
        shutil.copyfile(HERE / "solr" / name, core / "conf" / name)
    ours = HERE / "solr" / instance.kind
    shutil.copyfile(ours / "synonyms.txt", core / "conf" / "synonyms.txt")
    (installed,) = instance.software.glob("ckan/lib/python3*/site-packages/ckan/config/solr/schema.xml")
    types = (ours / "text-types.xml").read_text(encoding="utf-8")
    wanted = with_types(installed.read_text(encoding="utf-8"), types)
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


def remove_cluster(instance: Instance) -> None:
    """Remove the cluster's folder."""
    shutil.rmtree(_cluster(instance), ignore_errors=True)


def _is_ready(instance: Instance, programs: Path) -> bool:
    words = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(instance.port_of("postgres"))]
    return subprocess.run(words, check=False).returncode == 0  # noqa: S603 - our own words


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - on this machine
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
