from importlib import import_module

from django.apps import AppConfig


class ResearchConfig(AppConfig):
    name = "research"
    verbose_name = "Onderzoek"

    def ready(self) -> None:
        import_module("research.listening")  # its receivers answer what happens to a job
