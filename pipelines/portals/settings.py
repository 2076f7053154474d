"""Which portals there are beside the website of files: `deploy/portals.yaml`, reviewed data.

Addresses and tokens stand there only as names of environment variables. They are read when a
portal is opened, by the two methods of `PortalSettings`, and never shown.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from pipelines.catalogue import Model
from pipelines.errors import DatasetError, Place, PortalError

FILE = "deploy/portals.yaml"
SITE = "site"

Variable = Annotated[str, Field(pattern=r"^env:[A-Z][A-Z0-9_]*$")]


class PortalSettings(Model):
    """One portal: where it is, who we are there, and how much it takes."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """What it is called here (its key in the file), as in `--portal`."""
    address: Variable
    """Variable with the portal's address, such as `env:OPENDATA_AGENCY_URL`."""
    token: Variable
    """Variable with the token that publishes."""
    approver_token: Variable | None = None
    """Variable with the token that approves; none where nothing on this portal is approved."""
    organisation: str
    """Name of the organisation on the portal that owns the datasets."""
    profile: Literal["extras", "gd_catalogue"]
    """Where the portal keeps the government catalogue's fields: as extras, or as fields of its own
    (GD Catalog)."""
    prefix: Annotated[str, Field(pattern=r"^([a-z][a-z0-9]*-)?$")] = ""
    """What the names of the datasets begin with there, where two organisations share a portal: `dga-`."""
    largest_file_mb: Annotated[int, Field(ge=1)] = 512
    """Largest file that the portal takes."""
    datastore_rows: Annotated[int, Field(ge=0)] = 2_000_000
    """A table of more rows is served as files only."""
    rows_at_once: Annotated[int, Field(ge=1)] = 50_000
    """At most so many changed rows are sent as one transaction."""

    def url(self) -> str:
        """Return the portal's address, without a slash at its end; raises `PortalError` where its
        variable is not set."""
        return self._read(self.address).rstrip("/")

    def key(self, *, approver: bool = False) -> str:
        """Return the token of the publisher or of the approver; raises `PortalError` where its
        variable is not set."""
        if not approver:
            return self._read(self.token)
        if self.approver_token is None:
            raise PortalError(
                f"the portal {self.name} has no token that approves",
                remedy=f"name its variable as `approver_token` in {FILE}",
            )
        return self._read(self.approver_token)

    def _read(self, variable: str) -> str:
        name = variable.removeprefix("env:")
        value = os.environ.get(name, "").strip()
        if not value:
            raise PortalError(
                f"the portal {self.name} cannot be opened: {name} is not set",
                remedy=f"set {name} in the environment of this process; {FILE} says which variables a portal needs",
            )
        return value


def portals(project: Path) -> dict[str, PortalSettings]:
    """Return the portals by name; none where there is no file. `OPENDATA_PORTALS` names another one
    than that of the project.

    Raises:
        DatasetError: the file is not as it should be.
    """
    given = os.environ.get("OPENDATA_PORTALS")
    path = Path(given) if given else project / FILE
    shown = path.name if given else FILE
    if not given and not path.is_file():
        return {}
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found = {name: PortalSettings.model_validate({**told, "name": name}) for name, told in loaded.items()}
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise _wrong(f"{key}: {first['msg']}", shown, key) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError):
        raise _wrong("the list of portals cannot be read", shown, None) from None
    if SITE in found:
        raise _wrong(f"{SITE} is the website of files", shown, SITE)
    return found


def _wrong(message: str, file: str, key: str | None) -> DatasetError:
    return DatasetError(
        message,
        place=Place(file=file, column=key),
        remedy=f"write it as {FILE} of the project is; addresses and tokens are names of variables, such as env:NAME",
    )
