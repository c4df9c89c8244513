"""Asks the web server inside this container whether it is ready, in the words of an outside request."""

import os
import sys
import urllib.request

request = urllib.request.Request(
    "http://127.0.0.1:8000/health/ready",
    # Without a name that is allowed, and without https, the answer would be a refusal or a redirect.
    headers={"Host": os.environ["ALLOWED_HOSTS"].split(",")[0], "X-Forwarded-Proto": "https"},
)
with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 - the address is the line above
    sys.exit(answer.status != 200)
