"""How much processor time something took: a measure that holds on a machine that is busy with other things."""

import os
from collections import defaultdict
from pathlib import Path

import psycopg

from bench.place import World

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PROC = Path("/proc")


class Meter:
    """Processor seconds of a server and its database, with all their children. Zero where the system does not tell."""

    def __init__(self, server_pid: int, world: World) -> None:
        self.roots = [server_pid, _postmaster(world)]

    def seconds(self) -> float:
        if not PROC.is_dir():
            return 0.0
        children, ticks = _processes()
        return sum(_of_tree(root, children, ticks) for root in self.roots) / TICKS


def _postmaster(world: World) -> int:
    with psycopg.connect(world.superuser) as session:
        (folder,) = session.execute("select current_setting('data_directory')").fetchall()[0]
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


def _processes() -> tuple[dict[int, list[int]], dict[int, int]]:
    """Whose children there are, and how long each ran, with those of its children that are gone."""
    children: dict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue  # it ended just now
            children[int(fields[1])].append(int(folder.name))
            ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    return children, ticks


def _of_tree(root: int, children: dict[int, list[int]], ticks: dict[int, int]) -> int:
    return ticks.get(root, 0) + sum(_of_tree(child, children, ticks) for child in children[root])
