"""What other apps want to know of the group. Signals, because imports only look down."""

from django.dispatch import Signal

membership_ended = Signal()  # membership
share_opened = Signal()  # membership, category: which older rows belong to it?
share_rows = Signal()  # participant, category → [(row, words)]: what can be chosen in this category
