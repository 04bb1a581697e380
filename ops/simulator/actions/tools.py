"""The tools: ping, traceroute, fetch; and certificates and keys, which take a moment to make (facts 9.4, 14.28)."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable

from ops.simulator.call import Action, Call
from ops.simulator.files import file_content, remove_file, write_file
from ops.simulator.moment import chance
from ops.simulator.release import V7, Release
from ops.simulator.texts import seconds_in
from ops.simulator.traps import BAD_VALUE, Trap, failure, missing_values
from ops.simulator.tree import Row

PINGS_MAX = 1000  # of one command over the API
_NEVER = 10**6
_PING_GONE = Release(7, 23)
_SIGNING = 0.4  # seconds for a key and a signature
_TAKEN_BY_TLS = "tls-server,tls-client"


def _reachable(address: str) -> bool:
    """Tell whether a simulated world answers: documentation networks 192.0.2.0/24 never do."""
    return ipaddress.ip_address(address) not in ipaddress.ip_network("192.0.2.0/24")


def _trip(call: Call, address: str, seq: int) -> int:
    """Return the round trip in microseconds."""
    far = 900 if ipaddress.ip_address(address).is_private else 11_000
    return int(far * (1 + chance(call.router.seed + seq, hash(address) & 0xFFFF)))


def _time(call: Call, microseconds: int) -> str:
    if call.router.release < V7:
        return f"{microseconds // 1000}ms"
    return f"{microseconds // 1000}ms{microseconds % 1000}us" if microseconds >= 1000 else f"{microseconds}us"  # noqa: PLR2004 - a millisecond


async def _ping(call: Call) -> None:
    address = call.args.get("address")
    if address is None:
        raise missing_values("address")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Trap("invalid value for argument address", BAD_VALUE) from None
    count = min(int(call.args.get("count", _NEVER)), PINGS_MAX)
    interval = seconds_in(call.args.get("interval", "1s")) or 1.0
    trips: list[int] = []
    for seq in range(count):
        row = {"seq": str(seq), "host": address}
        if _reachable(address):
            trips.append(_trip(call, address, seq))
            row |= {"size": call.args.get("size", "56"), "ttl": "64", "time": _time(call, trips[-1])}
        else:
            row["status"] = "timeout"
        loss = 100 - 100 * len(trips) // (seq + 1)
        row |= {"sent": str(seq + 1), "received": str(len(trips)), "packet-loss": str(loss)}
        if trips:
            mean = sum(trips) // len(trips)
            row |= {
                "min-rtt": _time(call, min(trips)),
                "avg-rtt": _time(call, mean),
                "max-rtt": _time(call, max(trips)),
            }
        call.emit(row)
        if seq + 1 < count:
            await call.router.fleet.clock.sleep(interval)


async def _traceroute(call: Call) -> None:
    address = call.args.get("address")
    if address is None:
        raise missing_values("address")
    for hop, host in enumerate((f"{call.router.lan}1", "100.64.0.1", address)):
        row = {"address": host, "loss": "0", "sent": "1", "last": f"{1.2 + 3 * hop:.1f}", "status": "", ".section": "0"}
        call.emit(row)


async def _fetch(call: Call) -> None:
    """Pretend to fetch: a file of the asked name appears, and the device-mode is obeyed."""
    if not call.router.device_mode("fetch"):
        raise failure("not allowed by device-mode")
    url = call.args.get("url")
    if url is None:
        raise missing_values("url")
    name = call.args.get("dst-path") or url.rstrip("/").rsplit("/", 1)[-1] or "index.html"
    body = f"fetched {url}\n"
    call.emit({"status": "connecting", ".section": "0"})
    await call.router.fleet.clock.sleep(0.1)
    done = {"downloaded": "1", "total": "1", "duration": "1s", ".section": "1"}
    if call.args.get("output") == "user":
        call.emit({"status": "finished", **done, "data": body})
        return
    write_file(call.router, name, body, "file")
    call.router.history.effect(call.session, "/tool/fetch", dict(call.args))
    call.emit({"status": "finished", **done})


async def _sign(call: Call) -> None:
    """Sign a certificate template; on small boards this takes its time."""
    table = call.router.own("/certificate")
    reference = call.args.get(".id") or call.args.get("numbers")
    if reference is None:
        raise missing_values("numbers")
    key = table.find(reference)
    call.emit({"progress": "", ".section": "0"})
    await call.router.fleet.clock.sleep(_SIGNING)
    now, row = call.router.device_time(), table.rows[key]
    days = int(str(row.get("days-valid", "365")))
    print_ = hashlib.sha256(f"{call.router.serial}{row['name']}{now}".encode()).hexdigest()
    is_authority = "key-cert-sign" in str(row.get("key-usage", "")) or "ca" not in call.args
    table.change(
        key,
        {
            "private-key": "true",
            "authority": "true" if is_authority else "false",
            "issued": "false" if is_authority else "true",
            "ca": call.args.get("ca"),
            "fingerprint": print_,
            "serial-number": print_[:16].upper(),
            "key-type": "rsa",
            "digest-algorithm": "sha256",
            "invalid-before": call.router.stamp(now),
            "invalid-after": call.router.stamp(now + days * 86400),
            "expires-after": f"{days // 7}w{days % 7}d",
            "akid": "",
            "skid": print_[:40],
            "trusted": "true",
        },
    )
    call.router.history.effect(call.session, "/certificate/sign", dict(call.args))
    call.emit({"progress": "done", ".section": "1"})


def _import_certificate(call: Call) -> None:
    name = call.args.get("file-name")
    if name is None:
        raise missing_values("file-name")
    content = file_content(call.router, name)
    if content is None:
        raise Trap("failure: file not found")
    table = call.router.own("/certificate")
    certificates = content.count("BEGIN CERTIFICATE")
    keys = content.count("PRIVATE KEY-----") // 2
    print_ = hashlib.sha256(content.encode("latin-1")).hexdigest()
    if certificates:
        stem = call.args.get("name") or f"{name}_0"
        row: Row = {"name": stem, "common-name": stem, "fingerprint": print_, "key-type": "rsa", "trusted": "true"}
        row |= {
            "private-key": "false",
            "subject-alt-name": "",
            "key-usage": _TAKEN_BY_TLS,
            "serial-number": print_[:16].upper(),
        }
        table.insert(row)
    elif keys:
        for key, each in table.rows.items():
            if each.get("private-key") == "false":
                table.change(key, {"private-key": "true"})
    call.router.history.effect(call.session, "/certificate/import", dict(call.args))
    counts = {"certificates-imported": str(certificates), "private-keys-imported": str(keys), "files-imported": "1"}
    call.emit({**counts, "decryption-failures": "0", "keys-with-no-certificate": "0" if certificates else str(keys)})


def _import_key(call: Call) -> None:
    """Take a public key from a file, which is removed (facts 13.10)."""
    user, name = call.args.get("user"), call.args.get("public-key-file")
    if user is None or name is None:
        raise missing_values("user", "public-key-file")
    content = file_content(call.router, name)
    if content is None:
        raise Trap("failure: unable to load key file")
    kind, _, rest = content.strip().partition(" ")
    row: Row = {"user": user, "key-owner": rest.rpartition(" ")[2], "~key": content.strip(), "bits": "2048"}
    call.router.own("/user/ssh-keys").insert(row | {"key-type": "ed25519" if "ed25519" in kind else "rsa"})
    remove_file(call.router, name)
    call.router.history.effect(call.session, "/user/ssh-keys/import", dict(call.args))


def _new_host_key(call: Call) -> None:
    call.router.own("/ip/ssh").change(0, {"~host-key": f"{call.router.fleet.now()}"})
    call.router.history.effect(call.session, "/ip/ssh/regenerate-host-key", {})


def _accepted(what: str) -> Callable[[Call], None]:
    """Make an action that has no effect on what can be seen but is written into the journal."""

    def run(call: Call) -> None:
        call.router.history.effect(call.session, what, dict(call.args))

    return run


ACTIONS = {
    "/ping": Action(_ping, ("test",), lambda router: router.release < _PING_GONE),
    "/tool/ping": Action(_ping, ("test",), lambda router: router.release >= V7),
    "/tool/traceroute": Action(_traceroute, ("test",)),
    "/tool/fetch": Action(_fetch, ("ftp", "test")),
    "/certificate/sign": Action(_sign, ("write", "policy")),
    "/certificate/import": Action(_import_certificate, ("write", "policy")),
    "/user/ssh-keys/import": Action(_import_key, ("write", "policy")),
    "/ip/ssh/regenerate-host-key": Action(_new_host_key, ("write", "policy")),
    "/interface/reset-counters": Action(_accepted("/interface/reset-counters"), ("write",)),
    "/ip/dns/cache/flush": Action(_accepted("/ip/dns/cache/flush"), ("write",)),
}
