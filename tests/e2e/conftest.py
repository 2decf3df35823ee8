"""What tests in a browser share: the finished demo served, Chromium, and a certifier at the desk. One of each for a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import chromium
from tests.support.certifier_desk import seated
from tests.support.served_demo import Site, served_demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.desk_seat import Seat


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_demo(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def seat(site: Site, browser: Browser) -> Iterator[Seat]:
    with seated(site, browser) as found:
        yield found
