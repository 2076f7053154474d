"""The portal in containers: what can be known of it without a Docker engine."""

import re
from typing import Any

import pytest
import yaml

from portal.__main__ import COMPOSE, containers
from portal.instance import Instance
from tests.conftest import PROJECT

HERE = PROJECT / "portal"
#: Keys of the compose specification, those that a file like ours has use for.
KEYS = {"name", "services", "volumes", "networks", "configs", "secrets"}
SERVICE = {
    "build", "image", "command", "depends_on", "environment", "expose", "healthcheck", "networks", "ports", "restart",
    "user", "volumes",
}  # fmt: skip
HEALTH = {"test", "interval", "timeout", "retries", "start_period", "disable"}
IMAGES = [*(HERE / "containers").glob("*.Dockerfile")]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def test_it_has_the_keys_of_a_compose_file_and_no_others(compose: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} <= KEYS
    for service in compose["services"].values():
        assert set(service) <= SERVICE
        assert ("image" in service) != ("build" in service)
        assert set(service.get("healthcheck", {})) <= HEALTH


def test_what_it_points_to_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        if "build" in service:
            assert (HERE / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (HERE / source).is_file() if source.startswith(".") else source in compose["volumes"]
        for other, state in service.get("depends_on", {}).items():
            assert state == {"condition": "service_healthy"}
            assert "healthcheck" in services[other]


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_what_an_image_is_made_of_is_there(image: Any) -> None:
    copied = re.findall(r"^COPY ((?:(?!--from)\S+ )+)\S+$", image.read_text(encoding="utf-8"), re.MULTILINE)
    sources = [source for line in copied for source in line.split() if not source.startswith("--")]
    assert sources
    assert [source for source in sources if not (HERE / source).exists()] == []


def test_the_versions_are_those_of_the_portal_that_runs_without_docker() -> None:
    lock = dict(re.findall(r"^([a-z-]+)==(\S+)", (HERE / "ckan/requirements.lock").read_text(), re.MULTILINE))
    solr = re.search(r"<version>(\d+)\.\d+\.\d+</version>", (HERE / "solr/pom.xml").read_text())
    assert solr
    base = f"ckan/ckan-base:{lock['ckan']}"
    bases = [re.findall(r"^FROM (\S+)", image.read_text(encoding="utf-8"), re.MULTILINE) for image in sorted(IMAGES)]
    assert bases == [[base], [base, f"ckan/ckan-solr:{lock['ckan'].rpartition('.')[0]}-solr{solr[1]}"]]
    named = re.findall(r"^(ckanext-[a-z]+)==(\S+)$", (HERE / "ckan/requirements.in").read_text(), re.MULTILINE)
    assert len(named) == 2
    assert all(lock[name] == version for name, version in named)


def test_the_plugins_are_those_of_the_settings(compose: dict[str, Any]) -> None:
    settings = (HERE / "ckan/gd.ini").read_text(encoding="utf-8")
    for service in ("ckan", "worker"):
        plugins = compose["services"][service]["environment"]["CKAN__PLUGINS"]
        assert f"\nckan.plugins = {plugins}\n" in settings


def test_it_answers_on_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:${PORTAL_PORT:?}:5000"]


def test_every_variable_is_written_and_no_secret_stands_in_the_tree(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    containers(Instance(tmp_path, 5050, tmp_path))
    told = capsys.readouterr().out
    written = tmp_path / "containers.env"
    assert written.stat().st_mode & 0o077 == 0
    given = dict(re.findall(r"^(\w+)=(\S+)$", written.read_text(), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)(?::\?)?\}", COMPOSE.read_text(encoding="utf-8")))
    assert asked == set(given)
    assert not any(secret in told for name, secret in given.items() if name != "PORTAL_PORT")
    assert told.count("docker compose --env-file ") == 2
