"""The program as it is installed from its wheel: away from the checkout, with its templates and migrations inside."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def run(*command, folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KIGEN_", "PYTHON"))}
    return subprocess.run(
        list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environment
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of commands of an environment that has this wheel and, for the rest, what the tests' one has."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = run(
        *pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, CHECKOUT, folder=folder
    )
    assert built.returncode == 0, built.stderr
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    program = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("kigen-*.whl")
    done = run(*pip, "--python", program, "install", "--no-deps", "--no-index", wheel, folder=folder)
    assert done.returncode == 0, done.stderr
    # Only a path: the .pth files that lie there, the checkout's own among them, are not followed.
    libraries = run(
        program, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder
    ).stdout.strip()
    (Path(libraries) / "tests.pth").write_text(sysconfig.get_path("purelib"))
    return program.parent


def test_the_wheel_brings_its_own_code_and_templates(installed, tmp_path):
    script = "import jobs, notify.letters.folders as f; print(jobs.__file__); print(f.shipped_templates())"

    told = run(installed / "python", "-c", script, folder=tmp_path)

    assert all(line.startswith(str(installed.parent)) for line in told.stdout.split()), told
    assert len(told.stdout.split()) == 2


def test_the_demo_runs_from_any_folder(installed, tmp_path):
    done = run(installed / "kigen", "demo", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "mails lie in" in done.stdout
    assert (tmp_path / "demo" / "preview" / "index.html").is_file()
    assert (tmp_path / "demo" / "forecast" / "style.css").is_file()
    assert len(list((tmp_path / "demo" / "maildir" / "new").iterdir())) > 50


def test_run_job_is_a_command_of_its_own(installed, tmp_path):
    done = run(installed / "run-job", "--help", folder=tmp_path)

    assert done.returncode == 0
    assert "renewal-notice" in done.stdout
