"""Settings of the server: what is refused, and that no message shows a key."""

import contextlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.errors import SettingsError
from parure.core.serving_config import ServingConfig

GOOD = "Kx83hdWq02mZpLs7vT"


def config(**values):
    return ServingConfig.parse(values, where="parure.toml [serving]")


def test_without_a_key_the_server_is_not_started_and_told_how_to_make_one():
    with pytest.raises(SettingsError, match="without an API key") as caught:
        config().refuse_unsafe()
    assert 'python -c "import secrets; print(secrets.token_urlsafe(24))"' in caught.value.hint


def test_a_demo_needs_no_key_and_takes_a_weak_one():
    config(environment="demo").refuse_unsafe()
    config(environment="demo", api_keys=["read:short"]).refuse_unsafe()


@pytest.mark.parametrize(
    "secret",
    ["Kx83hd", "x" * 40, "changeme-changeme-changeme", "Change_Me_Please_0815", "my-Pass-Word-is-long",
     "abcabcabcabcabcabc", "0123456789abcdefgh", "your-api-key-goes-here"],
)  # fmt: skip
def test_a_weak_key_is_refused_at_the_start_and_not_shown(secret):
    settings = config(api_keys=[f"read:{GOOD}", f"admin:{secret}"])
    with pytest.raises(SettingsError, match="Key 2") as caught:
        settings.refuse_unsafe()
    assert secret not in str(caught.value)


def test_keys_made_as_the_hint_says_are_taken():
    config(api_keys=[f"admin:{secrets.token_urlsafe(24)}" for _ in range(200)]).refuse_unsafe()


def test_keys_from_the_environment_are_parted_at_commas():
    settings = config(api_keys=f"read:{GOOD}, admin:{GOOD}x")
    assert settings.roles_and_secrets() == [("read", GOOD), ("admin", GOOD + "x")]


@pytest.mark.parametrize(
    "keys",
    [[GOOD], [f"root:{GOOD}"], ["read:"], [f"read:{GOOD} a"], [f"read:{GOOD}ä"], [f"read:{GOOD}", f"admin:{GOOD}"],
     {"read": GOOD}, [["read", GOOD]], ["read:" + GOOD * 40]],
)  # fmt: skip
def test_a_malformed_key_is_refused_and_not_shown(keys):
    with pytest.raises(SettingsError) as caught:
        config(api_keys=keys)
    assert GOOD not in str(caught.value)
    assert GOOD not in caught.value.hint


def test_no_dump_and_no_repr_shows_a_key():
    settings = config(api_keys=[f"read:{GOOD}"])
    assert GOOD not in repr(settings)
    assert GOOD not in settings.model_dump_json()


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/", "https://a b", "https://*.shop.example", ""]
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(SettingsError, match="origin"):
        config(cors_origins=[origin])


def test_what_is_no_network_is_refused():
    config(trust_forwarded=["10.0.0.0/8", "::1", "unix"])
    with pytest.raises(SettingsError, match="trust_forwarded"):
        config(trust_forwarded=["proxy.local"])


def test_every_setting_is_described():
    assert all(field.description for field in ServingConfig.model_fields.values())


@given(st.text())
def test_any_text_as_key_is_taken_as_it_is_or_refused(text):
    with contextlib.suppress(SettingsError):
        role, _, secret = text.partition(":")
        assert config(api_keys=[text]).roles_and_secrets() == [(role, secret)]
