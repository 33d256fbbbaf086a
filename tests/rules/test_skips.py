"""The plugins that skip by name, seen from the outside: what a run prints, and how it ends."""

import re
from pathlib import Path

import pytest

from tests.rules.tree import ROOT

PLUGINS = ("-p", "tests.plugins.skips", "-p", "tests.plugins.browser", "-p", "no:cacheprovider")
TESTS = """
    import pytest

    @pytest.mark.skip(reason="no wheels")
    def test_car(): pass

    @pytest.mark.parametrize("n", [1, 2])
    def test_boat(n):
        if n == 2:
            pytest.skip("no water")

    @pytest.mark.xfail(reason="later", strict=True)
    def test_plane(): assert False
"""
MODULE = "import pytest; pytest.skip('no sea', allow_module_level=True)"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    for name in ("CI", "SAHUT_SKIPS_ALLOWED", "CHROMIUM", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # for speed: none of the others matters here
    return pytester


def allow(run: pytest.Pytester, lines: str, path: str = ".ci/allowed-skips.txt") -> None:
    target = Path(run.path, path)
    target.parent.mkdir(exist_ok=True)
    target.write_text(lines, encoding="utf-8")


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_each_skip_is_named_once_with_its_reason(run: pytest.Pytester, workers: tuple[str, ...]) -> None:
    run.makepyfile(test_trips=TESTS, test_ships=MODULE)
    result = run.runpytest(*PLUGINS, *workers)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "*= not run here =*",
            "test_ships.py: no sea",
            "test_trips.py::test_boat[[]2[]]: no water",
            "test_trips.py::test_car: no wheels",
            "*= 1 passed, 3 skipped, 1 xfailed in *",
        ]
    )
    assert len(re.findall("^test_ships.py: no sea$", str(result.stdout), re.MULTILINE)) == 1
    result.stdout.no_fnmatch_line("*skipped, and not on the list*")


def test_nothing_is_said_where_nothing_was_skipped(run: pytest.Pytester) -> None:
    run.makepyfile("def test_walk(): pass")
    result = run.runpytest(*PLUGINS)
    result.stdout.no_fnmatch_line("*not run here*")


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_ci_refuses_a_skip_that_is_not_on_the_list(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(test_trips=TESTS)
    allow(run, "# wheels come later\n\ntest_trips.py::test_car  # a reason\n")
    result = run.runpytest(*PLUGINS, *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*= skipped, and not on the list of allowed skips =*", "test_trips.py::test_boat[[]2[]]"]
    )
    assert str(result.stdout).count("test_trips.py::test_car") == 1


@pytest.mark.parametrize("line", ["test_trips.py::*", "test_trips.py::test_boat[2]\n*car"])
def test_ci_takes_the_skips_on_the_list(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(test_trips=TESTS)
    allow(run, line)
    assert run.runpytest(*PLUGINS).ret == pytest.ExitCode.OK


def test_without_a_list_ci_allows_none(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(test_ships=MODULE)
    assert run.runpytest(*PLUGINS).ret == pytest.ExitCode.TESTS_FAILED


def test_another_list_is_strict_outside_ci_too(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHUT_SKIPS_ALLOWED", "mine.txt")
    run.makepyfile(test_trips=TESTS)
    allow(run, "*::test_car", "mine.txt")
    assert run.runpytest(*PLUGINS).ret == pytest.ExitCode.TESTS_FAILED


BROWSER = """
    import pytest

    @pytest.mark.browser
    def test_page(chromium_path): assert chromium_path.endswith("browser")

    def test_other(): pass
"""


def test_browser_tests_run_with_the_named_one(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run.makepyfile(BROWSER)
    run.makeini("[pytest]\nmarkers = browser: x")
    program = Path(run.path, "a browser")
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    run.runpytest(*PLUGINS).assert_outcomes(passed=2)


def test_browser_tests_are_skipped_by_name_without_one(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run.makepyfile(test_web=BROWSER)
    run.makeini("[pytest]\nmarkers = browser: x")
    monkeypatch.setenv("PATH", str(run.path))
    result = run.runpytest(*PLUGINS)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["test_web.py::test_page: no Chromium: *"])


MONGODB = """
    import pytest

    @pytest.mark.mongodb
    def test_store(): pass

    def test_other(): pass
"""
NO_SERVER = "from pathlib import Path; import tests.plugins.mongodb as plugin; plugin.PROGRAM = Path('not-here')"


@pytest.mark.parametrize(("uri", "skipped"), [("", 1), ("mongodb://127.0.0.1:1", 0)])
def test_mongodb_tests_are_skipped_by_name_without_a_server(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, uri: str, skipped: int
) -> None:
    run.makepyfile(test_kept=MONGODB)
    run.makeconftest(NO_SERVER)
    run.makeini("[pytest]\nmarkers = mongodb: x")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TEST_MONGODB_URI", uri)
    result = run.runpytest_subprocess(*PLUGINS, "-p", "tests.plugins.mongodb")
    result.assert_outcomes(passed=2 - skipped, skipped=skipped)
    if skipped:
        result.stdout.fnmatch_lines(["test_kept.py::test_store: MongoDB test server not installed*"])
