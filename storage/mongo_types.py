"""What Motor gives us, by short names: for annotations alone, so that Motor is imported only where it is used."""

from typing import TYPE_CHECKING, Any

Document = dict[str, Any]

if TYPE_CHECKING:
    from motor.motor_asyncio import (
        AsyncIOMotorClient,
        AsyncIOMotorClientSession,
        AsyncIOMotorCollection,
        AsyncIOMotorDatabase,
    )

    Client = AsyncIOMotorClient[Document]
    Collection = AsyncIOMotorCollection[Document]
    Database = AsyncIOMotorDatabase[Document]
    Session = AsyncIOMotorClientSession
