"""The same words in several languages: what a catalog says to people."""

from collections.abc import Mapping

Localized = Mapping[str, str]
"""The same words by language code; always has "id" and "en"."""


def words(localized: Localized, language: str) -> str:
    """The words in that language, in Bahasa Indonesia where it has none."""
    return localized.get(language) or localized["id"]
