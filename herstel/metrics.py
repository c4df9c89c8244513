"""Figures for Prometheus: pages, jobs and mails by kind; never by person."""

import os

# Each process counts in files of this directory, which must be there before the first counter is made.
if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.makedirs(directory, exist_ok=True)

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

PAGES = Counter("kring_pages", "Pages answered", ["method", "route", "status"])
SECONDS = Histogram("kring_page_seconds", "Time to answer", buckets=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5))


def observe(method: str, route: str, status: int, seconds: float) -> None:
    PAGES.labels(method, route, str(status)).inc()
    SECONDS.observe(seconds)


def text(gauges: dict[str, int]) -> bytes:
    """All figures of all processes, with these gauges beside them."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(PAGES)
        registry.register(SECONDS)
    for name, value in gauges.items():
        Gauge(name, name.replace("_", " "), registry=registry).set(value)
    return generate_latest(registry)
