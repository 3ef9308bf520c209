"""Public holidays of one country, from the package that keeps up with the law."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import cast

from holidays import registry


def has_holidays(country: str) -> bool:
    """Whether the package knows the country by that code."""
    return country in registry.EntityLoader.get_country_codes()


def public_holidays(country: str) -> Container[date]:
    """The days of a country that `has_holidays`.

    Its own module alone is loaded: the package of all countries imports each of them, which costs a run with nothing
    to do a tenth of its time.
    """
    name = next(module for module, names in registry.COUNTRIES.items() if country in names[1:])
    file = Path(registry.__file__).with_name("countries") / f"{name}.py"
    spec = spec_from_file_location(f"holidays.countries.{name}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"the package holidays has no {file}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Container[date]", getattr(module, country)())
