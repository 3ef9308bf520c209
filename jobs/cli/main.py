"""The command line: which commands there are, where each lives, and what each failure becomes for the caller."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from jobs import __version__
from jobs.errors import Exit

# Each command's module is imported when it is used, so that `--help` and cron's one-shots start fast.
COMMANDS = {  # where each lives, and what `--help` says of it
    "adopt": ("jobs.cli.control:adopt", "Take over a database that came from another machine or a backup."),
    "approve": ("jobs.cli.approval:approve", "Release notices that wait for approval."),
    "baseline": ("jobs.cli.book:baseline", "Say from which day this installation is responsible."),
    "bounce": ("jobs.cli.bounce:bounce", "Read delivery reports: what came back, and why."),
    "daemon": ("jobs.cli.daemon:daemon", "Run the jobs at their times and deliver, until told to stop."),
    "db": ("jobs.cli.database:db", "Make, upgrade, check, back up and move the database."),
    "decline": ("jobs.cli.book:decline", "Record that the customer will not continue."),
    "demo": ("jobs.cli.demo:demo", "See it all at work with a sample book: no set-up, no server."),
    "doctor": ("jobs.cli.doctor:doctor", "Check everything that has to be right before a notice can go out."),
    "evidence": ("jobs.cli.evidence:evidence", "What was sent, when, to whom, and the proof of it, in one file."),
    "explain": ("jobs.cli.explain:explain", "Why a line gets which notice when, or none."),
    "feed": ("jobs.cli.feed:feed", "Import the files that lie in the drop folder."),
    "forecast": ("jobs.cli.outlook:forecast", "Which notices go out on which day from today on."),
    "forget": ("jobs.cli.retention:forget", "Forget an account's people at their request."),
    "import": ("jobs.cli.book:import_book", "Read the book of contracts from CSV or XLSX."),
    "ledger": ("jobs.cli.ledger:ledger", "Whether the ledger is as it was written: its chain of hashes."),
    "metrics": ("jobs.cli.metrics:metrics", "How things stand, for Prometheus."),
    "legal-hold": ("jobs.cli.retention:legal_hold", "Keep a contract's or an account's records from purge and forget."),
    "notices": ("jobs.cli.notices:notices", "The ledger: what was sent, held, skipped, and why."),
    "pause": ("jobs.cli.control:pause", "Stop all sending."),
    "preview": ("jobs.cli.outlook:preview", "The mails that would be sent, as a page to look at."),
    "purge": ("jobs.cli.retention:purge", "Take texts and addresses off notices whose time is over."),
    "release": ("jobs.cli.book:release", "Record that licences were released."),
    "resume": ("jobs.cli.control:resume", "Start sending again."),
    "run-job": ("jobs.cli.run:run_job", "Run one job, once."),
    "runs": ("jobs.cli.run:runs", "The history of runs."),
    "send-test": ("jobs.cli.control:send_test", "Send one mail the way the notices go."),
    "templates": ("jobs.cli.templates:templates", "Check the letters' templates."),
}
MEANING = "jobs.database.failures:sentence_and_status"  # of what failed


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """The names, in the order of the help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — click's signature
        """The command, imported now; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = _fetched(COMMANDS[cmd_name][0])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 — click's signature
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in sorted(COMMANDS.items())])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First look:  kigen demo",
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Default: $KIGEN_CONFIG, then ./config.toml.", metavar="FILE"
)
@click.option("--language", type=click.Choice(["en", "ja"]), help="Of what is said here. Default: by $LANG.")
@click.version_option(__version__, prog_name="kigen")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, language: str | None) -> None:  # noqa: ARG001 — jobs/cli/access.py
    """Kigen sends the dated notices of licences sold by the term: the right letter, to the right owner, on the day, once."""  # noqa: E501 — one sentence of help
    ctx.obj = config


def main(arguments: Sequence[str] | None = None) -> None:
    """`kigen …`."""
    _end_with_status_of(list(sys.argv[1:] if arguments is None else arguments))


def run_job_main() -> None:
    """`run-job …`, the same as `kigen run-job …`."""
    _end_with_status_of(["run-job", *sys.argv[1:]])


def _end_with_status_of(arguments: list[str]) -> NoReturn:
    # Nearly all that a run makes is in use, or freed at once: to look for the rest as often as Python does by itself
    # took a fifth of a run with nothing due.
    gc.set_threshold(20_000, 20)
    sys.exit(status_of(arguments))


def status_of(arguments: list[str]) -> int:
    """Runs a command and returns its exit status; what failed is said in one sentence on stderr."""
    try:
        result: Any = cli.main(_common_first(arguments), prog_name="kigen", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("Stopped.\n")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone; nothing more can be said
        return Exit.DONE
    except Exception as error:
        found = _fetched(MEANING)(error)
        if found is None:
            raise
        sys.stderr.write(f"kigen: {found[0]}\n")
        return int(found[1])
    return result if isinstance(result, int) else Exit.DONE


def _fetched(place: str) -> Any:
    """What stands there, imported now: the one place that imports late."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _common_first(arguments: list[str]) -> list[str]:
    """The same arguments with --config and --language in front, where they belong: users type them anywhere."""
    for option in ("--config", "--language"):
        arguments = _first(option, arguments)
    return arguments


def _first(option: str, arguments: list[str]) -> list[str]:
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == option and index + 1 < len(arguments):
            return [*arguments[index : index + 2], *arguments[:index], *arguments[index + 2 :]]
        if argument.startswith(f"{option}="):
            return [argument, *arguments[:index], *arguments[index + 1 :]]
    return arguments


if __name__ == "__main__":
    main()
