"""A program that writes a log and rotates it, in each of the ways that are common."""

import gzip
import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import zstandard

Rotate = Callable[[Path, int], None]
"""Puts a log out of the way, the so manieth time."""


def numbered(number: int) -> str:
    return f"line {number}"


class Writer(threading.Thread):
    """Writes whole lines by single writes, and rotates in its way each so many lines, until it is stopped. `pause` is
    in seconds.
    """

    def __init__(
        self,
        folder: Path,
        rotate: Rotate,
        *,
        seed: int,
        line: Callable[[int], str] = numbered,
        lines: tuple[int, int] = (20, 120),
        pause: float = 0,
    ) -> None:
        super().__init__(daemon=True)
        self._log = folder / "app.log"
        self._rotate = rotate
        self._line = line
        self._lines = lines
        self._pause = pause
        self._random = random.Random(seed)
        self._over = threading.Event()
        self.written = 0
        self.rotations = 0

    def run(self) -> None:
        while not self._over.is_set():
            file = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                for _ in range(self._random.randint(*self._lines)):
                    self.written += 1
                    padding = "x" * self._random.choice((0, 0, 30, 900))
                    os.write(file, f"{self._line(self.written)} {padding}\n".encode())
                    if self._over.is_set():
                        return
                    time.sleep(self._pause)
            finally:
                os.close(file)
            self.rotations += 1
            self._rotate(self._log, self.rotations)

    def stop(self) -> None:
        self._over.set()
        self.join(10)


def renaming(log: Path, number: int) -> None:
    for each in range(number - 1, 0, -1):
        log.with_name(f"app.log.{each}").rename(log.with_name(f"app.log.{each + 1}"))
    log.rename(log.with_name("app.log.1"))


def copying(log: Path, number: int) -> None:
    shutil.copyfile(log, log.with_name(f"app.log.{number}"))
    os.truncate(log, 0)


def packing(log: Path, number: int) -> None:
    old = log.with_name(f"app.log.{number}")
    log.rename(old)
    with old.open("rb") as plain, gzip.open(f"{old}.gz", "wb") as packed:
        while data := plain.read(2000):
            packed.write(data)
            packed.flush()
    old.unlink()


def copying_and_packing(log: Path, number: int) -> None:
    old = log.with_name(f"app.log.{number}")
    shutil.copyfile(log, old)
    os.truncate(log, 0)
    if number > 1:
        before = log.with_name(f"app.log.{number - 1}")
        log.with_name(f"app.log.{number - 1}.zst").write_bytes(zstandard.compress(before.read_bytes()))
        before.unlink()


WAYS: tuple[Rotate, ...] = (renaming, copying, packing, copying_and_packing)
