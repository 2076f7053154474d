"""Opens a portal by its name: the one place that knows which kinds of portal there are."""

from pipelines.errors import UsageError
from pipelines.portals import Portal
from pipelines.portals.settings import FILE, SITE, portals
from pipelines.workspace import Workspace


def open_portal(ws: Workspace, name: str, *, approver: bool = False) -> Portal:
    """Return the portal of that name: `site`, or one of `deploy/portals.yaml`; with `approver` it
    is dealt with as whoever makes live what another has staged.

    Raises:
        UsageError: there is none of that name.
        DatasetError: the list of portals is wrong.
        PortalError: it cannot be opened: a variable is not set, or nobody answers as should.
    """
    if name == SITE:
        from pipelines.portals.static import StaticPortal  # noqa: PLC0415 - only what is opened is loaded

        return StaticPortal(ws)
    known = portals(ws.project)
    if name not in known:
        raise UsageError(
            f"there is no portal {name!r}", remedy=f"those there are: {', '.join([SITE, *known])}; {FILE} lists them"
        )
    from pipelines.portals.ckan import CkanPortal  # noqa: PLC0415 - likewise

    return CkanPortal(ws, known[name], approver=approver)
