"""The report of a version as its page shows it."""

from typing import Any

from research.columns import FILES
from research.models import Export
from research.report import SMALL


def report_of(export: Export) -> dict[str, Any]:
    """Counts per value with the small ones marked, k, and what changed; empty when there is none."""
    kept = export.report
    if not kept:
        return {}
    meanings = {(file.name, c.name): c.meaning for file in FILES for c in file.columns}
    files = [
        {
            "name": file["name"],
            "columns": [
                {
                    "name": column["column"],
                    "meaning": meanings.get((file["name"], column["column"]), ""),
                    "values": [{"value": v, "people": n, "small": n < SMALL} for v, n in column["values"]],
                }
                for column in file["columns"]
            ],
        }
        for file in kept["files"]
    ]
    small = sum(value["small"] for file in files for column in file["columns"] for value in column["values"])
    return {"files": files, "small": small, "anonymity": kept["anonymity"], "since": _since(export, kept["since"])}


def _since(export: Export, since: dict[str, Any]) -> dict[str, Any]:
    if not since:
        return {}
    now = export.manifest.get("files", {})
    rows = [
        {"name": name, "before": before, "now": now[name]["rows"], "more": now[name]["rows"] - before}
        for name, before in since["rows"].items()
        if name in now and name != "codeboek.csv"
    ]
    return {**since, "rows": rows}
