from importlib import import_module

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = "Bijeenkomsten"

    def ready(self) -> None:
        import_module("meetings.listening")  # its receivers answer the group's signals
