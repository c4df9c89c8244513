from importlib import import_module

from django.apps import AppConfig


class SupportgroupsConfig(AppConfig):
    name = "supportgroups"
    verbose_name = "Steungroepen"

    def ready(self) -> None:
        import_module("supportgroups.listening")  # its receivers answer what happens to a participant
