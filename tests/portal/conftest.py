"""Real portals, each started where a test first asks for it: the agency's, and CKAN as it comes."""

from collections.abc import Iterator

import pytest

from pipelines.workspace import Workspace
from tests import portals
from tests.conftest import PROJECT
from tests.portal.catalogue import Catalogue, published
from tests.portal.publishing_under import Scene
from tests.portals import RealPortal


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPortal]:
    """A portal with the fields of the government catalogue that knows Thai words."""
    with portals.running(tmp_path_factory.mktemp("agency"), "gd") as portal:
        yield portal


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPortal]:
    """CKAN as it comes."""
    with portals.running(tmp_path_factory.mktemp("stock"), "stock") as portal:
        yield portal


@pytest.fixture
def empty(agency: RealPortal) -> RealPortal:
    """The agency's portal without a dataset."""
    agency.purge_all()
    return agency


@pytest.fixture(scope="module")
def scene(agency: RealPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The synthetic dataset on its way to the agency's portal."""
    with pytest.MonkeyPatch.context() as patched:
        yield Scene(agency, tmp_path_factory.mktemp("scene"), patched)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Where the project's own datasets are made for all portals."""
    return Workspace(PROJECT, str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def dga(agency: RealPortal, home: Workspace) -> Iterator[Catalogue]:
    """Every dataset of the project, with the fields of the government catalogue."""
    with published(home, agency, "dga") as catalogue:
        yield catalogue


@pytest.fixture(scope="module")
def plain(stock: RealPortal, home: Workspace) -> Iterator[Catalogue]:
    """Some of them, on CKAN as it comes, where the fields of the government catalogue are extras."""
    with published(home, stock, "agency", ["contracts/contracts", "welfare/elderly_fund"]) as catalogue:
        yield catalogue
