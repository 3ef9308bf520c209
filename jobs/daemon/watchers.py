"""What [monitoring] asks for, beside the daemon: begun with each configuration, told of each run, and ended."""

from __future__ import annotations

from jobs.app import App
from jobs.daemon.pulse import Pulse
from jobs.daemon.session import RunEnded
from jobs.monitoring.endpoint import Watcher, watchers
from jobs.monitoring.look import shared


class Monitoring:
    """/metrics and /healthz, the file for node_exporter, the sign of life: those that are configured."""

    def __init__(self) -> None:
        self._watchers: tuple[Watcher, ...] = ()

    async def begin(self, app: App, pulse: Pulse) -> None:
        """Starts them as this configuration wants them."""
        del pulse  # the service manager is told of it; what is asked over HTTP is read from the database
        # They read the database through an engine of their own, and never write to it.
        self._watchers = watchers(app.settings, shared(App(app.settings, read_only=True).look.taken))
        for each in self._watchers:
            await each.start()

    async def ran(self, run: RunEnded) -> None:
        """A run that was stopped on request is neither good nor failed: it begins again."""
        if not run.is_stopped:
            for each in self._watchers:
                await each.after_run(run.job, run.as_of, run.error)

    async def end(self) -> None:
        """Stops them."""
        for each in self._watchers:
            await each.stop()
        self._watchers = ()
