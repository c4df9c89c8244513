"""The numbers to begin with. Nobody has looked at them yet: /beheer/ asks for that."""

from typing import Any, ClassVar

from django.db import migrations

LINES = [
    {
        "number": "112",
        "question": "Is er gevaar?",
        "question_en": "Are you in danger?",
        "words": "Bel 112. Zeg waar je bent en wat er is.",
        "words_en": "Call 112. Say where you are and what is wrong.",
        "short": "bij gevaar",
        "short_en": "in danger",
        "position": 1,
        "hard": True,
    },
    {
        "number": "113",
        "question": "Denk je aan zelfmoord?",
        "question_en": "Are you thinking of suicide?",
        "words": "Bel 113. Dat kan dag en nacht, en het is gratis. Je hoeft je naam niet te zeggen.",
        "words_en": "Call 113. Day and night, and it is free. You do not have to say your name.",
        "short": "dag en nacht, gratis",
        "short_en": "day and night, free",
        "position": 2,
        "hard": True,
    },
    {
        "number": "088 0767 000",
        "question": "Wil je even praten?",
        "question_en": "Do you want to talk?",
        "words": "Bel de Luisterlijn. Dat kan dag en nacht. Het kost niet meer dan gewoon bellen.",
        "words_en": "Call the Luisterlijn. Day and night. It costs no more than any other call.",
        "short": "de Luisterlijn",
        "short_en": "the Luisterlijn",
        "position": 3,
    },
    {
        "number": "030 760 60 55",
        "question": "Steun jij iemand?",
        "question_en": "Do you support somebody?",
        "words": "Bel de Mantelzorglijn. Voor vragen, of om even te praten. Op werkdagen.",
        "words_en": "Call the Mantelzorglijn. For questions, or just to talk. On working days.",
        "short": "de Mantelzorglijn",
        "short_en": "the Mantelzorglijn",
        "position": 4,
        "for_members": True,
    },
]


def add(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model("herstel", "HelpLine")
    model.objects.bulk_create(model(**line) for line in LINES)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("herstel", "0003_cache")]
    operations: ClassVar = [migrations.RunPython(add, migrations.RunPython.noop)]
