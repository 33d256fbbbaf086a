"""Tests marked `browser` are skipped, by name, where there is no Chromium; `chromium_path` is the one to drive.

The environment's CHROMIUM names a program; else the first of the usual names on PATH is taken.
"""

import os
import shutil

import pytest
from playwright.async_api import expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 30
"""Seconds that is waited for what a page is to show."""
REASON = f"no Chromium: none of {', '.join(NAMES)} on PATH, and CHROMIUM names none (Debian: chromium)"


def find_chromium() -> str | None:
    asked = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [asked] if asked else NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = find_chromium()
    if path is None:
        pytest.skip(REASON)
    expect.set_options(timeout=PATIENCE * 1000)
    return path
