"""A calendar address of one's own: made, replaced and taken away."""

from herstel import links
from herstel.models import User
from meetings.models import Feed

FEED = "feed"


def make_feed(user: User) -> Feed:
    """An address for this person; an older one stops at once."""
    forget_feed(user)
    feed = Feed(user=user)
    feed.token = links.stored(FEED, feed.name)
    feed.save()
    return feed


def forget_feed(user: User) -> None:
    Feed.objects.own().filter(user=user).delete()


def feed_token(feed: Feed) -> str:
    """What stands in the address."""
    return links.token_for(FEED, feed.name)
