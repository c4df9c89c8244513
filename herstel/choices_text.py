"""A choice that carries a hint: what you get when you tick it, on the same card."""

from django.utils.functional import Promise

Text = str | Promise


class Choice(str):
    """The label of a choice. A lazy label is translated when it is shown, not when it is made."""

    label: Text
    hint: Text

    def __new__(cls, label: Text, hint: Text = "") -> "Choice":
        choice = super().__new__(cls, label)
        choice.label = label
        choice.hint = hint
        return choice

    def __str__(self) -> str:
        # A plain str of the label, also when the label is itself a Choice.
        return str.__str__(self) if isinstance(self.label, str) else str(self.label)


def with_hint(label: Text, hint: Text) -> Choice:
    return Choice(label, hint)
