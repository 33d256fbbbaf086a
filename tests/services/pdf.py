"""Reads a receipt as a viewer would: the page's words, by the map to Unicode that each font in the file brings."""

import re
import zlib

_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def words(pdf: bytes) -> list[str]:
    """Every piece of text, in the order in which it is drawn."""
    fonts = [
        {
            int(glyph, 16): bytes.fromhex(sign).decode("utf-16-be")
            for glyph, sign in re.findall(r"<(\w+)> <(\w+)>", each)
        }
        for each in re.findall(r"beginbfchar(.*?)endbfchar", pdf.decode("latin-1"), re.DOTALL)
    ]
    found, font = [], 0
    for number, text in _SHOWN.findall(_page(pdf)):
        if number:
            font = int(number) - 1
            continue
        glyphs = re.sub(rb"\\(.)", lambda escaped: _ESCAPED.get(escaped[1], escaped[1]), text, flags=re.DOTALL)
        pairs = zip(glyphs[::2], glyphs[1::2], strict=True)
        found.append("".join(fonts[font][high * 256 + low] for high, low in pairs))
    return found


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def _page(pdf: bytes) -> bytes:
    start = re.search(rb"stream\r?\n(?=x\x9c)", pdf)
    assert start is not None
    return zlib.decompressobj().decompress(pdf[start.end() :])
