"""Keyed pseudonyms: the same person is the same within a cohort, and joins to nobody in another cohort.

pid = base32(HMAC-SHA256(K_cohort, study_id))[:16], 80 bits; K_cohort = HKDF-SHA256(K_root, info = cohort uuid ‖ "v1")
(security.md §5.2, RFC 5869). K_root lies in a file that only the export worker can read.
"""

import base64
import hashlib
import hmac
from pathlib import Path
from uuid import UUID

from django.conf import settings


def root_key() -> bytes:
    """At least 32 bytes, written as hexadecimals. Raises RuntimeError in any process that has no such file."""
    if not settings.RESEARCH_KEY_FILE:
        raise RuntimeError("only the export worker has the research key (RESEARCH_KEY_FILE)")
    key = bytes.fromhex(Path(settings.RESEARCH_KEY_FILE).read_text().strip())
    if len(key) < 32:
        raise RuntimeError("the research key is shorter than 32 bytes")
    return key


def cohort_key(root: bytes, cohort: UUID) -> bytes:
    """HKDF (RFC 5869) with an empty salt and one block of output, 32 bytes."""
    extracted = hmac.digest(b"\0" * 32, root, hashlib.sha256)
    return hmac.digest(extracted, cohort.bytes + b"v1" + b"\x01", hashlib.sha256)


def pseudonym(key: bytes, study_id: UUID) -> str:
    """16 characters of a-z and 2-7."""
    return base64.b32encode(hmac.digest(key, study_id.bytes, hashlib.sha256))[:16].decode().lower()


def row_key(key: bytes, kind: str, number: int) -> str:
    """12 characters for a row of somebody's: the same in every version, also when an earlier row was thrown away."""
    return base64.b32encode(hmac.digest(key, f"{kind}:{number}".encode(), hashlib.sha256))[:12].decode().lower()
