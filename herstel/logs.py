"""Structured logs without any content, name or address of a person."""

import json
import logging
import traceback
from datetime import UTC, datetime


class Structured(logging.Formatter):
    """One JSON object a line.

    Messages of libraries keep their template only: what they would fill in may be a name or an address. An exception
    is told by its class and places; its text may hold a row's values.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.split(".")[0] == "herstel"
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if ours else str(record.msg),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)[-12:]
            line["error"] = type(error).__name__
            line["where"] = [
                f"{f.filename.rsplit('/', 2)[-2]}/{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames
            ]
        return json.dumps(line, ensure_ascii=False)
