"""Test the settings: reading, validation with one error line per setting, and documentation."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coder_portal.cache_version import cache_version

ROOT = Path(__file__).resolve().parents[2]
COMPLETE_ENVIRONMENT = {
    "CODER_URL": "http://127.0.0.1:9",
    "PORTAL_URL": "http://127.0.0.1:8000",
    "PORTAL_SECRET_KEY": "x" * 40,
    "PORTAL_TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


def run_python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a separate process, with these variables and no other variables of the portal."""
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def import_asgi(**env: str) -> subprocess.CompletedProcess[str]:
    """Import the ASGI application, as the server does."""
    return run_python("import coder_portal.asgi; print('started')", **env)


def setting_value(expression: str, **env: str) -> str:
    """Return the value of an expression over the settings."""
    return run_python(f"from coder_portal import settings as s; print({expression})", **env).stdout.strip()


def test_asgi_application_starts_with_complete_environment() -> None:
    assert import_asgi(**COMPLETE_ENVIRONMENT).stdout == "started\n"


@pytest.mark.parametrize("name", COMPLETE_ENVIRONMENT)
def test_missing_setting_is_reported_in_one_line_with_its_name(name: str) -> None:
    result = import_asgi(**{key: value for key, value in COMPLETE_ENVIRONMENT.items() if key != name})
    assert result.returncode == 1
    assert [line.split()[0] for line in result.stderr.strip().splitlines()[1:]] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CODER_URL", "coder.example.com"),
        ("CODER_URL", "https://user:secret@coder.example.com"),
        ("CODER_PUBLIC_URL", "https://coder.example.com; script-src *"),
        ("PORTAL_URL", "https://portal.example.com/a; Domain=example.com"),
        ("PORTAL_URL", "https://my_portal.example.com"),
        ("CODER_READ_TIMEOUT", "soon"),
        ("CODER_CA_FILE", "/not/there.pem"),
        ("PORTAL_PAGE_SIZE", "0"),
        ("PORTAL_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("PORTAL_TIME_ZONE", "Mars/Phobos"),
        ("PORTAL_DEBUG", "perhaps"),
        ("PORTAL_TOKEN_KEYS", "short"),
        ("PORTAL_SECRET_KEY", "short"),
        ("DATABASE_URL", "nonsense"),
        ("EMBED_ALLOWED_ORIGINS", "*"),
        ("EMBED_ALLOWED_ORIGINS", "https://ok.example.com, http://intranet.example.com"),
        ("REDIS_URL", "redis.example.com:6379"),
        ("REDIS_URL", "redis://redis.example.com:port"),
        ("PORTAL_SECRET_KEY_FILE", "/not/there"),
    ],
)
def test_malformed_setting_is_reported_in_one_line_with_its_name(name: str, value: str) -> None:
    result = import_asgi(**COMPLETE_ENVIRONMENT | {name: value})
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()[1:]
    assert len(lines) == 1
    assert lines[0].startswith(name.removesuffix("_FILE"))


def test_settings_error_does_not_contain_secret_value() -> None:
    result = import_asgi(
        **COMPLETE_ENVIRONMENT | {"PORTAL_TOKEN_KEYS": "my-very-own-key", "DATABASE_URL": "odd://me:hunter2@host/x"}
    )
    assert "my-very-own-key" not in result.stderr
    assert "hunter2" not in result.stderr
    assert "hunter2" not in import_asgi(**COMPLETE_ENVIRONMENT | {"REDIS_URL": "redis://:hunter2/@host/x"}).stderr


def test_settings_error_does_not_contain_value_of_any_variable() -> None:
    names = [
        "CODER_URL",
        "CODER_READ_TIMEOUT",
        "CODER_CA_FILE",
        "PORTAL_URL",
        "PORTAL_THREADS",
        "PORTAL_TRUSTED_PROXIES",
        "PORTAL_TIME_ZONE",
        "PORTAL_LOG_LEVEL",
        "PORTAL_DEBUG",
        "DATABASE_URL",
        "REDIS_URL",
        "PORTAL_SECRET_KEY_FILE",
    ]
    stderr = import_asgi(**COMPLETE_ENVIRONMENT | dict.fromkeys(names, "Hunter2/x")).stderr
    lines = stderr.strip().splitlines()[1:]
    assert {line.split()[0] for line in lines} == {*names} - {"PORTAL_SECRET_KEY_FILE"} | {"PORTAL_SECRET_KEY"}
    assert "hunter2" not in stderr.lower()


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("http://[::1]", "[::1]", "http://[::1]"),
        ("http://[0:0:0:0:0:0:0:1]:8000/portal/", "[::1]", "http://[::1]:8000"),
        ("https://[2001:DB8::1]:8443", "[2001:db8::1]", "https://[2001:db8::1]:8443"),
        ("https://Bücher.example:443", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_portal_url_is_compared_as_browsers_send_it(url: str, host: str, origin: str) -> None:
    value = setting_value("s.ALLOWED_HOSTS[0], *s.CSRF_TRUSTED_ORIGINS, s.PORTAL_IS_LOOPBACK", PORTAL_URL=url)
    assert value == f"{host} {origin} {host == '[::1]'}"


def test_secret_can_be_read_from_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file, long enough for everybody\n")
    assert setting_value("s.SECRET_KEY", PORTAL_SECRET_KEY_FILE=str(file)) == "from a file, long enough for everybody"


def test_secret_can_start_with_dollar_sign() -> None:
    assert setting_value("s.SECRET_KEY", PORTAL_SECRET_KEY="$ecret", ecret="another variable") == "$ecret"


def test_session_cookie_is_secure_only_when_portal_url_is_https() -> None:
    assert setting_value("s.SESSION_COOKIE_SECURE", PORTAL_URL="https://portal.example.com") == "True"
    assert setting_value("s.SESSION_COOKIE_SECURE", PORTAL_URL="http://127.0.0.1:8000") == "False"


def test_path_of_portal_url_becomes_script_prefix_and_cookie_path() -> None:
    address = "https://intra.example.com/coder-portal/"
    assert setting_value("s.FORCE_SCRIPT_NAME", PORTAL_URL=address) == "/coder-portal"
    assert setting_value("s.SESSION_COOKIE_PATH", PORTAL_URL=address) == "/coder-portal/"


def test_settings_document_lists_exactly_the_settings_that_are_read() -> None:
    read = set(re.findall(r'env\.read\(\s*"([A-Z_]+)"', (ROOT / "coder_portal" / "settings.py").read_text()))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert documented == read


@pytest.mark.parametrize("command", ["simulate_coder --help", "collectstatic --noinput --dry-run"])
def test_command_runs_without_any_setting(command: str) -> None:
    result = run_python(
        f"import sys; sys.argv = ['manage.py', *{command.split()!r}]; import manage; manage.main()",
    )
    assert result.returncode == 0, result.stderr


def test_postgresql_uses_pool_of_configured_size() -> None:
    url = {"DATABASE_URL": "postgres://me:secret@db/portal?sslmode=require", "PORTAL_DATABASE_CONNECTIONS": "5"}
    options = setting_value("s.DATABASES['default']['OPTIONS']", **url)
    assert "'max_size': 5" in options
    assert "'sslmode': 'require'" in options
    assert setting_value("s.DATABASES['default']['CONN_MAX_AGE']", **url) == "0"


def test_sessions_are_cached_only_when_redis_is_configured() -> None:
    assert setting_value("s.SESSION_ENGINE") == "workspaces.auth.session_store"
    assert (
        setting_value("s.SESSION_ENGINE", REDIS_URL="redis://redis.example.com")
        == "workspaces.auth.cached_session_store"
    )


def test_cache_key_prefix_differs_between_coder_urls_on_one_redis() -> None:
    prefixes = {
        setting_value(
            "s.CACHES['default']['KEY_PREFIX']", REDIS_URL="redis://one", CODER_URL=f"https://{name}.example.com"
        )
        for name in ("one", "other")
    }
    assert len(prefixes) == 2


def check(**env: str) -> subprocess.CompletedProcess[str]:
    """Run Django's system checks, as `manage.py check` does."""
    return run_python("import sys; sys.argv = ['manage.py', 'check']; import manage; manage.main()", **env)


def test_audit_days_are_read_from_old_variable() -> None:
    assert setting_value("s.AUDIT_DAYS", PORTAL_RECORD_DAYS="7") == "7"


def test_new_variable_wins_over_old_one() -> None:
    assert setting_value("s.AUDIT_DAYS", PORTAL_RECORD_DAYS="7", PORTAL_AUDIT_DAYS="9") == "9"


def test_check_warns_of_old_variable_and_names_the_new_one() -> None:
    result = check(**COMPLETE_ENVIRONMENT, PORTAL_RECORD_DAYS="7")
    assert result.returncode == 0, result.stderr
    assert "PORTAL_RECORD_DAYS is now named PORTAL_AUDIT_DAYS" in result.stderr


def test_check_does_not_warn_of_new_variable() -> None:
    assert "PORTAL_AUDIT_DAYS" not in check(**COMPLETE_ENVIRONMENT, PORTAL_AUDIT_DAYS="7").stderr


def test_malformed_old_variable_is_one_line_that_names_it() -> None:
    result = import_asgi(**COMPLETE_ENVIRONMENT, PORTAL_RECORD_DAYS="soon")
    assert result.returncode == 1
    assert [line.split()[0] for line in result.stderr.strip().splitlines()[1:]] == ["PORTAL_RECORD_DAYS"]


@pytest.mark.parametrize("file", ["present/page_models.py", "views/new.py", "coder/types.py"])
def test_cache_version_changes_with_any_python_file(tmp_path: Path, file: str) -> None:
    (tmp_path / "present").mkdir()
    (tmp_path / "present" / "page_models.py").write_text("class Row: pass")
    before = cache_version("https://coder.example.com", tmp_path)
    assert cache_version("https://coder.example.com", tmp_path) == before
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("class Row: name: str")
    assert cache_version("https://coder.example.com", tmp_path) != before


def test_cache_version_changes_when_module_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "rows.py").write_text("class Row: pass")
    before = cache_version("https://coder.example.com", tmp_path)
    (tmp_path / "rows.py").rename(tmp_path / "lines.py")
    assert cache_version("https://coder.example.com", tmp_path) != before
