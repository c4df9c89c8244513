"""What people, and those who mean harm, put into fields."""

# Lone surrogates do not exist in UTF-8: `body_of` writes them as the raw bytes that a broken client would send.
WORDS = {
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "right to left": "\u202eomgekeerd\u2066",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001fae0",
    "combining": "e" + "\u0301" * 2000,
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "link": "javascript:alert(1)",
    "template": "{{7*7}}{% load x %}${7*7}%(x)s{0}",
    "formula": '=HYPERLINK("//x.example")',
    "formula with a plus": "+cmd|' /C calc'!A0",
    "formula with an at": "@SUM(1+1)",
    "sql": "' OR 1=1; DROP TABLE goals_goal; --",
    "wildcards": "%_\\%s",
    "a header": "x\r\nBcc: x@elsewhere.example\r\n\r\ny",
    "null": "Null",
    "an apostrophe": "O'Brien",
    "long": "abcde fgh " * 1000,
    "spaces": " \u00a0\u3000 ",
    "separators": "a\u2028b\x0bc\x1cd\x85e",
    "a number that is none": "²",
}
NUMBERS = ["9223372036854775808", "-1", "1e400", "NaN", "²", "9" * 5000]
DAYS = ["2027-02-31", "31-02-2027", "0001-01-01", "9999-12-31", "0000-00-00", "-1-1-1", "NaN", "2" * 5000, *NUMBERS[:1]]
TIMES = ["25:00", "24:00", "02:30", "-1:00", "1e9", "NaN", "02.30.61"]
CHOICES = ["a\0b", "a\ud800b", "-1", "9223372036854775808", "²", "x" * 10_000]
# Fields that no form has; sending them changes nothing.
EXTRA = {
    **dict.fromkeys(("participant", "participant_id", "owner", "user", "user_id", "by", "by_id"), "2"),
    **dict.fromkeys(("membership", "membership_id", "goal_id", "meeting_id", "id", "pk"), "1"),
    **dict.fromkeys(("level", "ON_BEHALF"), "3"),
    **dict.fromkeys(("is_staff", "is_superuser", "is_active", "released", "confirmed_at", "released_at"), "1"),
    **dict.fromkeys(("scope", "reach_all"), "all"),
    **dict.fromkeys(("private", "until_at", "ends_at", "joined_at", "slug", "_method", "organisation_id"), "x"),
}
