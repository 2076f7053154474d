"""The portal of the tests: a stand-in for fixtures of the same name."""

import pytest

from portal.__main__ import start
from portal.instance import Instance
from tests.portals import RealPortal


@pytest.fixture(scope="session")
def agency() -> RealPortal:
    instance = Instance.from_environment()
    return RealPortal(instance, start(instance)["OPENDATA_AGENCY_TOKEN"])
