"""Kring: people around a person, chosen by that person."""

from herstel.celery import app as celery_app

__all__ = ["celery_app"]
