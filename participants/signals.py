"""What other apps want to know of a participant. Signals, because imports only look down."""

from django.dispatch import Signal

record_ends = Signal()  # participant: everything goes soon, and the people around may be told
