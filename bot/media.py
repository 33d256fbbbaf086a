"""Links to media that we send to WhatsApp: Twilio fetches them from `GET /media/{token}`. A token is signed, expires,
and names one file.
"""

from collections.abc import Mapping

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.channels.base import Channel, File, MediaUnavailable
from domain.messages import Media, MediaKind

EXPIRES_SECONDS = 2 * 24 * 3600
"""Longer than a message is retried for in practice, short enough for a link that leaks."""
LARGEST = 16 * 1024 * 1024
"""WhatsApp's limit on media, bytes."""


class MediaLinks:
    def __init__(self, secret: str, public_url: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="media")
        self._public_url = public_url

    def url(self, media: Media) -> str:
        token = self._signer.dumps([media.channel, media.kind.value, media.ref, media.mime, media.name])
        return f"{self._public_url}/media/{token}"

    def read(self, token: str) -> Media:
        """Raises MediaUnavailable for what we did not sign, or too long ago."""
        try:
            channel, kind, ref, mime, name = self._signer.loads(token, max_age=EXPIRES_SECONDS)
            return Media(kind=MediaKind(kind), channel=channel, ref=ref, mime=mime, name=name)
        except (BadData, ValueError, TypeError):
            raise MediaUnavailable("no such link") from None


async def open_media(channels: Mapping[str, Channel], media: Media, limit: int = LARGEST) -> File:
    """The bytes of media from the channel it lies with. Raises MediaUnavailable, MediaNotNow."""
    channel = channels.get(media.channel)
    if channel is None:
        raise MediaUnavailable(f"{media.channel} is not configured")
    return await channel.fetch(media, limit)
