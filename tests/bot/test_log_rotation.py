"""Any order of writing, rotating, packing and scanning: after each scan every whole line that stands in a file has been
counted once, and none ever twice. And the same with a writer that does not wait.
"""

import asyncio
import gzip
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bot.log_folder import Folder
from tests.bot.log_writer import WAYS, Rotate, Writer

HEADER = "# what every file of this program begins with\n" * 12
STEPS = """
write many part part-end header rename copy-cut copy cut regrow pack packing keep remove scan lost forget
""".split()


def whole_lines(logs: Folder) -> Counter[str]:
    """In all files that are whole, each line as often as one content has it."""
    found: set[str] = set()
    for path in sorted(logs.path.iterdir()):
        data = path.read_bytes()
        try:
            text = _unpacked(data)
        except (EOFError, OSError, zstandard.ZstdError):
            continue  # it is being packed
        found.update(line for line in text.decode().split("\n")[:-1] if line.startswith("line"))
    return Counter(found)


def _unpacked(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=10_000_000)
    return data


class Life:
    """What may happen to two logs of one program."""

    def __init__(self, logs: Folder) -> None:
        self.logs = logs
        self.rotated = 0

    def names(self) -> list[str]:
        return sorted(path.name for path in self.logs.path.iterdir())

    def plain(self) -> list[str]:
        return [name for name in self.names() if not name.endswith((".gz", ".zst"))]

    def next_name(self, name: str, suffix: str = "") -> str:
        self.rotated += 1
        return f"{name.split('.')[0]}.log.{self.rotated}{suffix}"

    async def step(self, what: str, live: str, pick: int) -> None:  # one case a step
        logs = self.logs
        there = logs.file(live).exists()
        rotated = [name for name in self.plain() if name not in ("a.log", "b.log")]
        other = rotated[pick % len(rotated)] if rotated else ""
        match what:
            case "write":
                logs.write(live, 1 + pick % 3)
            case "many":
                logs.write(live, 40)
            case "part":
                logs.write(live, end="")
            case "part-end":
                logs.append(live, " at last\n")
            case "header":
                if not there or not logs.file(live).stat().st_size:
                    logs.append(live, HEADER)
            case "rename" if there:
                logs.rename(live, self.next_name(live))
            case "copy-cut" if there:
                logs.copy(live, self.next_name(live))
                logs.cut(live)
            case "copy" if there:
                logs.copy(live, self.next_name(live))
                await self.scan()  # before it is cut
                logs.cut(live)
            case "cut" if there:
                logs.cut(live)
            case "regrow" if there:
                size = logs.file(live).stat().st_size
                logs.cut(live)
                while logs.file(live).stat().st_size <= size:
                    logs.write(live, 5)
            case "pack" if other:
                logs.pack(other, other + (".gz" if pick % 2 else ".zst"))
                logs.remove(other)
            case "packing" if other:
                for share in (0.0, 0.3, 0.8):
                    logs.pack(other, other + ".gz", of=share)
                    await self.scan()
                logs.pack(other, other + ".gz")
                await self.scan()
                logs.remove(other)
            case "keep" if other:
                logs.pack(other, other + ".gz")
            case "remove" if other:
                logs.remove(other)
            case "scan":
                await self.scan()
            case "lost":
                _ = await logs.asked()  # the process was killed before its result was kept
            case "forget":
                logs.forgets()

    async def scan(self) -> None:
        await self.logs.scan()
        lines = {line: n for line, n in self.logs.counted.items() if line.startswith("line")}
        assert {line: n for line, n in lines.items() if n > 1} == {}
        missing = whole_lines(self.logs) - Counter(lines)
        assert missing == Counter()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(("a.log", "b.log")), st.integers(0, 5)), max_size=40))
def test_whatever_happens_each_line_is_counted_once(steps: list[tuple[str, str, int]]) -> None:
    async def live(folder: Path) -> None:
        life = Life(Folder(folder))
        for step in steps:
            await life.step(*step)
        await life.scan()

    with TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder)))


# --- a writer that does not wait ---


async def _rotates(folder: Path, rotate: Rotate, seconds: float, seed: int) -> None:
    logs = Folder(folder)
    writer = Writer(folder, rotate, seed=seed)
    writer.start()
    scans = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until or scans < 5 or writer.rotations < 5:
        await logs.scan()
        scans += 1
    writer.stop()
    await logs.scan()
    await logs.scan()
    assert {line: n for line, n in logs.counted.items() if n > 1} == {}
    assert whole_lines(logs) - Counter(logs.counted.keys()) == Counter()
    assert logs.counted.total() > 100


@pytest.mark.parametrize("rotate", WAYS)
async def test_with_a_writer_that_does_not_wait(tmp_path: Path, rotate: Rotate) -> None:
    await _rotates(tmp_path, rotate, seconds=0.7, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rotate", WAYS)
async def test_with_a_writer_for_long(tmp_path: Path, rotate: Rotate, seed: int) -> None:
    await _rotates(tmp_path, rotate, seconds=15, seed=seed)
