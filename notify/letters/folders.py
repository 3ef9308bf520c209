"""Where letters' templates lie: the reseller's own folders, those for one partner or account, then the shipped ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

VARIANTS = ("accounts", "partners")  # the folders of a reseller's directory that hold letters for some customers only

_NOT_A_NAME = re.compile(r"[\W_]+")


def shipped_templates() -> Path:
    """The project's own templates: inside the package when installed, else beside it in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def variants_of(account_number: str, partner_name: str = "") -> tuple[str, ...]:
    """What a letter to that account may be called by, the nearest first: `accounts/98765432`, `partners/sample-sales`.

    These are names to look up among the folders that there are, not paths.
    """
    named = zip(VARIANTS, (account_number, partner_name), strict=True)
    return tuple(f"{group}/{_slug(name)}" for group, name in named if _slug(name))


class Folders:
    """The directories that are searched: `own` in order, the shipped one last.

    What a variant may be is read from the disk once; a name from a customer's data only chooses among these folders.
    """

    def __init__(self, own: Sequence[Path]) -> None:
        self.own = tuple(own)
        self.shipped = shipped_templates()
        self._variants: dict[str, list[Path]] = {}
        for folder in _variant_folders(self.own):
            self._variants.setdefault(f"{folder.parent.name}/{_slug(folder.name)}", []).append(folder)

    @property
    def all(self) -> tuple[Path, ...]:
        """Every directory, first searched first."""
        return (*self.own, self.shipped)

    @property
    def variants(self) -> list[str]:
        """The variants that have a folder of their own."""
        return sorted(self._variants)

    def known(self, variants: Iterable[str]) -> tuple[str, ...]:
        """Those of the variants that have a folder, each in its spelling here."""
        spelled = (f"{group}/{_slug(name)}" for group, _, name in (each.partition("/") for each in variants))
        return tuple(dict.fromkeys(each for each in spelled if each in self._variants))

    def search_path(self, variants: Iterable[str]) -> tuple[Path, ...]:
        """The directories for a letter to whom these variants belong; the variants' folders come first."""
        special = [folder for variant in self.known(variants) for folder in self._variants[variant]]
        return (*special, *self.all)


def files_of(folder: Path) -> list[str]:
    """Names of the templates of a directory, from its top, without what belongs to variants."""
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    is_variant = folder.parent.name in VARIANTS
    return [name for name in found if is_variant or name.split("/", 1)[0] not in VARIANTS]


def _variant_folders(own: Sequence[Path]) -> Iterable[Path]:
    for directory in own:
        for group in VARIANTS:
            if (directory / group).is_dir():
                yield from (
                    each for each in sorted((directory / group).iterdir()) if each.is_dir() and _slug(each.name)
                )


@lru_cache(4096)  # the lines of an account follow each other
def _slug(name: str) -> str:
    """The name as it is compared: a folder may be called as the partner is, or as one would write it by hand."""
    return _NOT_A_NAME.sub("-", unicodedata.normalize("NFKC", name).casefold()).strip("-")
