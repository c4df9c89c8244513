"""Somebody begins to work with Kring: employed by the administrator, a code from the mail, and a second factor."""

import base64
import hashlib
import hmac
import re
import struct
import time

from tests.browser import walking
from tests.browser.main_job.job import Job


def app_code(secret: str) -> str:
    """What the app on the telephone shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    (number,) = struct.unpack(">I", digest[(at := digest[-1] & 15) : at + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


def the_administrator_employs_somebody(job: Job) -> None:
    administrator = job.administrator
    administrator.goto("/beheer/")
    administrator.row("Nodig een medewerker uit")
    administrator.fill("Naam", "Yasmin")
    administrator.fill("Mailadres van het werk", job.yasmin.address)
    administrator.page.locator("select[name=organisation]").select_option(label="Lentis")
    administrator.choose("Hulpverlener")
    administrator.go_on()
    administrator.says("Yasmin krijgt een mail om te beginnen.", job.yasmin.address)


def begins_to_work(job: Job) -> None:
    """She says herself that she works there. A code is not enough at work: nothing is shown before a second factor."""
    yasmin = job.yasmin
    walking.sign_in(yasmin.page, job.place, yasmin.address)
    yasmin.at("Werk je bij Lentis als hulpverlener?")
    yasmin.says("een tweede sleutel")
    yasmin.tap("Ja, ik werk daar")
    yasmin.at("Kies een tweede sleutel")
    yasmin.tap("Gebruik een app")
    yasmin.at("Zet een app met codes aan")
    secret = yasmin.page.locator(".mono").inner_text().strip()
    yasmin.page.locator("[name=code]").fill(app_code(secret))
    yasmin.tap("Zet dit aan")
    yasmin.at("Bewaar deze codes")
    job.found["spare code"] = yasmin.page.locator(".leg li").first.inner_text().strip()
    yasmin.tap("Ik heb ze bewaard")
    yasmin.at("Vandaag")
    yasmin.says("Geen bijeenkomsten deze week.", "Je hebt niets openstaan.")


def signs_in_with_the_second_factor(job: Job) -> None:
    """The next morning, on the same telephone; the app is lost, so with a spare code, which then works no more."""
    yasmin = job.yasmin
    yasmin.page.context.clear_cookies()
    walking.sign_in(yasmin.page, job.place, yasmin.address)
    yasmin.at("Nu je tweede sleutel")
    assert yasmin.status_of("/team/") == 302, "half signed in is not signed in"
    yasmin.page.locator("[name=code]").fill(job.found["spare code"])
    yasmin.tap("Ga verder")
    yasmin.at("Vandaag")
    assert re.search(r"/team/$", yasmin.page.url)
