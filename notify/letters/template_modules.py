"""Shared pieces made once for each part of a letter, however many of its files import them.

`{% from … import … with context %}` runs the imported file again each time, since it may see other variables each time.
Where all that the file can see are the letter's own data, it would come out the same, and is taken from the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template, TemplateError, TemplateNotFound, meta, nodes
from jinja2.environment import TemplateModule
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

MADE = "what was made for this part of the letter"  # no template can name it: it has spaces
_CHANGING = {"namespace", "cycler", "joiner", "lipsum"}  # what Jinja offers that is not the same each time


@dataclass(slots=True)
class Made:
    """The modules made while one part is rendered with these data."""

    data: Mapping[str, object]
    modules: dict[str, TemplateModule] = field(default_factory=dict)


class SharedTemplate(Template):
    """A template that is imported once for each part of a letter where that makes no difference."""

    def make_module(
        self,
        seen: dict[str, Any] | None = None,
        shared: bool = False,  # noqa: FBT001, FBT002 — Jinja's own signature
        own: Mapping[str, Any] | None = None,
    ) -> TemplateModule:
        """The module that `import` gets; `seen` and `own` are the importer's variables, as Jinja hands them over."""
        made = (seen or {}).get(MADE)
        if (
            not isinstance(made, Made)
            or self.name is None
            or not self._sees_data_alone(made.data, seen or {}, own or {})
        ):
            return super().make_module(seen, shared, own)
        if self.name not in made.modules:
            made.modules[self.name] = super().make_module(seen, shared, own)
        return made.modules[self.name]

    def _sees_data_alone(self, data: Mapping[str, object], seen: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        sharing = self.environment
        names = sharing.needs(str(self.name)) if isinstance(sharing, SharingEnvironment) else None
        return names is not None and all(_seen(name, seen, own) is data.get(name, missing) for name in names)


def _seen(name: str, seen: Mapping[str, Any], own: Mapping[str, Any]) -> object:
    value = own.get(name, missing)
    return seen.get(name, missing) if value is missing else value


class SharingEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates share what they import."""

    template_class = SharedTemplate

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._needs: dict[str, frozenset[str] | None] = {}

    def formatted(self, function: Callable[..., Any], *operands: Any) -> Any:
        """What a format of letters, a pure function, makes of its operands."""
        return function(*operands)

    def asking(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as a filter."""
        return function

    def needs(self, name: str) -> frozenset[str] | None:
        """The variables that the template and all that it refers to may ask for; None: nobody can tell."""
        if name not in self._needs:
            self._needs[name] = self._found_needs(name)
        return self._needs[name]

    def source(self, name: str) -> str:
        """The text of the template.

        Raises:
            TemplateError: there is none of that name.
        """
        if self.loader is None:
            raise TemplateNotFound(name)
        return self.loader.get_source(self, name)[0]

    def _found_needs(self, name: str) -> frozenset[str] | None:
        found = {"language"}  # filters read it without naming it
        names = [name]
        for each in names:  # grows while it is walked
            try:
                tree = self.parse(self.source(each))
            except TemplateError:  # said where it is used, if it is
                return None
            used = {node.name for node in tree.find_all(nodes.Name)}
            found |= meta.find_undeclared_variables(tree) | (used & self.globals.keys())
            others = list(meta.find_referenced_templates(tree))
            if None in others or found & _CHANGING:
                return None
            names += [other for other in others if other is not None and other not in names]
        return frozenset(found)
