"""The client's address behind proxies."""

import pytest

from parure.serving.forwarded import ForwardedHeaders


def client(trusted, peer, *chain):
    headers = [(b"x-forwarded-for", link.encode("latin-1")) for link in chain]
    return ForwardedHeaders(trusted).client_of({"client": peer, "headers": headers, "scheme": "http"})


@pytest.mark.parametrize(
    ("peer", "chain", "address"),
    [
        (("9.9.9.9", 1), ["6.6.6.6"], "9.9.9.9"),
        (("10.0.0.1", 1), ["6.6.6.6"], "6.6.6.6"),
        (("10.0.0.1", 1), ["1.1.1.1, 6.6.6.6"], "6.6.6.6"),
        (("10.0.0.1", 1), ["1.1.1.1", "6.6.6.6, 10.0.0.2"], "6.6.6.6"),
        (("10.0.0.1", 1), ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (("10.0.0.1", 1), ["6.6.6.6, nonsense"], "10.0.0.1"),
        (("10.0.0.1", 1), ["nonsense, 6.6.6.6"], "6.6.6.6"),
        (("10.0.0.1", 1), ["6.6.6.6:8080"], "6.6.6.6"),
        (("10.0.0.1", 1), ["[2001:db8::1]:8080"], "2001:db8::1"),
        (("10.0.0.1", 1), ["2001:db8::1"], "2001:db8::1"),
        (("10.0.0.1", 1), [""], "10.0.0.1"),
        (("10.0.0.1", 1), ["\xff\xfe"], "10.0.0.1"),
        (("10.0.0.1", 1), [], "10.0.0.1"),
        (("::ffff:10.0.0.1", 1), ["6.6.6.6"], "6.6.6.6"),
        (None, ["6.6.6.6"], "unix"),
    ],
)
def test_the_chain_is_read_from_its_end_and_only_as_far_as_it_is_trusted(peer, chain, address):
    assert client(["10.0.0.0/8"], peer, *chain) == address


def test_a_unix_socket_is_trusted_by_name_and_nobody_by_default():
    assert client(["unix"], None, "6.6.6.6") == "6.6.6.6"
    assert client([], ("127.0.0.1", 1), "6.6.6.6") == "127.0.0.1"
