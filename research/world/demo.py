"""The people of the demo (herstel/demo_people.py) with their lives; told through the actions, dated from today."""

from django.db import connection, transaction

from herstel.demo_people import DEMO_PEOPLE
from herstel.models import User
from herstel.roles import WEB, as_role
from research.world.guard import only_among_made_up_people
from research.world.house import build_house
from research.world.jan import tell_jan
from research.world.lotte import tell_lotte
from research.world.others import tell_others


def load_demo() -> bool:
    """Make the people of the demo; False when they are there already. All of it, or nothing."""
    with transaction.atomic():
        if User.objects.filter(email=DEMO_PEOPLE[0].email).exists():
            return False
        only_among_made_up_people()
        house = build_house()
        with as_role(WEB):
            tell_jan(house)
            lotte = tell_lotte(house)
            tell_others(house, lotte)
        # Their mails went out long ago: no worker needs to be told of them.
        connection.run_on_commit = []
    return True
