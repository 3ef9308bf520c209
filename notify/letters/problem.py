"""What is wrong with a template: said in one way, wherever it is found."""

from __future__ import annotations

from notify.errors import NotifyError


class TemplateProblem(NotifyError):  # noqa: N818 - it is also listed as a finding, not only raised
    """A template cannot be used. `template` is the file's path, or the name that was looked for in vain."""

    def __init__(self, template: str, line: int | None, message: str) -> None:
        super().__init__(template, line, message)
        self.template = template
        self.line = line
        self.message = message

    def __str__(self) -> str:
        place = self.template if self.line is None else f"{self.template}, line {self.line}"
        return f"{place}: {self.message}"
