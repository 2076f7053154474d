"""CKAN itself: its configuration, its database, its people, and the server."""

import configparser
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.instance import Instance, PortalFault
from portal.servers import ask_redis, run_sql, solr_address
from portal.software import HERE

OPERATOR, PUBLISHER, APPROVER = "operator", "publisher", "approver"
TOKEN = "opendata"  # noqa: S105 - what it is called in CKAN
#: The queue of background jobs, as Redis knows it.
JOBS = "rq:queue:ckan:default:default"
#: Organisations of the portal; the publisher sees each as a portal of its own. All have the same editors.
ORGANISATIONS = {
    "agency": "หน่วยงานเจ้าของข้อมูล (ตัวอย่าง)",
    "dga": "สำนักงานพัฒนารัฐบาลดิจิทัล (ตัวอย่าง)",
}


def prepare(instance: Instance) -> None:
    """Make CKAN's databases, configuration and operator, the first time; one that was cut off begins anew."""
    ini, prepared = _ini(instance), instance.home / "prepared"
    shutil.copyfile(HERE / "ckan" / "gd-catalogue.yaml", instance.home / "gd-catalogue.yaml")
    shutil.copytree(HERE / "ckan" / "extension", _extension(instance), dirs_exist_ok=True)
    if not prepared.exists():
        made = {"PORTAL_WRITER": instance.secrets["writer"], "PORTAL_READER": instance.secrets["reader"]}
        run_sql(instance, (HERE / "ckan" / "databases.sql").read_text(encoding="utf-8"), **made)
        ini.unlink(missing_ok=True)
        ckan(instance, "generate", "config", str(ini))
    settings = "\n".join(["[app:main]", *(f"{name} = {value}" for name, value in _settings(instance).items()), ""])
    instance.keep("settings.ini", settings)
    ckan(instance, "config-tool", str(ini), "--file", str(instance.home / "settings.ini"))
    if not prepared.exists():
        ckan(instance, "db", "init")
        run_sql(instance, ckan(instance, "datastore", "set-permissions"))
        password = f"password={instance.secrets['person']}"
        ckan(instance, "sysadmin", "add", "--create", OPERATOR, "email=operator@example.go.th", password)
        (instance.home / "operator.json").unlink(missing_ok=True)
        prepared.touch()


def serve(instance: Instance) -> None:
    """Start CKAN and its worker of background jobs; wait until the one answers and the other has taken a job."""
    if not instance.process("ckan"):
        options = ["--host", "127.0.0.1", "--port", str(instance.port), "--threaded"]
        words = [*_ckan(instance), "run", *options, "--disable-reloader", "--disable-debugger"]
        instance.launch("ckan", words, env=_environment(instance))
    begins = instance.process("worker") is None
    if begins:
        instance.launch("worker", [*_ckan(instance), "jobs", "worker"], env=_environment(instance))
        ckan(instance, "jobs", "test")
    instance.wait_for("ckan", lambda: _is_up(instance))
    if begins:
        instance.wait_for("worker", lambda: ask_redis(instance, f"LLEN {JOBS}") == ":0")


def ckan(instance: Instance, *words: str) -> str:
    """Run one of CKAN's own commands and return what it printed; raises `PortalFault`."""
    done = subprocess.run(  # noqa: S603 - our own words
        [*_ckan(instance, with_config=words[0] not in {"generate", "config-tool"}), *words],
        capture_output=True, text=True, check=False, env=_environment(instance), stdin=subprocess.DEVNULL,
        umask=0o077,  # its configuration holds passwords
    )  # fmt: skip
    if done.returncode:
        raise PortalFault(f"`ckan {' '.join(words[:2])}` failed:\n{(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def populate(instance: Instance, operator: str) -> dict[str, str]:
    """Make organisations, editors and their tokens where they are missing, with the operator's token.

    Returns the variables that the publisher reads."""
    existing = set(call(instance, "organization_list", {}, operator))
    for name, title in ORGANISATIONS.items():
        if name not in existing:
            call(instance, "organization_create", {"name": name, "title": title}, operator)
    tokens = {}
    for person in (PUBLISHER, APPROVER):
        if person not in call(instance, "user_list", {"all_fields": False}, operator):
            wanted = {"name": person, "email": f"{person}@example.go.th", "password": instance.secrets["person"]}
            call(instance, "user_create", wanted, operator)
        for organisation in ORGANISATIONS:
            member = {"id": organisation, "username": person, "role": "editor"}
            call(instance, "organization_member_create", member, operator)
        tokens[person] = _editor_token(instance, person, operator)
    known = {"URL": instance.address, "TOKEN": tokens[PUBLISHER], "APPROVER_TOKEN": tokens[APPROVER]}
    return {f"OPENDATA_{name.upper()}_{what}": value for name in ORGANISATIONS for what, value in known.items()}


def call(instance: Instance, action: str, data: Mapping[str, Any], token: str | None) -> Any:  # noqa: ANN401 - CKAN's
    """Call an action as the token's owner, without one as anyone; raises `PortalFault` with CKAN's own words."""
    request = urllib.request.Request(  # noqa: S310 - on this machine
        f"{instance.address}/api/3/action/{action}",
        json.dumps(data).encode(),
        {"Content-Type": "application/json"} | ({"Authorization": token} if token else {}),
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
            return json.load(answer)["result"]
    except urllib.error.HTTPError as error:
        raise PortalFault(f"{action}: {error.code} {error.read().decode(errors='replace')[:4000]}") from None


def _editor_token(instance: Instance, person: str, operator: str) -> str:
    """Return an editor's token: the one that was kept, where it still is good for something."""
    path = instance.home / f"{person}.json"
    token: str | None = json.loads(path.read_text()) if path.exists() else None
    if token and call(instance, "organization_list_for_user", {"permission": "create_dataset"}, token):
        return token
    made: str = call(instance, "api_token_create", {"user": person, "name": TOKEN}, operator)["token"]
    instance.keep(path.name, json.dumps(made))
    return made


def operator_token(instance: Instance) -> str:
    """Return the token of CKAN's sysadmin, made once."""
    path = instance.home / "operator.json"
    if not path.exists():
        made = ckan(instance, "user", "token", "add", "--quiet", OPERATOR, TOKEN)
        instance.keep(path.name, json.dumps(made.split()[-1]))
    token: str = json.loads(path.read_text())
    return token


def _settings(instance: Instance) -> dict[str, str]:
    """Return what differs from CKAN's own configuration."""
    made, storage = instance.secrets, instance.home / "storage"
    database = f"127.0.0.1:{instance.port_of('postgres')}"
    storage.mkdir(exist_ok=True)
    shared = configparser.RawConfigParser(delimiters="=")
    shared.optionxform = str  # type: ignore[assignment,method-assign] # names are kept as they are
    shared.read([HERE / "ckan" / f"{name}.ini" for name in ("common", instance.kind)], encoding="utf-8")
    return dict(shared["app:main"]) | {
        "SECRET_KEY": made["session"],
        "api_token.jwt.encode.secret": f"string:{made['jwt']}",
        "api_token.jwt.decode.secret": f"string:{made['jwt']}",
        "ckan.site_url": instance.address,
        "ckan.storage_path": str(storage),
        "sqlalchemy.url": f"postgresql://ckan:{made['writer']}@{database}/ckan",
        "ckan.datastore.write_url": f"postgresql://ckan:{made['writer']}@{database}/datastore",
        "ckan.datastore.read_url": f"postgresql://datastore:{made['reader']}@{database}/datastore",
        "ckan.redis.url": f"redis://127.0.0.1:{instance.port_of('redis')}/0",
        "solr_url": solr_address(instance),
    }


def _ckan(instance: Instance, *, with_config: bool = True) -> list[str]:
    program = [str(instance.software / "ckan" / "bin" / "ckan")]
    return [*program, "--config", str(_ini(instance))] if with_config else program


def _ini(instance: Instance) -> Path:
    return instance.home / "ckan.ini"


def _extension(instance: Instance) -> Path:
    return instance.home / "extension"


def _environment(instance: Instance) -> dict[str, str]:
    """Return this environment with the portal's extension instead of what is meant for our own Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CKAN"))}
    return kept | {"PYTHONPATH": str(_extension(instance)), "PYTHONDONTWRITEBYTECODE": "1"}


def _is_up(instance: Instance) -> bool:
    try:
        with urllib.request.urlopen(f"{instance.address}/api/3/action/status_show", timeout=30) as answer:  # noqa: S310
            return bool(json.load(answer)["success"])
    except (OSError, ValueError):
        return False
