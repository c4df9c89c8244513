from django.apps import AppConfig


class GoalsConfig(AppConfig):
    name = "goals"
    verbose_name = "Doelen"

    def ready(self) -> None:
        from goals import listening

        assert listening
