"""Do the tests prove the rules? `python -m tests.mutants` makes each small wrong and asks the tests that should notice.

Nothing is written: each wrong lives in a process of its own, which imports the file as it would be with it.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import settings

from tests.mutants.mutations import mutants

settings.register_profile("wrongs", deadline=None)
ROOT = Path(__file__).parents[2]
LISTED = Path(__file__).with_name("survivors.txt")
QUICK = "-x -q -p no:cacheprovider -p no:xdist --assert=plain"
NEEDED = "aiosmtplib budoux freezegun holidays jinja2 openpyxl polib psycopg pydantic sqlalchemy"
SECONDS_FOR_ONE = 60  # a wrong that ends no loop is noticed, too
# Where the wrongs are made, and the tests that are asked, the quickest first.
PROOFS = {
    "contracts/rules": ("tests/contracts/rules", "tests/jobs/notices"),
    "jobs/notices": (
        "tests/jobs/notices",
        "tests/jobs/config/test_load.py",  # what a table of config.toml may say
        "tests/notify/letters/test_letters_golden.py",
        "tests/jobs/runs/test_explain.py",
    ),
    "notify/ledger/claims.py": (
        "tests/notify/ledger/test_claims.py",
        "tests/notify/delivery/test_pipeline.py",
        "tests/jobs/runs/test_several_machines.py",
    ),
}  # fmt: skip


def main() -> int:
    """0 where no wrong lived but those listed; 1 where one did."""
    options = _options()
    listed = set(_listed())
    ends_at = time.monotonic() + options.seconds
    os.chdir(ROOT)
    settings.load_profile("wrongs")
    for name in NEEDED.split():
        import_module(name)  # once for all wrongs' processes
    gc.freeze()  # which do not look through it
    unlisted: list[str] = []
    sound: set[str] = set()  # tests that pass where nothing is wrong
    for file, tests in _files(options.files):
        made = lived = left = 0
        if not _lives(file, ast.parse(file.read_text("utf-8")), [test for test in tests if test not in sound]):
            sys.exit(f"{file}: its tests fail without a wrong, too")
        sound |= set(tests)
        for index, mutant in enumerate(mutants(file.read_text("utf-8"))):
            if index % options.every:
                continue
            if time.monotonic() > ends_at:
                left += 1
                continue
            made += 1
            if _lives(file, mutant.tree, tests):
                lived += 1
                said = f"{file.relative_to(ROOT)}: {mutant}"
                unlisted += [said] if said not in listed else []
                _say(f"lives  {said} (line {mutant.line}){' listed' if said in listed else ''}")
        _say(f"{file.relative_to(ROOT)}: {made} made, {lived} live, {left} left for want of time")
    return 1 if unlisted else 0


def _files(names: Iterable[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for place, tests in PROOFS.items():
        for file in sorted((ROOT / place).glob("*.py")) or [ROOT / place]:
            if not names or any(str(file.relative_to(ROOT)).startswith(name) for name in names):
                own = f"{tests[0]}/test_{file.stem}.py"  # notices most, and soonest: values, which need no fixtures
                yield file, (f"--noconftest {own}", *tests) if (ROOT / own).exists() else tests


def _listed() -> Iterator[str]:
    """The wrongs that may live: a line each, under the line with their reason."""
    for line in LISTED.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _lives(file: Path, tree: ast.Module, tests: Iterable[str]) -> bool:
    """Whether no test notices what stands in that file now."""
    return all(_passes(file, tree, test) for test in tests)


def _passes(file: Path, tree: ast.Module, test: str) -> bool:
    child = os.fork()
    if not child:
        os._exit(_ask(file, tree, test))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _ask(file: Path, tree: ast.Module, test: str) -> int:
    signal.alarm(SECONDS_FOR_ONE)
    code_of = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if Path(loader.path) != file:
            return code_of(loader, name)
        return compile(tree, str(file), "exec", dont_inherit=True)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        return int(pytest.main([*QUICK.split(), *test.split()]))
    except Exception:  # noqa: BLE001  # a wrong may break what imports it, too: that is noticed
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", help="only files that begin so, like contracts/rules/terms.py")
    parser.add_argument("--every", type=int, default=1, help="make each so-manieth wrong of a file only")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="make no more after this time")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
