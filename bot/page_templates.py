"""The pages' templates in `bot/templates`: read once in a process, for whoever shows one."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

FOLDER = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True)


def page_template(name: str) -> Template:
    """A template by its file's name; it escapes all it is given. Raises jinja2.TemplateNotFound."""
    return _environment().get_template(name)
