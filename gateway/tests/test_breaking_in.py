"""Over a raw socket: what no well-behaved client would send."""

import asyncio
import re
import time

import pytest

from gateway.http import limits, server

BODY = b'{"title": "x", "host": "h", "username": "u", "password": "p"}'


@pytest.fixture
def talk(served, world):
    """Say bytes to the server and hear what it says until it stops, hangs up or `within` seconds are over."""

    async def talking(*pieces, within=2.0, pause=0.0):
        reader, writer = await asyncio.open_connection(*served)
        heard = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            async with asyncio.timeout(within):
                while piece := await reader.read(65536):
                    heard += piece
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()
        return heard

    return talking


def head(world, path="/api/devices", method="POST", **headers):
    named = {"host": "gateway", "authorization": f"Bearer {world.token()}", "content-type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


async def test_a_body_is_asked_for_only_from_those_who_may_send_it(world, talk):
    asked = head(world, content_length=len(BODY), expect="100-continue")
    assert (await talk(asked, within=0.5)).startswith(b"HTTP/1.1 100 ")
    stranger = head(world, content_length=len(BODY), expect="100-continue", authorization="Bearer x")
    heard = await talk(stranger, within=0.5)
    assert heard.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in heard
    both = await talk(asked, BODY, within=2)
    assert b"HTTP/1.1 100 " in both
    assert b"HTTP/1.1 201 " in both


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(world, talk):
    heard = await talk(head(world, content_length=10**9), BODY, within=1)
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in heard


async def test_a_body_without_a_length_is_cut_off_at_the_limit(world, talk):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    heard = await talk(head(world, transfer_encoding="chunked"), *[chunk] * 6, b"0\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_trickles_is_given_up(world, talk, monkeypatch):
    monkeypatch.setattr(limits, "BODY_SECONDS_MAX", 0.3)
    begun = time.perf_counter()
    heard = await talk(head(world, content_length=len(BODY)), BODY[:5], within=3)
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert time.perf_counter() - begun < 2.5


async def test_who_never_finishes_his_head_is_hung_up_on(world, talk, monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS_MAX", 0.3)
    begun = time.perf_counter()
    await talk(b"GET /health HTTP/1.1\r\nHost: gateway\r\nX-Slow: ", within=4)
    silent = await talk(within=4)
    assert time.perf_counter() - begun < 3
    assert silent == b""
    assert (await talk(head(world, "/health", "GET", connection="close"))).startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_is_too_large_or_no_http_is_refused(world, talk):
    for said in (
        head(world, x_large="x" * 100_000),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELO gateway\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: gateway\r\nBad Header: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
    ):
        heard = await talk(said, within=1)
        assert heard == b"" or heard.startswith(b"HTTP/1.1 400 "), said[:60]


async def test_two_readings_of_one_length_are_refused(world, talk):
    smuggled = b"GET /metrics HTTP/1.1\r\nHost: gateway\r\n\r\n"
    for headers in (
        {"content_length": len(BODY), "transfer_encoding": "chunked"},
        {"transfer_encoding": "chunked, identity"},
        {"transfer_encoding": "\x0bchunked"},
        {"content_length": "5, 6"},
        {"content_length": "-1"},
    ):
        heard = await talk(head(world, **headers), b"0\r\n\r\n" + smuggled, within=1)
        assert heard.count(b"HTTP/1.1 2") == 0, headers


async def test_a_path_cannot_leave_its_place(world, talk):
    for path in (
        "/docs/../../etc/passwd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/api/schemas/..%2f..%2fpyproject.toml",
        "/api/devices/%00",
        "/api/devices/%ff%fe",
        "/api/devices/" + "9" * 5000,
        "/api/devices;x=1",
        "/API/devices",
    ):
        heard = await talk(head(world, path, "GET", connection="close"))
        assert heard.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), (path, heard[:200])
        assert b"root:" not in heard


async def test_header_values_of_a_caller_never_become_headers_of_the_answer(world, talk):
    heard = await talk(head(world, "/health", "GET", x_request_id="a\x0bSet-Cookie: x=1", connection="close"))
    assert b"set-cookie" not in heard.lower()


async def test_requests_one_behind_the_other_are_answered_in_order(world, talk):
    heard = await talk(
        head(world, "/health", "GET"), head(world, "/nowhere", "GET"), head(world, "/health", "GET", connection="close")
    )
    assert re.findall(rb"HTTP/1\.1 (\d+)", heard) == [b"200", b"404", b"200"]


async def test_a_method_nobody_knows_is_refused(world, talk):
    for method in ("TRACE", "CONNECT", "PROPFIND", "get"):
        heard = await talk(head(world, "/api/devices", method, connection="close"))
        assert heard.startswith((b"HTTP/1.1 405 ", b"HTTP/1.1 400 ", b"HTTP/1.1 404 ")), (method, heard[:100])


async def test_a_websocket_is_not_spoken_here(world, talk):
    upgrade = {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec_websocket_version": 13,
        "sec_websocket_key": "AAAA",
    }
    heard = await talk(head(world, "/api/live", "GET", **upgrade), within=1)
    assert not heard.startswith(b"HTTP/1.1 101")


async def test_nothing_that_was_sent_is_written_to_the_log(world, talk, capfd):
    await talk(
        head(world, "/api/devices?search=findme-query", "GET", connection="close", cookie="findme-cookie=1"),
    )
    await talk(head(world, content_length=len(BODY), connection="close"), BODY.replace(b'"p"', b'"findme-password"'))
    await talk(head(world, content_length=30, connection="close"), b'{"password": "findme-broken', pause=0.1)
    said = "".join(capfd.readouterr())
    assert "request.answered" in said
    assert "findme" not in said
    assert "eyJ" not in said, "no token either"
