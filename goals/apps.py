from importlib import import_module

from django.apps import AppConfig


class GoalsConfig(AppConfig):
    name = "goals"
    verbose_name = "Doelen"

    def ready(self) -> None:
        import_module("goals.listening")  # its receivers answer the group's signals
