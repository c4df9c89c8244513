"""A column that names a file may hold anything that SQL in the web process wrote there: no path comes of it.

Found by an attacker: a picture called /run/secrets/… came along in the copy of one's data, because the worker joined
the name to a folder.
"""

import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.http import Http404
from pytest_django import Settings

from herstel.actor import acting_as
from herstel.files import path_of, remove_file
from herstel.policies import ruled_models
from participants.copies import ask_copy, file_named, make_copy
from tests.cast import Cast
from tests.harness import role

NO_NAMES = ["", "../other.jpg", "/etc/x.jpg", "a/b.jpg", "..", ".jpg", "x.jpg\n", "x.jpg\0", "secret_key", "x.zip"]
TABLES = sorted(m._meta.db_table for m in ruled_models() if "image" in {f.name for f in m._meta.concrete_fields})


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name_leads_out_of_the_folder(name: str, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    beside = tmp_path / "other.jpg"
    beside.write_text("x")
    with pytest.raises(Http404):
        path_of(name)
    remove_file(name)
    assert beside.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_a_copy_holds_no_file_of_the_server(cast: Cast, settings: Settings, tmp_path: Path, table: str) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    secret = Path(f"/tmp/{tmp_path.name[-8:]}.jpg")
    secret.write_text("THE SECRET KEY")
    with acting_as(cast.pk("jan")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"update {table} set image = %s where participant_id = %s", [str(secret), cast.jan.participant.pk]
            )
            assert cursor.rowcount
        copy = ask_copy(participant=cast.jan.participant)
    try:
        with role("herstel_worker"):
            make_copy(copy.pk)
    finally:
        secret.unlink()
    with zipfile.ZipFile(file_named(copy.slug)) as archive:
        assert not [name for name in archive.namelist() if b"THE SECRET KEY" in archive.read(name)]
