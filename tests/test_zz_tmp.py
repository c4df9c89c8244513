from django.db import transaction
from django.urls import NoReverseMatch, reverse

from tests.test_language import *

FIELDS = ("called","words","email","code","link","ring","kind","year","birth_year","purpose","day1","time1","what_1","known_as","place","name","message")
def test_posts(cast):
    t = read(FILE); d = dutch_words(t); things = things_of(cast); own = words_of_people(cast); n=0
    for who in READERS:
        for a in addresses():
            try: url = reverse(a.name, kwargs=a.kwargs(things))
            except NoReverseMatch: print("NOREV", a.name); continue
            for data in ({}, dict.fromkeys(FIELDS, "x" * 90)):
              client = signed_in(cast.users[who])
              sid = transaction.savepoint()
              try:
                r = client.post(url, data, follow=True, headers={"accept-language": "en"})
                n+=1
                left = words(said_on(r.content.decode(errors="ignore"), own)) & d if "html" in r.headers.get("Content-Type","") else 0
                if left: print("LEFT", who, a.name, sorted(left)[:12])
              except Exception as e:
                print("EXC", who, url, repr(e)[:100])
              transaction.savepoint_rollback(sid)
    print("POSTS", n)
