"""What the documents share: their fonts and colours, and what of a text can be shown. The same document is the same
bytes.
"""

from datetime import datetime
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans"
INK, SOFT, RULE, TINT = (32, 36, 44), (110, 117, 128), (221, 225, 231), (243, 246, 249)
GREEN, AMBER, RED = (21, 128, 77), (161, 98, 7), (185, 28, 28)
LONGEST = 160  # signs of a value: two or three lines
SPACES = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\u00a0": " "})

Colour = tuple[int, int, int]


class Sheet(FPDF):
    """One page, from `left` on `wide` millimetres to be written on. `dated` is aware; it dates the file."""

    def __init__(
        self,
        size: tuple[float, float],
        *,
        left: float,
        title: str,
        author: str,
        language: str,
        dated: datetime,
    ) -> None:
        super().__init__(format=size)
        self.left, self.wide = left, size[0] - 2 * left
        self.c_margin = 0
        self.set_creation_date(dated)
        self.set_title(drawable(title))
        self.set_author(drawable(author))
        self.set_lang(language)
        self.set_auto_page_break(auto=False)
        self.add_font(FAMILY, fname=FONTS / "NotoSans-Regular.ttf")
        self.add_font(FAMILY, style="B", fname=FONTS / "NotoSans-Bold.ttf")
        self.add_page()

    def pen(self, size: float, colour: Colour, weight: str = "") -> None:
        self.set_font(FAMILY, weight, size)
        self.set_text_color(*colour)

    def hairline(self) -> None:
        """All across, where we are."""
        self.set_draw_color(*RULE)
        self.set_line_width(0.3)
        self.line(self.left, self.get_y(), self.left + self.wide, self.get_y())

    def stamp(self, words: str, right: float, top: float, colour: Colour) -> None:
        """In a box whose right edge is there."""
        self.pen(10.5, colour, "B")
        shown = drawable(words)
        wide = self.get_string_width(shown) + 8
        self.set_draw_color(*colour)
        self.set_line_width(0.5)
        self.rect(right - wide, top, wide, 9, round_corners=True, corner_radius=2)
        self.set_xy(right - wide, top)
        self.cell(wide, 9, shown, align="C")


def drawable(text: str) -> str:
    """What the font can show of it (Latin, Greek and Cyrillic), on one line."""
    return " ".join("".join(sign for sign in text.translate(SPACES) if ord(sign) in _signs()).split())


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


@cache
def _signs() -> frozenset[int]:
    pdf = FPDF()
    pdf.add_font(FAMILY, fname=FONTS / "NotoSans-Regular.ttf")
    found: set[int] = set()
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            found.update(font.cmap)
            font.close()
    return frozenset(found)
