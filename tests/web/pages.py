"""What stands on a page that we serve."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

VOID = {"meta", "br", "img", "link", "input", "hr", "path", "rect", "use"}


@dataclass
class Link:
    href: str
    words: str = ""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.href).query, strict_parsing=True))

    @property
    def place(self) -> str:
        """The address without its query."""
        return self.href.partition("?")[0]


@dataclass
class Page(HTMLParser):
    """Reads well-formed HTML strictly: a tag left open is a mistake."""

    html: str
    language: str = ""
    words: list[tuple[str, str]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "a":
            self.links.append(Link(given.get("href") or ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open and self._open[-1] != "style":
            self.words.append((self._open[-1], " ".join(data.split())))
            if "a" in self._open:
                self.links[-1].words += data.strip()

    def all(self, tag: str) -> list[str]:
        return [words for where, words in self.words if where == tag]

    def leading_to(self, start: str) -> list[Link]:
        return [link for link in self.links if link.href.startswith(start)]
