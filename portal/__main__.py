"""`python -m portal start|stop|remove`: the real CKAN of this project, by hand.

Where there is Docker, `containers` and `people` are the two steps around `docker compose` instead.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable

from portal import servers, site, software
from portal.instance import PARTS, Instance, Kind, PortalFault

COMPOSE = software.HERE / "compose.yaml"
#: The portal of deploy/portals.yaml whose profile a portal of this kind takes.
FITS: dict[Kind, str] = {"gd": "dga", "stock": "agency"}


def start(instance: Instance) -> None:
    """Start everything; print the variables that the publisher reads."""
    instance.settle()
    software.provide(instance)
    servers.start_postgres(instance)
    servers.start_redis(instance)
    emptied = servers.start_solr(instance)
    site.prepare(instance)
    if emptied:
        site.ckan(instance, "search-index", "rebuild")
    site.serve(instance)
    _tell(instance, site.operator_token(instance))


def stop(instance: Instance) -> None:
    """Stop what runs, CKAN first."""
    stopped = [part for part in reversed(PARTS) if instance.stop(part)]
    sys.stdout.write(f"stopped: {', '.join(stopped) or 'nothing ran'}\n")


def remove(instance: Instance) -> None:
    """Stop the portal and remove all its data; what is installed stays."""
    stop(instance)
    servers.remove_cluster(instance)
    for path in instance.home.glob("*"):
        if path != instance.software:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    sys.stdout.write("removed\n")


def containers(instance: Instance) -> None:
    """Write what compose.yaml asks for, secrets among it; print the two commands that follow."""
    asked = {"PORT": str(instance.port)} | {name.upper(): value for name, value in instance.secrets.items()}
    instance.keep("containers.env", "".join(f"PORTAL_{name}={value}\n" for name, value in asked.items()))
    compose = f"docker compose --env-file {instance.home / 'containers.env'} --file {COMPOSE}"
    token = f"{compose} exec -T ckan ckan user token add --quiet {site.OPERATOR} {site.TOKEN}"
    sys.stdout.write(f"{compose} up --build --wait\n{token} | {sys.executable} -m portal people\n")


def people(instance: Instance) -> None:
    """Make organisations and editors on the portal of the containers, with the operator's token from the input."""
    _tell(instance, (sys.stdin.read().split() or [""])[-1])


def _tell(instance: Instance, operator: str) -> None:
    variables = site.populate(instance, operator)
    lines = "".join(f"export {name}={value}\n" for name, value in variables.items())
    instance.keep("environment", lines)
    sys.stdout.write(f"{lines}CKAN ({instance.kind}) answers on {instance.address}\n")
    sys.stdout.write(f"Next: `. {instance.home / 'environment'}` sets these variables, which the publisher reads;\n")
    sys.stdout.write(f"then `opendata run welfare/elderly_fund --portal {FITS[instance.kind]}` publishes there.\n")


COMMANDS: dict[str, Callable[[Instance], None]] = {
    command.__name__: command for command in (start, stop, remove, containers, people)
}


def main() -> int:
    """Run the command."""
    words = argparse.ArgumentParser(prog="python -m portal", description="A real CKAN on this machine.")
    commands = words.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__)
    chosen, began = words.parse_args().command, time.monotonic()
    try:
        COMMANDS[chosen](Instance.from_environment())
    except PortalFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
