"""What a browser is told besides the page: what it may use, and who may use us (docs/adr/0015).

Around everything, files for the browser included.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

type Handler = Callable[[HttpRequest], HttpResponse]

# Telling one's story, taking a picture, signing in with a key, copying a link, listening with the screen off.
# (Sharing a link needs no word: it is for oneself only unless said otherwise, and some browsers do not know its name.)
USED = (
    *("microphone", "camera", "publickey-credentials-get", "publickey-credentials-create"),
    *("clipboard-write", "media-playback-while-not-visible"),
)
# All else that browsers know by name.
UNUSED = (
    *("accelerometer", "aria-notify", "autoplay", "browsing-topics", "captured-surface-control", "clipboard-read"),
    *("compute-pressure", "cross-origin-isolated", "deferred-fetch", "deferred-fetch-minimal"),
    *("digital-credentials-create", "digital-credentials-get", "display-capture", "encrypted-media", "fullscreen"),
    *("gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "interest-cohort"),
    *("keyboard-map", "language-detector", "language-model", "local-fonts", "local-network", "local-network-access"),
    *("loopback-network", "magnetometer", "midi", "on-device-speech-recognition", "otp-credentials", "payment"),
    *("picture-in-picture", "private-state-token-issuance", "private-state-token-redemption", "screen-wake-lock"),
    *("serial", "speaker-selection", "storage-access", "summarizer", "sync-xhr", "translator", "unload", "usb"),
    *("window-management", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join([*(f"{name}=(self)" for name in USED), *(f"{name}=()" for name in UNUSED)])


def close_the_browser(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware
