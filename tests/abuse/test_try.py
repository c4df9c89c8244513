import time, cProfile, pstats
from tests.abuse.visits import *
from tests.harness import signed_in
def test_try(cast):
    p="jan"
    v=Visitor(cast,p,signed_in(cast.users[p],crash=True))
    a=addresses_for(cast,p)
    pr=cProfile.Profile(); pr.enable()
    for x in a[:]:
        r=v.client.get(x.url)
        if r.status_code>=500: print("500",x.url,repr(r.exc_info)[:300])
    pr.disable()
    pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
    v.look_around([x for x in a if x.flow])
    for f in v.forms: print("   ",f, list(f.form.fields), f.form.buttons)
    r=v.client.get("/mensen/nieuw/wie/"); print(r.status_code, r.exc_info)
