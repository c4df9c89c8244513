"""What every answer tells the browser, whoever asked for what and whatever came of it."""

from django.conf import settings
from django.http import HttpResponseBase

from herstel.accounts import BROWSER
from herstel.headers import USED
from herstel.middleware import KEPT
from herstel.said import Said

COOKIES = {
    *(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME),
    *(KEPT, Said.cookie_name, BROWSER),
}
# Would be stopped by the policy; then the page would not work.
INLINE = ("<style", " style=", " onclick=", " onload=", " onerror=", "javascript:")


def lacking(response: HttpResponseBase, text: str = "") -> list[str]:
    """What this answer forgot to say, or says and should not; `text` is its page."""
    headers = response.headers
    csp = headers.get("Content-Security-Policy", "")
    fine = {
        "may be kept": headers.get("Cache-Control") == "no-store, private",
        "no policy": "default-src 'none'" in csp and "frame-ancestors 'none'" in csp and "base-uri 'none'" in csp,
        "inline is allowed": "unsafe" not in csp and "*" not in csp and "http:" not in csp,
        "sniffing": headers.get("X-Content-Type-Options") == "nosniff",
        "frames": headers.get("X-Frame-Options") == "DENY",
        "referrer": headers.get("Referrer-Policy") == "same-origin",
        "opener": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "resource": headers.get("Cross-Origin-Resource-Policy") == "same-origin",
        "says what it runs on": not {"Server", "X-Powered-By"} & set(headers),
        "a link that others may keep": "Access-Control-Allow-Origin" not in headers,
        "Permissions-Policy": _allows_what_is_used(headers.get("Permissions-Policy", "x=x")),
    }
    inline = [sign for sign in INLINE if sign in text.replace("javascript:alert", "")]
    return [what for what, is_fine in fine.items() if not is_fine] + inline + _cookies_of_others(response)


def _allows_what_is_used(policy: str) -> bool:
    allowed = dict(part.strip().split("=") for part in policy.split(","))
    return {name for name, who in allowed.items() if who != "()"} == set(USED) and allowed["microphone"] == "(self)"


def _cookies_of_others(response: HttpResponseBase) -> list[str]:
    """Cookies that go elsewhere than here, or that nobody knows."""
    return [
        cookie.OutputString()
        for name, cookie in response.cookies.items()
        if name not in COOKIES or cookie["path"] != "/" or cookie["domain"] or cookie["samesite"] != "Lax"
    ]
