"""Structured logs without any content, name or address of a person; whatever breaks, also when that is the logging."""

import ast
import json
import logging
import logging.config
import sys
import threading
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

DEPTH = 12  # frames of an error that are told, the innermost
LEFT_OUT = "(text left out)"


class Structured(logging.Formatter):
    """One JSON object a line. It never raises: what cannot be written is said to be so.

    Messages of libraries keep what stands literally in their code; what they fill in, or put together themselves, may
    be a name or an address with a key. An exception is told by its class and places; its text may hold a row's values.
    """

    def format(self, record: logging.LogRecord) -> str:
        try:
            return json.dumps(_line(record))
        except Exception as error:
            return json.dumps({"level": "error", "event": "a line could not be written", "error": type(error).__name__})


class Out(logging.StreamHandler[TextIO]):
    """To standard error, whatever that is now. A line that does not get through leaves no traceback there instead."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:
        """Python's own prints the message, its arguments and every frame."""


def configure(config: dict[str, Any]) -> None:
    """What Django calls with settings.LOGGING: also for what Python says by itself, outside of any logger."""
    logging.config.dictConfig(config)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda told: _tell("nobody could catch an error", told.exc_value)
    threading.excepthook = lambda told: _tell("a thread broke", told.exc_value)


def _uncaught(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _tell("the process broke", error)


def _tell(event: str, error: BaseException | None) -> None:
    info = (type(error), error, error.__traceback__) if error is not None else None
    logging.getLogger("herstel").critical(event, exc_info=info)


def _line(record: logging.LogRecord) -> dict[str, Any]:
    ours = record.name.split(".")[0] == "herstel"
    line = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.getMessage() if ours else _literal(record),
        **getattr(record, "fields", {}),
    }
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__, limit=-DEPTH)
        line["error"] = type(error).__name__
        line["where"] = [f"{_place(frame.filename)}:{frame.lineno}" for frame in frames]
    return line


def _literal(record: logging.LogRecord) -> str:
    """The message when it is part of a program's text; otherwise the place in the program that wrote it."""
    if isinstance(record.msg, str) and record.msg in _texts_of(record.pathname):
        return record.msg
    return f"{_place(record.pathname)}:{record.lineno} {LEFT_OUT}"


@lru_cache(maxsize=500)
def _texts_of(file: str) -> frozenset[str]:
    """Every text that stands in this file of Python."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, ValueError, SyntaxError):
        return frozenset()
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def _place(file: str) -> str:
    """The last two parts of the path of a program; code that came from no file names itself anything."""
    return "/".join(Path(file).parts[-2:]) if file.startswith("/") and file.endswith(".py") else "(no file)"
