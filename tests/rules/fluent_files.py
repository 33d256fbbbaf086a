"""What is wrong with a set of Fluent files that say the same things in several languages."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

Texts = Mapping[str, frozenset[str]]  # a key (a message, a term, an attribute) and the names of its placeholders


class Placeholders(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


def placeholders(pattern: ast.Pattern) -> frozenset[str]:
    found = Placeholders()
    found.visit(pattern)
    return frozenset(found.names)


def read(source: str) -> tuple[dict[str, frozenset[str]], list[str]]:
    """Every key with its placeholders; and what is junk, or said twice, by its line and text."""
    texts: dict[str, frozenset[str]] = {}
    wrong: list[str] = []
    for entry in FluentParser().parse(source).body:
        line = source.count("\n", 0, entry.span.start) + 1 if entry.span else 0
        if isinstance(entry, ast.Junk):
            why = "; ".join(note.message or "" for note in entry.annotations)
            wrong.append(f"line {line}: junk: {(entry.content or '').strip().splitlines()[0]!r}: {why}")
        elif isinstance(entry, ast.Message | ast.Term):
            key = f"-{entry.id.name}" if isinstance(entry, ast.Term) else entry.id.name
            if key in texts:
                wrong.append(f"line {line}: {key} is there twice")
            texts[key] = placeholders(entry.value) if entry.value else frozenset()
            texts.update({f"{key}.{a.id.name}": placeholders(a.value) for a in entry.attributes})
    return texts, wrong


def differences(languages: Mapping[str, Texts]) -> Iterator[str]:
    for key in sorted({key for texts in languages.values() for key in texts}):
        absent = [language for language, texts in languages.items() if key not in texts]
        if absent:
            yield f"{key}: missing in {', '.join(absent)}"
            continue
        everywhere = frozenset.intersection(*(texts[key] for texts in languages.values()))
        for language, texts in languages.items():
            for name in sorted(texts[key] - everywhere):
                yield f"{key}: only {language} has ${name}"


def problems(folder: Path) -> list[str]:
    """Everything wrong with the `.ftl` files in a folder, each by file and key."""
    languages: dict[str, Texts] = {}
    found: list[str] = []
    for path in sorted(folder.glob("*.ftl")):
        languages[path.name], wrong = read(path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {what}" for what in wrong]
    return found + list(differences(languages))
