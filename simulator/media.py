"""Files in memory: what phones and the service send, with one cap for all of them; and the samples phones send."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simulator.model import Json

SAMPLES = Path(__file__).parent / "samples"
KINDS = {
    "photo": ("foto.jpg", "image/jpeg"),
    "voice": ("pesan-suara.ogg", "audio/ogg"),
    "document": ("bukti-transfer.pdf", "application/pdf"),
    "sticker": ("stiker.webp", "image/webp"),
}


@dataclass(frozen=True, slots=True)
class Media:
    """One stored file."""

    id: str
    data: bytes
    type: str
    name: str
    kind: str

    @property
    def url(self) -> str:
        """Where the page finds it."""
        return f"/sim/media/{self.id}"

    def to_json(self) -> Json:
        """The contract's media."""
        return {"url": self.url, "type": self.type, "name": self.name}


class MediaStore:
    """Keeps files until the cap is reached, then forgets the oldest."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._size = 0
        self._files: dict[str, Media] = {}

    def put(self, data: bytes, type: str, name: str, kind: str) -> Media:
        """Stores a file and returns it with its new id."""
        media = Media(secrets.token_hex(16), data, type, name, kind)
        self.restore(media)
        return media

    def restore(self, media: Media) -> None:
        """Puts a file back under the id it had."""
        self._files[media.id] = media
        self._size += len(media.data)
        while self._size > self._cap and len(self._files) > 1:
            oldest = next(iter(self._files))
            self._size -= len(self._files.pop(oldest).data)

    def get(self, media_id: str) -> Media | None:
        """The file, or None if it never was or was forgotten."""
        return self._files.get(media_id)

    def all(self) -> list[Media]:
        """Every file still kept."""
        return list(self._files.values())

    def clear(self) -> None:
        """Forgets everything."""
        self._files.clear()
        self._size = 0


@cache
def sample(kind: str) -> bytes:
    """The bytes of the file a phone sends for this kind; raises KeyError for a kind that phones do not have."""
    return (SAMPLES / f"{kind}{Path(KINDS[kind][0]).suffix}").read_bytes()
