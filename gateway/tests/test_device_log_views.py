"""What a device wrote into its own log; its routes and neighbours."""

from contracts.device_log import Line, LinesLogged
from contracts.devices import Address, Credential, DeviceAdded
from contracts.interfaces import Interface, InterfacesListed
from contracts.language.identity import repeatable_id
from contracts.language.sealed import Sealed
from contracts.routes import DefaultRoute, RoutesCounted
from contracts.topology import Neighbour, NeighboursListed
from ops.testing.telling import NOON, ROUTER, Telling

SECOND = repeatable_id("device", "second")
LOG = "/devices/{device_id:uuid}/log"
NEIGHBOURS = "/devices/{device_id:uuid}/neighbours"


def tell():
    told = Telling()
    for device_id in (ROUTER, SECOND):
        told.say(
            DeviceAdded(
                device_id=device_id,
                title=f"router {device_id}",
                address=Address(host="192.0.2.1"),
                credential=Credential(username="tod", password=Sealed("tenant-x", "vault:v1:x")),
            )
        )
    return told


def lines(first, count, topics=("system", "info")):
    return tuple(
        Line(id=f"*{number:X}", stamp="jan/31 12:00:00", at=NOON, topics=topics, message=f"line {number}")
        for number in range(first, first + count)
    )


async def test_lines_are_read_newest_first_and_paged_without_a_gap(read_side):
    told = tell()
    told.look(LinesLogged(lines=lines(0, 5)))
    told.wait(minutes=5).look(LinesLogged(lines=lines(5, 5)))
    await read_side.take(told)
    seen, words = [], {"limit": "3"}
    while True:
        page = await read_side.page(LOG, device_id=ROUTER, words=words)
        seen += [row["message"] for row in page.items]
        if page.next is None:
            break
        words["cursor"] = page.next
    assert seen == [f"line {number}" for number in range(9, -1, -1)]


async def test_a_line_that_is_read_again_is_noted_once(read_side):
    told = tell()
    told.look(LinesLogged(lines=lines(0, 90)))
    told.wait(minutes=5).look(LinesLogged(lines=lines(0, 100)))
    told.wait(minutes=5).look(LinesLogged(lines=lines(5, 100)))
    await read_side.take(told)
    found = await read_side.rows(LOG, device_id=ROUTER, words={"limit": "500"})
    assert sorted(int(line.message.split()[1]) for line in found) == list(range(105))


async def test_lines_are_searched_by_text_and_topic(read_side):
    told = tell()
    told.look(LinesLogged(lines=(*lines(0, 3), *lines(3, 1, ("system", "error", "critical")))))
    await read_side.take(told)
    assert [line.message for line in await read_side.rows(LOG, device_id=ROUTER, words={"search": "LINE 2"})] == [
        "line 2"
    ]
    [critical] = await read_side.rows(LOG, device_id=ROUTER, words={"topic": "critical"})
    assert (critical.message, critical.topics, critical.logged_at) == ("line 3", "system,error,critical", NOON)


async def test_a_search_for_a_percent_sign_finds_a_percent_sign(read_side):
    told = tell()
    line = Line(id="*1", stamp="", message="disk 90% full")
    told.look(LinesLogged(lines=(line, *lines(2, 2))))
    await read_side.take(told)
    [found] = await read_side.rows(LOG, device_id=ROUTER, words={"search": "%"})
    assert (found.message, found.logged_at) == ("disk 90% full", None)


async def test_routes_are_told_in_short(read_side):
    told = tell()
    route = DefaultRoute(destination="0.0.0.0/0", gateway="192.0.2.254", distance=1, is_active=True)
    told.look(RoutesCounted(total=1234, default_routes=(route,)))
    await read_side.take(told)
    now = await read_side.one("/devices/{device_id:uuid}/routes", device_id=ROUTER)
    assert (now.total, now.default_routes) == (1234, (route,))
    other = await read_side.one("/devices/{device_id:uuid}/routes", device_id=SECOND)
    assert (other.total, other.default_routes) == (None, ())


async def test_a_neighbour_that_is_ours_is_known_by_its_mac(read_side):
    told = tell()
    mac = "02:00:00:00:00:22"
    told.look(InterfacesListed(interfaces=(Interface(name="ether1", kind="ether", mac=mac),)), device_id=SECOND)
    heard = (
        Neighbour(interface="ether5", mac=mac, identity="edge", address="192.0.2.2"),
        Neighbour(interface="ether5", mac=mac, identity="edge", address="192.0.2.3"),
        Neighbour(interface="ether6", mac="02:00:00:00:00:33", identity="stranger"),
    )
    told.look(NeighboursListed(neighbours=heard))
    await read_side.take(told)
    found = await read_side.rows(NEIGHBOURS, device_id=ROUTER)
    assert [(line.identity, line.neighbour_id) for line in found] == [
        ("edge", SECOND),
        ("edge", SECOND),
        ("stranger", None),
    ]
    assert len(await read_side.rows("/neighbours", words={"neighbour_id": SECOND})) == 2


async def test_neighbours_are_told_as_they_were(read_side):
    told = tell()
    told.look(NeighboursListed(neighbours=(Neighbour(interface="ether1", identity="old"),)))
    then = told.now
    told.wait(hours=1).look(NeighboursListed(neighbours=(Neighbour(interface="ether1", identity="new"),)))
    await read_side.take(told)
    past = await read_side.rows(NEIGHBOURS, device_id=ROUTER, words={"as_of": then.isoformat()})
    assert [line.identity for line in past] == ["old"]
    assert [line.identity for line in await read_side.rows(NEIGHBOURS, device_id=ROUTER)] == ["new"]
