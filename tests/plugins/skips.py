"""Names each test that was not run; in CI a skip that nobody allowed fails the session.

The list of allowed ones is `.ci/allowed-skips.txt`, or the file that the environment's SAHUT_SKIPS_ALLOWED names (which
makes the plugin strict outside CI too): one nodeid a line, `*` stands for anything, `#` starts a comment.
"""

import os
import re
from pathlib import Path

import pytest

LIST = ".ci/allowed-skips.txt"


class Skips:
    """Collects skips where they are reported: the one process, or the one that leads xdist's workers."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.reasons[report.nodeid] = text.removeprefix("Skipped: ")

    def refused(self) -> list[str]:
        patterns = allowed_patterns(self.config.rootpath)
        if patterns is None:
            return []
        return sorted(nodeid for nodeid in self.reasons if not any(p.fullmatch(nodeid) for p in patterns))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.refused() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.reasons:
            terminalreporter.section("not run here")
            for nodeid, reason in sorted(self.reasons.items()):
                terminalreporter.line(f"{nodeid}: {reason}")
        if refused := self.refused():
            terminalreporter.section("skipped, and not on the list of allowed skips", red=True)
            for nodeid in refused:
                terminalreporter.line(nodeid, red=True)


def allowed_patterns(root: Path) -> list[re.Pattern[str]] | None:
    """The list, or None where every skip is allowed. A list that is not there allows none."""
    named = os.environ.get("SAHUT_SKIPS_ALLOWED")
    if not named and os.environ.get("CI") != "true":
        return None
    path = root / (named or LIST)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    stated = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in lines)
    return [re.compile(re.escape(line).replace(r"\*", ".*")) for line in stated if line]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips(config), "skips-by-name")
