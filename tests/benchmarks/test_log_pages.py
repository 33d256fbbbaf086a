"""The measure of the logs' pages measures each of them."""

from pathlib import Path

from benchmarks.log_pages import PAGES, measure, report


async def test_each_page_is_measured(tmp_path: Path) -> None:
    found = await measure(tmp_path, 200)
    assert [page for page, *_ in found] == list(PAGES)
    assert all(worked > 0 for *_, worked in found)
    assert f"| `/ops/logs{PAGES[2]}` |" in report(found)
