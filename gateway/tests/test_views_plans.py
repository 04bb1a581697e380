"""No view reads a whole table to answer about one device or one tenant.

The tables of a test are small, so that the planner would rather read them whole: it is told not to. What it still reads
whole, or enters by another column, has no index for the question.
"""

import re
from datetime import timedelta

from contracts.clients import Client, ClientsListed
from contracts.device_log import Line, LinesLogged
from contracts.devices import AddDevice, Address, Credential, DeviceAdded, DeviceIdentified
from contracts.health import HealthObserved
from contracts.language.access import Role
from contracts.language.identity import UserId, repeatable_id
from contracts.language.sealed import Personal, Sealed, person_key
from contracts.reachability import CameOnline, WentOffline
from contracts.users import UserInvited
from ops.testing.telling import NOON, ROUTER, Telling

DEVICE = "/devices/{device_id:uuid}"
HOUR = {"from_at": NOON.isoformat(), "to_at": (NOON + timedelta(hours=1)).isoformat()}
DEVICES = 300
ONE_DEVICE = {"device_id": ROUTER}
ASKED = [
    ("rows", "/devices", {}, {}),
    ("rows", "/devices", {}, {"sort": "-cpu_load_percent", "status": "online"}),
    ("rows", "/devices", {}, {"as_of": HOUR["to_at"]}),
    ("rows", "/outages", {}, {}),
    ("rows", "/timeline", {}, {}),
    ("rows", "/clients", {}, {"mac": "02:00:00:00:00:01"}),
    ("rows", "/audit", {}, {}),
    ("rows", "/audit", {}, {"about_id": ROUTER}),
    ("one", "/fleet/summary", {}, {}),
    ("one", DEVICE, ONE_DEVICE, {}),
    ("one", DEVICE, ONE_DEVICE, {"as_of": HOUR["to_at"]}),
    *(("one", f"{DEVICE}/{word}", ONE_DEVICE, {}) for word in ("health", "polls", "routes", "sparkline", "wireless")),
    *(
        ("rows", f"{DEVICE}/{word}", ONE_DEVICE, {})
        for word in ("clients", "interfaces", "log", "neighbours", "outages", "timeline")
    ),
    *(
        ("points", f"{DEVICE}/{word}/series", ONE_DEVICE, HOUR | {"resolution": resolution})
        for word in ("health", "interfaces", "wireless")
        for resolution in ("look", "5m", "1h", "1d")
    ),
]


def tell():
    told = Telling()
    credential = Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x"))
    for number in range(DEVICES):
        device_id = ROUTER if not number else repeatable_id("device", number)
        action = told.ask(
            AddDevice(
                device_id=device_id,
                title=f"router {number}",
                host="192.0.2.1",
                username="tod",
                password=credential.password,
            )
        )
        told.answer(
            DeviceAdded(
                device_id=device_id, title=f"router {number}", address=Address(host="192.0.2.1"), credential=credential
            ),
            action,
        )
        told.say(somebody(number))
        told.say(WentOffline(device_id=device_id, since=told.now, code="device.timeout", message=""))
        told.say(CameOnline(device_id=device_id, since=told.now))
        told.look(
            HealthObserved(uptime_seconds=86_400),
            DeviceIdentified(board="hAP"),
            ClientsListed(clients=(Client(mac="02:00:00:00:00:01"),), total=1),
            LinesLogged(lines=(Line(id="*1", stamp="", message="hello"),)),
            device_id=device_id,
        )
        told.wait(seconds=1).look(
            HealthObserved(uptime_seconds=1), DeviceIdentified(board="hAP ac"), device_id=device_id
        )
    return told


def somebody(number: int) -> UserInvited:
    """A person: as many as devices, for the planner reads a table whole that has next to nobody in it."""
    user_id = UserId(repeatable_id("user", number))
    text = Personal(person_key(user_id), "vault:v1:x")
    return UserInvited(
        user_id=user_id,
        email=text,
        person=text,
        email_digest="digest",
        role=Role.VIEWER,
        link=1,
        link_expires_at=NOON + timedelta(days=7),
    )


def conditions(plan: str) -> dict[str, str]:
    """The index condition of every scan of a table, by the line that names it."""
    nodes = re.split(r"^\s*->  ", plan, flags=re.MULTILINE)
    scans = [node for node in nodes if re.match(r"(Parallel )?(Seq|Index|Index Only|Bitmap Index) Scan", node)]
    found = {node.splitlines()[0]: re.search(r"Index Cond: (.*)", node) for node in scans}
    return {line: cond[1] if cond else "" for line, cond in found.items()}


async def test_every_table_is_entered_by_an_index_of_the_device_or_tenant(read_side):
    await read_side.take(tell())
    await read_side.analyse()
    strays = []
    for ask, path, where, words in ASKED:
        await getattr(read_side, ask)(path, words=words, **where)
        plan = await read_side.plan(settings="SET LOCAL enable_seqscan = off")
        wanted = r"device_id = |mac = " if where else r"tenant_id = |device_id = "
        entered = conditions(plan)
        assert entered
        strays += [(path, words, line, cond) for line, cond in entered.items() if not re.search(wanted, cond)]
    assert strays == []
