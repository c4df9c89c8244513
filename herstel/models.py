"""What the house itself keeps: who signs in, who looked, what waits to be sent or done, what is half written."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from herstel.access import MYSELF, OWN, Exempt, Rule, Ruled
from herstel.privacy import privacy


class UserManager(BaseUserManager["User"]):
    """Nobody has a password that works: people sign in with a code or a passkey."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account without a password: people sign in with a code or a passkey. `password` is there for allauth."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_unusable_password()
        user.save()
        return user


class User(AbstractBaseUser):
    """An address that can sign in, and nothing else about a person."""

    exempt: ClassVar = Exempt(
        "read before there is an actor; holds an address and nothing else. Made by functions only", web="S", worker="S"
    )
    privacy: ClassVar = privacy(identifier="email", never="password is_active joined_at", key="id")

    last_login = None  # when somebody was here is nobody's business

    email = models.EmailField(_("Mailadres"), max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_is_lower_case")
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"  # an address does not belong in a log


class Session(models.Model):
    """A browser: what it keeps between pages, and who is signed in on it and until when.

    Reached through the functions of sign_in.sql only, and by authz.actor(); `herstel.sessions` is Django's side of it.
    """

    exempt: ClassVar = Exempt("who is signed in; reached through functions only", web="", worker="")
    privacy: ClassVar = privacy(
        never="key data agent created_at seen_at idle ends_at proved_at", identifier="user proved", key="id"
    )

    key = models.BinaryField(max_length=32, unique=True)  # SHA-256 of the SHA-256 of what the cookie holds
    data = models.TextField(default="")  # settings of this browser, no content; see tests/abuse/test_sessions.py
    user = models.ForeignKey(User, models.DB_CASCADE, null=True, related_name="+")
    # Who showed a code or a key here, and is not in yet.
    proved = models.ForeignKey(User, models.DB_CASCADE, null=True, related_name="+")
    proved_at = models.DateTimeField(null=True)
    agent = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    idle = models.DurationField(null=True)
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(idle__isnull=False), name="signed_in_until_idle"
            )
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class KnownBrowser(models.Model):
    """A device of one's own on which somebody signed in before: its tries are counted apart from those of strangers."""

    exempt: ClassVar = Exempt("hashes of cookies; reached through functions only", web="", worker="")
    privacy: ClassVar = privacy(never="token at", identifier="user", key="id")

    user = models.ForeignKey(User, models.DB_CASCADE, related_name="+")
    token = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "token"], name="browser_known_once")]

    def __str__(self) -> str:
        return f"known browser {self.pk}"


class Voucher(models.Model):
    """The key with which the web process vouches for what the database cannot check itself (a passkey, an
    organisation's sign-in): the two padded blocks of HMAC-SHA256 (RFC 2104). Written by the owner when it migrates."""

    exempt: ClassVar = Exempt("a key; read by functions only", web="", worker="")
    privacy: ClassVar = privacy(never="inner_pad outer_pad", key="id")

    inner_pad = models.BinaryField(max_length=64)
    outer_pad = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return "voucher"


class SignIn(models.Model):
    """A code that was mailed, and the link in the same mail. Hashed; one is enough, and it works once.

    Made and tried by the functions of sign_in.sql only. Rows stay for a day: the tries of a day are counted from them.
    """

    exempt: ClassVar = Exempt("codes; reached through functions only", web="", worker="")
    privacy: ClassVar = privacy(
        identifier="address",
        never="code link purpose session_id known device expires_at tries used_at sent_at",
        key="id",
    )

    class Purpose(models.TextChoices):
        ENTER = "enter"
        STEP_UP = "step_up"

    address = models.EmailField(max_length=254)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.ENTER)
    session_id = models.BigIntegerField()  # the browser that asked; no foreign key: what it tried outlives it
    known = models.BooleanField(default=False)
    device = models.BinaryField(max_length=32, null=True)  # of a known browser: its tries are counted by this
    code = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32, unique=True)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["address", "sent_at"], name="codes_of_an_address")]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class Preference(Ruled):
    """How somebody wants their screen, and whether and when we may write."""

    rule = Rule(own=MYSELF, why="the person whose screen it is")
    privacy: ClassVar = privacy(
        never="colour calm letters language reading show_looked mails quiet_from quiet_until", key="user"
    )

    class Colour(models.TextChoices):
        DEVICE = "", _("Zoals mijn toestel")
        LIGHT = "licht", _("Licht")
        DARK = "donker", _("Donker")

    class Letters(models.TextChoices):
        NORMAL = "", _("Gewoon")
        LARGE = "groot", _("Groot")
        LARGEST = "extra", _("Extra groot")

    class Reading(models.TextChoices):
        NORMAL = "", _("Gewoon")
        SLOW = "langzaam", _("Langzaam")

    class Mails(models.TextChoices):
        ALL = "", _("Ja, 1 mail per dag als er iets is")
        REMINDERS = "reminders", _("Alleen de dag voor een bijeenkomst")
        NONE = "none", _("Nee, geen mails")

    user = models.OneToOneField(User, models.DB_CASCADE, primary_key=True)
    colour = models.CharField(max_length=6, choices=Colour, default=Colour.DEVICE, blank=True)
    calm = models.BooleanField(default=False)
    letters = models.CharField(max_length=5, choices=Letters, default=Letters.NORMAL, blank=True)
    language = models.CharField(max_length=2, default="", blank=True)
    reading = models.CharField(max_length=8, choices=Reading, default=Reading.NORMAL, blank=True)
    show_looked = models.BooleanField(default=True)
    mails = models.CharField(max_length=9, choices=Mails, default=Mails.ALL, blank=True)
    # Hours of the day without mail; empty: those of the house.
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_until = models.PositiveSmallIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"screen of {self.user_id}"


class PushDevice(Ruled):
    """A device that wants a short neutral message when there is something (Web Push, RFC 8030)."""

    rule = Rule(own=MYSELF, why="the person whose device it is")
    privacy: ClassVar = privacy(never="endpoint p256dh secret at", key="id user")

    user = models.ForeignKey(User, models.DB_CASCADE)
    endpoint = models.CharField(max_length=500)
    # The device's own key and secret: only it can read what we send (RFC 8291).
    p256dh = models.CharField(max_length=120)
    secret = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "endpoint"], name="device_once")]

    def __str__(self) -> str:
        return f"device {self.pk}"


class Draft(Ruled):
    """What somebody is writing over several pages; it survives a lost network, a sign-out and an empty battery."""

    rule = Rule(own=MYSELF, why="the person who is writing")
    privacy: ClassVar = privacy(never="flow subject data page updated_at", key="id user")

    user = models.ForeignKey(User, models.DB_CASCADE)
    flow = models.CharField(max_length=20)
    subject = models.CharField(max_length=20, default="", blank=True)
    data = models.JSONField(default=dict)
    page = models.CharField(max_length=20, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "flow", "subject"], name="one_draft_a_flow")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class FormToken(Ruled):
    """A form that was accepted, and where its sender was sent: the same form again gives the same answer."""

    rule = Rule(own=MYSELF, why="the person who sent the form")
    privacy: ClassVar = privacy(never="token result sent_at", key="id user")

    user = models.ForeignKey(User, models.DB_CASCADE)
    token = models.UUIDField(default=uuid.uuid4)
    result = models.CharField(max_length=300, default="")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "token"], name="form_sent_once")]

    def __str__(self) -> str:
        return f"form {self.pk}"


class AuditLine(Ruled):
    """Who did or saw what, when, of whom. Written by `audit.log()` and `audit.look()` only; never changed."""

    rule = Rule(
        own=OWN,
        also="{actor} = (SELECT authz.actor())",
        web="S",
        why="everybody their own lines",
    )
    privacy: ClassVar = privacy(
        never="at event objects_seen n called organisation side basis",
        identifier="actor membership",
        key="id participant about about_id category",
    )

    class Event(models.TextChoices):
        READ = "read"
        OPEN = "open"  # a link was fetched: by its holder, or by a program that shows what is behind it
        CREATE = "create"
        CHANGE = "change"
        DELETE = "delete"
        SHARE = "share"
        UNSHARE = "unshare"
        INVITE = "invite"
        ACCEPT = "accept"
        CONFIRM = "confirm"
        STOP = "stop"
        LEAVE = "leave"
        PAUSE = "pause"
        RELEASE = "release"
        CONSENT = "consent"
        WITHDRAW = "withdraw"
        EXPORT = "export"
        DOWNLOAD = "download"

    at = models.DateTimeField(default=timezone.now)
    actor = models.BigIntegerField(null=True)
    membership = models.BigIntegerField(null=True)
    called = models.CharField(max_length=60, default="", blank=True)
    organisation = models.CharField(max_length=80, default="", blank=True)
    side = models.CharField(max_length=12, default="", blank=True)
    # Of whom it is: a participant, or else what is named here, whose rows belong to several people together.
    participant = models.ForeignKey("participants.Participant", models.DO_NOTHING, null=True, db_constraint=False)
    about = models.CharField(max_length=20, default="", db_default="", blank=True)
    about_id = models.BigIntegerField(null=True)
    event = models.CharField(max_length=12, choices=Event)
    category = models.CharField(max_length=12, default="", blank=True)
    objects_seen = models.JSONField(default=list, db_column="objects")
    n = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["participant", "-at"], name="audit_of_participant"),
            models.Index(fields=["actor"], name="audit_by_actor"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(participant__isnull=False, about="", about_id=None)
                | models.Q(participant=None, about_id__isnull=False) & ~models.Q(about=""),
                name="audit_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class OutgoingMail(models.Model):
    """A mail that must go: written in the transaction that caused it, sent by a worker, at least once."""

    exempt: ClassVar = Exempt(
        "the web only puts mails in, through mail.queue(); the worker sends them", web="", worker="SU"
    )
    privacy: ClassVar = privacy(
        identifier="to_user address",
        never="template context created_at send_at attempts lease_until sent_at",
        key="id key",
    )

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    to_user = models.ForeignKey(User, models.DB_CASCADE, null=True)
    address = models.EmailField(max_length=254, default="", blank=True)
    template = models.CharField(max_length=30)
    context = models.JSONField(default=dict)  # codes and links; emptied once sent
    created_at = models.DateTimeField(db_default=Now())
    send_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(sent_at=None), name="mail_waiting"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class Erasure(models.Model):
    """The ledger of what was thrown away: two numbers that lead to nobody any more, so that the same can be thrown away
    once more from a backup that was put back."""

    exempt: ClassVar = Exempt("numbers of what no longer exists; written by doors.erase() only", web="", worker="S")
    privacy: ClassVar = privacy(never="at former_participant former_user", key="id")

    at = models.DateTimeField(db_default=Now())
    former_participant = models.BigIntegerField()
    former_user = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class Job(models.Model):
    """Work for a worker. The row is the truth; the queue only says "look at job 9"."""

    exempt: ClassVar = Exempt("ids and states, no content; asked for through doors.ask_job()", web="S", worker="SU")
    privacy: ClassVar = privacy(
        never="kind subject state attempt lease_until progress error created_at started_at finished_at key", key="id"
    )

    class State(models.TextChoices):
        QUEUED = "queued", _("Wacht")
        RUNNING = "running", _("Bezig")
        DONE = "done", _("Klaar")
        FAILED = "failed", _("Mislukt")

    kind = models.CharField(max_length=20)
    subject = models.BigIntegerField()
    key = models.CharField(max_length=60, unique=True)  # one job for one thing, however often it is asked
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED, db_default="queued")
    attempt = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=200, default="", db_default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="job_due", condition=~models.Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class HelpLine(Ruled):
    """A number to call, for everybody. Administrators of Kring look whether it still is right."""

    rule = Rule(own="(SELECT authz.keeps())", also="true", why="everybody; administrators of Kring change them")
    privacy: ClassVar = privacy(
        never="number question question_en words words_en short short_en position hard for_members checked_on", key="id"
    )

    FRESH_DAYS = 90

    number = models.CharField(_("Nummer"), max_length=20)
    question = models.CharField(_("Vraag die erboven staat"), max_length=60)
    question_en = models.CharField(_("De vraag in het Engels"), max_length=60)
    words = models.CharField(_("Wie je belt en wanneer"), max_length=200)
    words_en = models.CharField(_("Dat in het Engels"), max_length=200)
    short = models.CharField(_("In een paar woorden"), max_length=40)
    short_en = models.CharField(_("Die woorden in het Engels"), max_length=40)
    position = models.PositiveSmallIntegerField(_("Plaats in de lijst"), default=9)
    hard = models.BooleanField(_("Staat na ‘Heel zwaar’"), default=False)
    for_members = models.BooleanField(_("Voor wie iemand steunt"), default=False)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "number"]

    def __str__(self) -> str:
        return self.number

    @property
    def said(self) -> dict[str, str]:
        """question, words and short in the language of the reader."""
        end = "" if (get_language() or "nl").startswith("nl") else "_en"
        return {name: getattr(self, name + end) for name in ("question", "words", "short")}

    @property
    def dial(self) -> str:
        return diallable(self.number)

    @property
    def is_fresh(self) -> bool:
        """Somebody looked at it not too long ago (ux.md §4, check 50)."""
        return self.checked_on is not None and (timezone.localdate() - self.checked_on).days <= self.FRESH_DAYS


def diallable(number: str) -> str:
    """A number as a telephone wants it."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")
