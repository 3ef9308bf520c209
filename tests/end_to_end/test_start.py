"""What a command does not need is not imported: cron starts it many times a day, mostly for nothing."""

from __future__ import annotations

import subprocess
import sys

from tests.end_to_end.installation import sold

SCRIPT = """
import sys
from jobs.cli.main import main, run_job_main
sys.argv = {arguments!r}
try:
    {main}()
except SystemExit as end:
    assert end.code in (0, None), end.code
found = {{name.partition(".")[0] for name in sys.modules}} | {{name for name in sys.modules if "." in name}}
print(sorted(found & {heavy!r}), file=sys.stderr)
print([name for name in sys.modules if name.startswith("holidays.countries.")], file=sys.stderr)
"""
FOR_A_SCHEMA_CHANGE = {"alembic", "mako"}
FOR_ANOTHER_DATABASE = {"psycopg"}
FOR_THE_DAEMON = {"apscheduler"}
FOR_ACCESS_TOKENS = {"jwt", "cryptography"}
FOR_ANY_WORK = {"sqlalchemy", "pydantic", "jinja2", "asyncio", "ssl", "holidays", "sqlite3", "email"}
FOR_MORE_THAN_A_DAY = FOR_A_SCHEMA_CHANGE | FOR_ANOTHER_DATABASE | FOR_THE_DAEMON | FOR_ACCESS_TOKENS


def imported(main, arguments, heavy, folder):
    script = SCRIPT.format(main=main, arguments=[str(each) for each in arguments], heavy=heavy)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, check=True)
    return done.stderr.splitlines()


def test_a_run_with_nothing_due_imports_nothing_of_what_it_does_not_do(kigen):
    kigen.bring(sold("K-0001", term_start="2021-02-01"))
    kigen.run("all", "2021-03-03")  # has the day's letters written
    day = ["--date", "2021-03-03", "--config", kigen.config]

    assert imported("run_job_main", ["run-job", "all", *day], FOR_MORE_THAN_A_DAY, kigen.folder) == ["[]", "[]"]


def test_help_needs_none_of_what_does_the_work(tmp_path):
    heavy = FOR_MORE_THAN_A_DAY | FOR_ANY_WORK

    assert imported("main", ["kigen", "--help"], heavy, tmp_path)[:1] == ["[]"]
