"""`python -m benchmarks.bare DATABASE PORT`: the same mails sent by bare aiosmtplib connections, nothing recorded.

The mails are those that wait in a SQLite database of kigen; they are in memory before the time runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from pathlib import Path

from aiosmtplib import SMTP

MAILS = "SELECT m.sender, e.address, m.raw FROM envelopes AS e JOIN messages AS m ON m.id = e.message_id"


async def send(port: int, connections: int, mails: list[tuple[str, str, bytes]]) -> None:
    """Sends them all, each connection one mail after another."""
    waiting = iter(mails)

    async def one_connection() -> None:
        client = SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)
        await client.connect()
        for sender, address, raw in waiting:
            await client.sendmail(sender, [address], raw)
        await client.quit()

    await asyncio.gather(*(one_connection() for _ in range(connections)))


def main() -> None:
    """Sends as the arguments say, and prints what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare", description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=8)
    asked = parser.parse_args()
    connection = sqlite3.connect(f"{asked.database.absolute().as_uri()}?mode=ro", uri=True)
    mails = connection.execute(MAILS).fetchall()
    connection.close()
    began, cpu = time.perf_counter(), time.process_time()
    asyncio.run(send(asked.port, asked.connections, mails))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"mails": len(mails), "seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()
