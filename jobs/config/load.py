"""config.toml and the environment → frozen settings. The only file that reads either."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from jobs.config.settings import Settings, settings_with
from jobs.config.values import LANGUAGE
from jobs.errors import KigenError
from jobs.notices.listing import NOTICES
from jobs.notices.notice import Notice

PREFIX = "KIGEN_"
CONFIG_VARIABLE = "KIGEN_CONFIG"
LANGUAGES_VARIABLE = "KIGEN_TEMPLATES__LANGUAGES"
DEFAULT_FILE = Path("config.toml")
OWN_KEYS = {"folder", "credentials", "password_in_file"}  # of Settings, not of config.toml


class ConfigError(KigenError):
    """The configuration cannot be used; the sentence names file, key, value and what is allowed."""


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Where the service manager listens, "" for nobody; and how soon it wants a sign of life, None for never."""

    address: str = ""
    watchdog_seconds: float | None = None


def load_settings(
    file: Path | None, environment: Mapping[str, str] | None = None, notices: tuple[Notice[Any], ...] = NOTICES
) -> Settings:
    """The settings of an installation with these notices: defaults, then the file, then the environment.

    `file` None means $KIGEN_CONFIG, then ./config.toml, and the defaults alone where neither is there.

    Raises:
        ConfigError: a file that was asked for is missing or unreadable, or a value is not allowed.
    """
    environment = os.environ if environment is None else environment  # noqa: TID251 — the one place
    chosen = file or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    if chosen is None and DEFAULT_FILE.is_file():
        chosen = DEFAULT_FILE
    values = _read(chosen) if chosen is not None else {}
    written = values.get("smtp")
    own = {
        "folder": chosen.parent if chosen is not None else Path(),
        "credentials": environment.get("CREDENTIALS_DIRECTORY") or None,
        "password_in_file": chosen if isinstance(written, dict) and written.get("password") else None,
    }
    model = settings_with(notices, _further_languages(values, environment))
    _overlay(values, environment, model)
    source = str(chosen) if chosen is not None else "configuration"
    try:
        return model.model_validate(values | own)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{source}: {_sentence(problem)}" for problem in error.errors())) from None


def terminal_language(environment: Mapping[str, str] | None = None) -> str:
    """The language of who sits at the terminal, "ja" or "en", by the locale's variables (POSIX, XBD 8.2)."""
    environment = os.environ if environment is None else environment  # noqa: TID251 — the one place
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ja" if next(filter(None, named), "").startswith("ja") else "en"


def has_display(environment: Mapping[str, str] | None = None, system: str = sys.platform) -> bool:
    """Whether who sits at the terminal can see a window; on Linux a browser would else take the terminal itself."""
    environment = os.environ if environment is None else environment  # noqa: TID251 — the one place
    return system in {"darwin", "win32"} or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def service_manager(environment: Mapping[str, str] | None = None) -> ServiceManager:
    """Who started this process as a service and wants to hear of it (sd_notify(3), sd_watchdog_enabled(3))."""
    environment = os.environ if environment is None else environment  # noqa: TID251 — the one place
    microseconds = environment.get("WATCHDOG_USEC", "")
    is_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    wants_to_hear = microseconds.isdecimal() and int(microseconds) > 0 and is_for_us
    return ServiceManager(
        address=environment.get("NOTIFY_SOCKET", ""),
        watchdog_seconds=int(microseconds) / 1_000_000 if wants_to_hear else None,
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: expected UTF-8, found another encoding at byte {error.start}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    for key in OWN_KEYS & values.keys():
        raise ConfigError(f"{file}: {key}: no such key")
    return values


def _further_languages(values: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, ...]:
    """What [templates] says, before it is checked: a language can have a table of its own in [sender]."""
    table = values.get("templates")
    written = environment.get(LANGUAGES_VARIABLE)
    said = _toml_value(written) if written else table.get("languages") if isinstance(table, dict) else None
    return tuple(each for each in said if LANGUAGE.fullmatch(str(each))) if isinstance(said, list) else ()


def _overlay(values: dict[str, Any], environment: Mapping[str, str], settings: type[Settings]) -> None:
    """Puts KIGEN_SECTION__KEY into the values; a name that is no key is an error, a mistyped one would be silence."""
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        here = values
        model: type[BaseModel] = settings
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        for table in tables:
            found = _key_of(model, table)
            inner = model.model_fields[found[1]].annotation if found else None
            if found is None or not (isinstance(inner, type) and issubclass(inner, BaseModel)):
                raise ConfigError(f"environment: {name}: no such key in config.toml")
            here, model = here.setdefault(found[0], {}), inner
            if not isinstance(here, dict):
                raise ConfigError(f"environment: {name}: config.toml has {found[0]} as a value, not as a table")
        found = _key_of(model, key)
        if found is None or found[1] in OWN_KEYS:
            raise ConfigError(f"environment: {name}: no such key in config.toml")
        value = _toml_value(text)
        is_text = model.model_fields[found[1]].annotation in (str, SecretStr) and not isinstance(value, str)
        here[found[0]] = text if is_text else value  # a password may be all digits


def _key_of(model: type[BaseModel], name: str) -> tuple[str, str] | None:
    """The key in config.toml and the field that an environment variable's part means."""
    for field, about in model.model_fields.items():
        key = about.alias or field
        if key.replace("-", "_") == name:
            return key, field
    return None


def _toml_value(text: str) -> object:
    """Numbers, lists and truth values as TOML writes them; anything else is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _sentence(problem: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        *table, name = problem["loc"]
        is_language = table == ["sender"] and LANGUAGE.fullmatch(str(name))
        return f"{key}: no such key{'; name the language in templates.languages' if is_language else ''}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    is_told = "found" in message or key == "smtp.password"
    found = "" if is_told else f", found {problem['input']!r}"
    return f"{key}: {message[0].lower()}{message[1:]}{found}"
