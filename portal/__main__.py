"""`python -m portal start|stop|remove`: the real CKAN of this project, by hand."""

import argparse
import shutil
import sys
import time

from portal import servers, site, software
from portal.instance import PARTS, Instance, PortalFault


def start(instance: Instance) -> dict[str, str]:
    """Start everything; return the variables that the publisher reads."""
    software.provide(instance)
    servers.start_postgres(instance)
    servers.start_redis(instance)
    emptied = servers.start_solr(instance)
    site.prepare(instance)
    if emptied:
        site.ckan(instance, "search-index", "rebuild")
    site.serve(instance)
    tokens = site.populate(instance)
    return {
        "OPENDATA_AGENCY_URL": instance.address,
        "OPENDATA_AGENCY_TOKEN": tokens[site.PUBLISHER],
        "OPENDATA_AGENCY_APPROVER_TOKEN": tokens[site.APPROVER],
    }


def stop(instance: Instance) -> list[str]:
    """Stop what runs, CKAN first; return the parts that did."""
    return [part for part in reversed(PARTS) if instance.stop(part)]


def remove(instance: Instance) -> None:
    """Stop the portal and remove all its data; what is installed stays."""
    stop(instance)
    servers.remove_cluster(instance)
    for path in instance.home.glob("*"):
        if path != instance.software:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> int:
    """Run the command."""
    words = argparse.ArgumentParser(prog="python -m portal", description="A real CKAN on this machine.")
    words.add_argument("command", choices=["start", "stop", "remove"])
    command = words.parse_args().command
    instance, began = Instance.from_environment(), time.monotonic()
    try:
        if command == "start":
            variables = start(instance)
            lines = "".join(f"export {name}={value}\n" for name, value in variables.items())
            instance.keep("environment", lines)
            sys.stdout.write(f"CKAN answers on {instance.address}\n{lines}")
        elif command == "stop":
            sys.stdout.write(f"stopped: {', '.join(stop(instance)) or 'nothing ran'}\n")
        else:
            remove(instance)
            sys.stdout.write("removed\n")
    except PortalFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
