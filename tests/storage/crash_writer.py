"""Records arrivals without end and prints the id of each once it was acknowledged. Started to be killed."""

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

from storage.base import Storage
from storage.mongo import MongoStorage
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, RECORDS, said


def named(place: str) -> Storage:
    """The store in a file or at an address."""
    return MongoStorage(place, RECORDS, now=time.time) if "://" in place else SQLiteStorage(Path(place), RECORDS)


async def main(store: Storage) -> None:
    await store.open()
    numbers = count()

    async def record() -> None:
        for number in numbers:
            await store.record([said(number, f"telegram:{number % 7}")], at=AT)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(record() for _ in range(16)))


asyncio.run(main(named(sys.argv[1])))
