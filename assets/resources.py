"""What assets are given to work with: the workspace, and how to open the portal.

Neither has settings of its own, so nothing of a deployment (addresses, keys) is ever part of
a run's recorded configuration: the environment is read while a run goes, not before.
"""

import os
from collections.abc import Callable

import dagster as dg

from pipelines.portals import Portal
from pipelines.portals.opening import open_portal
from pipelines.portals.settings import SITE
from pipelines.workspace import Workspace

PORTAL = "OPENDATA_PORTAL"
WorkspaceResource = dg.ResourceParam[Workspace]
PortalResource = dg.ResourceParam[Callable[[Workspace], Portal]]


def resources(workspace: Workspace | None) -> dict[str, object]:
    """Return the resources by name; without a workspace it is the environment's."""
    return {
        "workspace": dg.ResourceDefinition(
            lambda _: workspace or Workspace.from_environment(),
            description="The project's definitions and its home: OPENDATA_PROJECT and OPENDATA_HOME.",
        ),
        "open_portal": dg.ResourceDefinition(
            lambda _: _open_portal,
            description=f"Opens the portal that {PORTAL} names: `site`, or one of `deploy/portals.yaml`.",
        ),
    }


def _open_portal(ws: Workspace) -> Portal:
    return open_portal(ws, os.environ.get(PORTAL) or SITE)
