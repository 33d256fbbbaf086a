"""What becomes of a log's files: each line that stays is counted once, wherever it lies by then."""

import os
from collections import Counter
from pathlib import Path

import pytest

from services.logscan import search
from services.logscan.files import Opened
from services.logscan.streams import ENDED, STILL
from tests.bot.log_folder import Folder


@pytest.fixture
def logs(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def once(*lines: list[str]) -> Counter[str]:
    return Counter(line for each in lines for line in each)


async def test_what_is_written_is_counted_once(logs: Folder) -> None:
    first = logs.write("app.log", 3)
    assert (await logs.scan()).lines == 3
    assert (await logs.scan()).lines == 0
    second = logs.write("app.log", 2)
    await logs.scan()
    assert logs.counted == once(first, second)


async def test_a_renamed_file_is_read_on_and_the_new_one_from_its_start(logs: Folder) -> None:
    first = logs.write("app.log", 9)
    await logs.scan()
    late = logs.write("app.log", 2)
    logs.rename("app.log", "app.log.1")
    late += logs.write("app.log.1")  # its writer has not noticed yet
    new = logs.write("app.log", 4)
    await logs.scan()
    logs.rename("app.log.1", "app.log.2")
    logs.rename("app.log", "app.log.1")
    newest = logs.write("app.log", 30)
    await logs.scan()
    assert logs.counted == once(first, late, new, newest)


@pytest.mark.parametrize("more", [0, 1, 50])
async def test_a_file_that_is_copied_and_cut_goes_on_in_its_copy(logs: Folder, more: int) -> None:
    first = logs.write("app.log", 20)
    await logs.scan()
    late = logs.write("app.log", 3)
    logs.copy("app.log", "app.log.1")
    logs.cut("app.log")
    new = logs.write("app.log", more) if more else []
    await logs.scan()
    assert logs.counted == once(first, late, new)


async def test_a_copy_of_what_is_not_cut_yet_is_not_read(logs: Folder) -> None:
    first = logs.write("app.log", 20)
    logs.copy("app.log", "app.log.1")
    await logs.scan()
    late = logs.write("app.log", 5)
    await logs.scan()
    logs.copy("app.log", "app.log.1")
    logs.cut("app.log.1", 300)  # as far as it has been copied
    await logs.scan()
    assert logs.counted == once(first, late)
    logs.copy("app.log", "app.log.1")
    logs.cut("app.log")
    new = logs.write("app.log", 40)
    await logs.scan()
    assert logs.counted == once(first, late, new)


async def test_what_is_cut_and_grows_beyond_where_it_was_is_read_from_its_start(logs: Folder) -> None:
    first = logs.write("app.log", 5)
    await logs.scan()
    logs.cut("app.log")
    new = logs.write("app.log", 50)
    await logs.scan()
    assert logs.counted == once(first, new)


async def test_another_file_in_the_same_place_of_the_disk_is_another(logs: Folder) -> None:
    first = logs.write("app.log", 5)
    await logs.scan()
    inode = logs.file("app.log").stat().st_ino
    new = logs.write("other.log", 5)
    text = logs.file("other.log").read_bytes()
    logs.remove("other.log")
    with logs.file("app.log").open("r+b") as file:  # the same inode, and as much in it
        file.truncate()
        file.write(text)
    assert logs.file("app.log").stat().st_ino == inode
    await logs.scan()
    assert logs.counted == once(first, new)


async def test_files_of_a_few_bytes_are_known_again_as_they_grow(logs: Folder) -> None:
    lines = logs.write("app.log", 1)
    logs.append("b.log", "x\n")
    await logs.scan()
    for _ in range(30):
        lines += logs.write("app.log", 1)
        await logs.scan()
    logs.rename("app.log", "app.log.1")
    await logs.scan()
    assert logs.counted == once(lines, ["x"])


async def test_a_line_without_its_end_waits(logs: Folder) -> None:
    first = logs.write("app.log", 2)
    logs.append("app.log", "half a ")
    await logs.scan()
    await logs.scan()
    assert logs.counted == once(first)
    logs.append("app.log", "line\n")
    await logs.scan()
    assert logs.counted == once(first, ["half a line"])


async def test_the_last_words_of_a_file_count_when_nothing_comes_any_more(logs: Folder) -> None:
    first = logs.write("app.log", 2)
    logs.append("app.log", "panic: no")
    logs.later(ENDED / 2)
    await logs.scan()
    assert logs.counted == once(first)
    logs.later(ENDED)
    await logs.scan()
    await logs.scan()
    assert logs.counted == once(first, ["panic: no"])


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log.1.zst"])
async def test_what_is_packed_is_known_again(logs: Folder, name: str) -> None:
    first = logs.write("app.log", 300)
    await logs.scan()
    late = logs.write("app.log", 40)
    logs.append("app.log", "the end")
    logs.rename("app.log", "app.log.1")
    logs.pack("app.log.1", name)
    logs.remove("app.log.1")
    await logs.scan()
    assert logs.counted == once(first, late, ["the end"])
    assert (await logs.scan()).read == 0


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log.1.zst"])
@pytest.mark.parametrize("known", [True, False])
async def test_while_it_is_packed_it_is_not_read_twice(logs: Folder, name: str, known: bool) -> None:
    first = logs.write("app.log.1", 3000)
    if known:
        await logs.scan()
    for share in (0.0, 0.001, 0.4, 0.9):
        logs.pack("app.log.1", name, of=share)
        await logs.scan()
    logs.pack("app.log.1", name)
    await logs.scan()
    logs.remove("app.log.1")
    await logs.scan()
    assert logs.counted == once(first)


async def test_what_is_being_packed_waits_where_its_original_is_not_looked_at(tmp_path: Path) -> None:
    logs = Folder(tmp_path, "*.log", "*.gz")
    first = logs.write("app.log", 3000)
    await logs.scan()
    logs.rename("app.log", "app.1")
    logs.pack("app.1", "app.1.gz", of=0.5)
    assert (await logs.scan()).read == 0
    logs.pack("app.1", "app.1.gz")
    await logs.scan()
    assert logs.counted == once(first)


def unopened(path: str) -> Opened:
    raise OSError(f"{path} was opened")


async def test_archives_are_read_once_and_opened_no_more(logs: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = logs.write("a.log.1", 10), logs.write("b.log.1", 10)
    logs.pack("a.log.1", "a.log.1.gz")
    logs.pack("b.log.1", "b.log.1.zst")
    logs.remove("a.log.1")
    logs.remove("b.log.1")
    logs.later(STILL)
    await logs.scan()
    monkeypatch.setattr(search, "Opened", unopened)
    scanned = await logs.scan()
    assert (scanned.streams, scanned.failed) == ((), ())
    logs.rename("a.log.1.gz", "a.log.2.gz")
    scanned = await logs.scan()
    assert [Path(each.path).name for each in scanned.streams] == ["a.log.2.gz"]
    assert scanned.failed == ()
    assert logs.counted == once(first, second)


async def test_a_broken_archive_is_told_and_read_as_far_as_it_goes(logs: Folder) -> None:
    lines = logs.write("app.log.1", 5000)
    logs.pack("app.log.1", "app.log.1.gz", of=0.5)
    logs.remove("app.log.1")
    logs.file("nothing.log.gz").write_bytes(b"\x1f\x8b\x08rubbish")
    logs.later(ENDED)
    scanned = await logs.scan()
    assert {Path(path).name for path, _ in scanned.failed} == {"app.log.1.gz", "nothing.log.gz"}
    assert 0 < logs.counted.total() < 5000
    assert logs.counted <= once(lines)


async def test_what_was_packed_and_kept_beside_is_not_read(logs: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = logs.write("app.log.1", 30)
    await logs.scan()
    logs.pack("app.log.1", "app.log.1.gz")
    logs.later(STILL)
    await logs.scan()
    with monkeypatch.context() as patched:
        patched.setattr(search, "Opened", unopened)
        assert (await logs.scan()).failed == ()
    logs.forgets()
    await logs.scan()
    logs.remove("app.log.1")
    await logs.scan()
    assert logs.counted == once(first)


HEADER = "#Software: a program that says much before it begins\n" + "#Fields: date time level message\n" * 20


@pytest.mark.parametrize("known", [True, False])
async def test_files_with_the_same_head_are_each_read(logs: Folder, known: bool) -> None:
    logs.append("a.log", HEADER)
    logs.append("b.log", HEADER)
    if known:
        await logs.scan()
    lines = logs.write("a.log", 3) + logs.write("b.log", 2)
    await logs.scan()
    logs.append("c.log", HEADER)
    await logs.scan()
    lines += logs.write("c.log") + logs.write("b.log") + logs.write("a.log")
    await logs.scan()
    logs.rename("a.log", "a.log.1")
    logs.append("a.log", HEADER)
    lines += logs.write("a.log")
    await logs.scan()
    logs.copy("b.log", "b.log.1")
    logs.cut("b.log")
    logs.append("b.log", HEADER)
    lines += logs.write("b.log", 9)
    await logs.scan()
    assert once(lines) == Counter({line: n for line, n in logs.counted.items() if line.startswith("line")})


async def test_a_file_reached_by_several_ways_is_read_once(tmp_path: Path) -> None:
    logs = Folder(tmp_path, "*.log", "app*", "**/*.log", "current")
    (tmp_path / "deep").mkdir()
    lines = logs.write("app-7.log", 3) + logs.write("deep/er.log", 2)
    logs.file("current").symlink_to(logs.file("app-7.log"))
    logs.file("also.log").hardlink_to(logs.file("app-7.log"))
    logs.file("nowhere.log").symlink_to(logs.file("gone"))
    scanned = await logs.scan()
    assert (scanned.files, scanned.failed) == (2, ())
    assert logs.counted == once(lines)
    assert {Path(each.path).name for each in logs.streams.records.values()} == {"also.log", "er.log"}


async def test_what_cannot_be_read_is_told_and_the_others_are_read(
    logs: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = logs.write("app.log", 3)
    logs.write("secret.log", 3)
    logs.file("folder.log").mkdir()
    os.mkfifo(logs.file("pipe.log"))
    opened = os.open

    def refused(path: str, flags: int) -> int:
        if path.endswith("secret.log"):
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr("services.logscan.files.os.open", refused)
    scanned = await logs.scan()
    assert scanned.failed == ((str(logs.file("secret.log")), "Permission denied"),)
    assert logs.counted == once(lines)


async def test_names_that_are_no_text_are_told(logs: Folder) -> None:
    Path(os.fsdecode(os.fsencode(logs.path) + b"/\xff.log")).write_text("line\n")
    ((name, _),) = (await logs.scan()).failed
    assert name.endswith(r"\udcff.log'")


# --- what happens while a scan is at it ---


async def test_a_file_that_vanishes_meanwhile_is_no_trouble(logs: Folder) -> None:
    lines = logs.write("app.log", 3)
    logs.write("gone.log", 3)
    logs.lines.during = lambda part: logs.remove("gone.log") if part.path.endswith("gone.log") else None
    scanned = await logs.scan()
    assert scanned.failed == ()
    assert logs.counted == once(lines)


@pytest.mark.parametrize("more", [0, 2, 60])
@pytest.mark.parametrize("known", [True, False])
async def test_what_is_copied_and_cut_meanwhile_counts_by_the_next_scan(logs: Folder, more: int, known: bool) -> None:
    lines = logs.write("app.log", 20)
    if known:
        await logs.scan()
        lines += logs.write("app.log", 10)

    def rotate(*_: object) -> None:
        logs.lines.during = lambda part: None
        logs.copy("app.log", "app.log.1")
        logs.cut("app.log")
        lines.extend(logs.write("app.log", more) if more else [])

    logs.lines.during = rotate
    await logs.scan()
    await logs.scan()
    assert logs.counted == once(lines)


async def test_what_is_renamed_meanwhile_counts_by_the_next_scan(logs: Folder) -> None:
    lines = logs.write("app.log", 20)

    def rotate(*_: object) -> None:
        logs.lines.during = lambda part: None
        logs.rename("app.log", "app.log.1")
        lines.extend(logs.write("app.log", 7))

    logs.lines.during = rotate
    await logs.scan()
    await logs.scan()
    assert logs.counted == once(lines)


async def test_what_grows_meanwhile_is_counted_once(logs: Folder) -> None:
    lines = logs.write("app.log", 5)
    logs.lines.during = lambda part: lines.extend(logs.write("app.log", 5))
    await logs.scan()
    logs.lines.during = lambda part: None
    await logs.scan()
    assert logs.counted == once(lines)


async def test_a_result_that_was_not_kept_is_found_again(logs: Folder) -> None:
    lines = logs.write("app.log", 5)
    lost = await logs.asked()
    again = await logs.asked()
    assert lost == again
    logs.keep(again)
    with pytest.raises(AssertionError):  # as the handler drops it
        logs.keep(lost)
    assert logs.counted == once(lines)


@pytest.mark.parametrize("known", [True, False])
async def test_what_begins_anew_as_it_began_before_is_not_taken_for_it(logs: Folder, known: bool) -> None:
    logs.append("app.log", HEADER)
    if known:
        await logs.scan()
    logs.write("app.log", 5)
    new: list[str] = []

    def begin_anew(*_: object) -> None:
        logs.lines.after = lambda part: None
        logs.cut("app.log")
        logs.append("app.log", HEADER)
        new.extend(logs.write("app.log", 50))

    logs.lines.after = begin_anew
    await logs.scan()
    await logs.scan()
    assert {line: logs.counted[line] for line in new} == dict.fromkeys(new, 1)


async def test_what_is_copied_and_cut_while_files_are_compared_waits(
    logs: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = logs.write("app.log", 20)
    logs.append("app.log.1", "something older\n")
    await logs.scan()
    lines += logs.write("app.log", 5)
    rotated: list[str] = []

    class Rotated(Opened):
        def __init__(self, path: str) -> None:
            if path.endswith(".1") and not rotated:
                rotated.append(path)
                logs.rename("app.log.1", "app.log.2")
                logs.copy("app.log", "app.log.1")
                logs.cut("app.log")
                lines.extend(logs.write("app.log", 2))
            super().__init__(path)

    monkeypatch.setattr(search, "Opened", Rotated)
    await logs.scan()
    assert rotated
    await logs.scan()
    assert logs.counted == once(lines, ["something older"])
