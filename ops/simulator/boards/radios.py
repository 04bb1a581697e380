"""Rows of the wireless menus in all three packages, and of LTE (facts 14.12-14.16)."""

from collections.abc import Iterator

from ops.simulator.boards.board import Board, Radio
from ops.simulator.boards.network import client_mac, client_present, lan
from ops.simulator.boards.ports import bridge_name, mac
from ops.simulator.moment import Live, Moment, Value
from ops.simulator.texts import duration
from ops.simulator.tree import Row

Rows = dict[int, Row]

_RADIO_RANK = 0x11
_PACKET = 420


def _signal(number: int, best: int = -48) -> Live:
    return lambda m: str(_level(m, number, best))


def _level(m: Moment, number: int, best: int = -48) -> int:
    return best - (m.router.seed + number * 13) % 26 - int(5 * m.noise(300 + number, 120))


def _pair(rate: float, number: int) -> Live:
    def read(m: Moment) -> str:
        sent = int(m.traffic * rate * (1 + number % 5))
        return f"{sent},{sent // 6 + number}"

    return read


def _connected(number: int) -> Live:
    return lambda m: duration(min(m.uptime, 3600 + (int(m.now) + number * 4217) % 86400))


def _idle(number: int) -> Live:
    def read(m: Moment) -> str:
        milliseconds = int(m.noise(700 + number, 20) * 9000) // 10 * 10
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds}s{rest}ms" if seconds and rest else f"{seconds}s" if seconds else f"{rest}ms"

    return read


def legacy_interface(radio: Radio, rank: int) -> Row:
    """Return one radio of /interface/wireless; what it does not say is the menu's default."""
    five = radio.band.startswith("5")
    row: Row = {"name": radio.name, "default-name": radio.name, "mac-address": mac(rank)}
    row |= {"interface-type": "Atheros QCA9880" if five else "Atheros AR9300"}
    row |= {"radio-name": lambda m: m.router.mac.replace(":", "") + f"{rank:02X}"}
    row |= {"mode": radio.mode, "ssid": radio.ssid, "country": "latvia", "antenna-gain": "3"}
    row |= {"frequency": radio.frequency, "band": radio.band, "wireless-protocol": "802.11", "distance": "indoors"}
    row |= {"channel-width": "20/40/80mhz-XXXX" if "ac" in radio.band else "20/40mhz-XX"}
    return row | {"~rx": "90000", "~tx": "610000", "~rank": str(rank)}


def _legacy_rate(number: int, five: bool) -> str:  # noqa: FBT001 - one of two bands
    rates = (
        ("866.6Mbps-80MHz/2S/SGI", "390Mbps-80MHz/1S", "702Mbps-80MHz/2S")
        if five
        else (
            "72.2Mbps-20MHz/1S/SGI",
            "144.4Mbps-20MHz/2S/SGI",
            "65Mbps-20MHz/1S",
        )
    )
    return rates[number % 3]


def legacy_client(radio: Radio, number: int) -> Row:
    """Return one row of /interface/wireless/registration-table."""
    five = radio.band.startswith("5")
    level: Live = lambda m: f"{_level(m, number)}@{'6' if five else '1'}Mbps"  # noqa: E731 - a Live like its neighbours
    row: Row = {"interface": radio.name}
    if radio.mode != "ap-bridge":
        row |= {"radio-name": lambda m: m.router.mac.replace(":", "") + "FE"}
    row |= {"mac-address": client_mac(number), "ap": "true" if radio.mode != "ap-bridge" else "false", "wds": "false"}
    row |= {"bridge": "false", "rx-rate": _legacy_rate(number, five), "tx-rate": _legacy_rate(number + 1, five)}
    row |= {
        "packets": _pair(9_000 / _PACKET, number),
        "bytes": _pair(9_000, number),
        "frames": _pair(9_000 / _PACKET, number),
    }
    row |= {"frame-bytes": _pair(9_100, number), "hw-frames": _pair(11_000 / _PACKET, number)}
    row |= {"hw-frame-bytes": _pair(11_900, number), "tx-frames-timed-out": "0", "uptime": _connected(number)}
    row |= {"last-activity": _idle(number), "signal-strength": level}
    row |= {"signal-to-noise": lambda m: str(_level(m, number) + 112), "signal-strength-ch0": _signal(number, -49)}
    row |= {"signal-strength-ch1": _signal(number, -53)}
    if radio.mode != "ap-bridge":
        row |= {"tx-signal-strength": _signal(number, -50), "rx-ccq": lambda m: str(80 + int(15 * m.noise(9, 300)))}
        row |= {"distance": "4"}
    row |= {"strength-at-rates": _at_rates(number), "tx-ccq": lambda m: str(62 + int(50 * m.noise(400 + number, 300)))}
    row |= {"p-throughput": lambda m: str(24_000 + int(30_000 * m.noise(500 + number, 300)))}
    row |= {"last-ip": lan(str(254 - number)), "802.1x-port-enabled": "true", "authentication-type": "wpa2-psk"}
    row |= {
        "encryption": "aes-ccm",
        "group-encryption": "aes-ccm",
        "management-protection": "false",
        "wmm-enabled": "true",
    }
    row |= {"tx-rate-set": "OFDM:6-54 BW:1x-4x SGI:1x-4x HT:0-15" if five else "OFDM:6-54 BW:1x SGI:1x HT:0-7"}
    return row | {"~present": client_present(number)}


def _at_rates(number: int) -> Live:
    def read(m: Moment) -> str:
        level = _level(m, number)
        since = duration(int(m.now) % 5000 + 16, 330)
        lately = duration(int(m.now) % 3000 + 3, 30)
        return f"{level}@1Mbps {since},{level - 3}@HT20-3 {lately},{level - 4}@HT20-6 58s580ms"

    return read


def wifi_interface(radio: Radio, rank: int) -> Row:
    """Return one radio of /interface/wifi or wifiwave2."""
    channel = f"{radio.frequency}/{radio.band.rsplit('-', 1)[-1]}"
    row: Row = {"name": radio.name, "default-name": radio.name, "mac-address": mac(rank), "arp": "enabled"}
    row |= {"arp-timeout": "auto", "l2mtu": "1560", "radio-mac": mac(rank), "configuration.mode": "ap"}
    row |= {"configuration.ssid": radio.ssid, "configuration.country": "Latvia"}
    row |= {"security.authentication-types": "wpa2-psk,wpa3-psk", "security.passphrase": "correct-horse"}
    row |= {"master": "true", "bound": "true", "inactive": "false", "running": "true", "disabled": "false"}
    row |= {".about": f"mode: AP, SSID: {radio.ssid}, channel: {channel}"}
    return row | {"~rx": "140000", "~tx": "920000", "~rank": str(rank), "~channel": channel}


def wifi_client(radio: Radio, number: int, *, modern: bool) -> Row:
    """Return one row of /interface/wifi/registration-table."""
    row: Row = {"interface": radio.name if radio.name != "wifi" else "cap-wifi1", "ssid": radio.ssid}
    row |= {"mac-address": client_mac(number), "uptime": _connected(number)}
    if modern:
        row |= {"last-activity": _idle(number)}
    row |= {"signal": _signal(number)}
    if modern:
        row |= {"auth-type": "wpa2-psk" if number % 3 else "wpa3-psk", "band": radio.band}
    rate = 54_000_000 + 86_700_000 * (number % 7)
    row |= {"tx-rate": str(rate), "rx-rate": str(rate // 2), "packets": _pair(22_000 / _PACKET, number)}
    row |= {"bytes": _pair(22_000, number), "tx-bits-per-second": lambda m: str(int(900_000 * m.noise(600 + number)))}
    row |= {"rx-bits-per-second": lambda m: str(int(120_000 * m.noise(650 + number))), "authorized": "true"}
    return row | {"~present": client_present(number)}


def caps_interface(radio: Radio, number: int) -> Row:
    """Return one interface of a CAPsMAN manager."""
    channel = f"{radio.frequency}/20-Ce/ac(20dBm)" if radio.band.startswith("5") else f"{radio.frequency}/20/gn(20dBm)"
    row: Row = {"name": f"cap{number}", "mac-address": client_mac(220 + number), "arp-timeout": "auto", "l2mtu": "1600"}
    row |= {"radio-mac": client_mac(220 + number), "radio-name": f"CAP{number:09d}", "master-interface": "none"}
    row |= {"configuration": "campus", "current-state": "running-ap", "current-channel": channel}
    row |= {"current-rate-set": "OFDM:6-54 BW:1x SGI:1x HT:0-15", "current-basic-rate-set": "OFDM:6"}
    row |= {"current-registered-clients": str(radio.clients), "current-authorized-clients": str(radio.clients)}
    row |= {"master": "true", "bound": "true", "inactive": "false", "running": "true", "disabled": "false"}
    return row | {"~rx": "60000", "~tx": "400000", "~rank": "0"}


def caps_client(radio: Radio, cap: int, number: int) -> Row:
    """Return one row of /caps-man/registration-table."""
    row: Row = {"interface": f"cap{cap}", "ssid": radio.ssid, "mac-address": client_mac(number)}
    row |= {
        "uptime": lambda m: f"{_connected(number)(m)}{int(900 * m.noise(11)) + 90}ms",
        "tx-rate": "144.4Mbps-20MHz/2S/SGI",
    }
    row |= {
        "rx-rate": "130Mbps-20MHz/2S",
        "rx-signal": _signal(number, -36),
        "packets": _pair(12_000 / _PACKET, number),
    }
    return row | {"bytes": _pair(12_000, number), "eap-identity": "", "~present": client_present(number)}


_CHANNELS = {"2": "2412/ax,2437/ax,2462/ax", "5": "5180/ax/Ceee,5260/ax/Ceee/D,5500/ax/Ceee/D"}


def wifi_radio(radio: Radio, rank: int) -> Row:
    """Return one row of /interface/wifi/radio."""
    row: Row = {
        "local": "true",
        "radio-mac": mac(rank),
        "phy-id": str(rank - _RADIO_RANK),
        "tx-chains": "0,1",
        "rx-chains": "0,1",
    }
    row |= {"bands": radio.band, "ciphers": "tkip,ccmp,gcmp", "interface": radio.name}
    return row | {"current-country": "Latvia", "current-channels": _CHANNELS[radio.band[:1]]}


def _legacy(board: Board) -> Iterator[tuple[str, Rows]]:
    radios = [radio for radio in board.radios if radio.name.startswith("wlan")]
    yield (
        "/interface/wireless",
        {_RADIO_RANK + place: legacy_interface(radio, _RADIO_RANK + place) for place, radio in enumerate(radios)},
    )
    clients: Rows = {}
    for radio in radios:
        for _ in range(radio.clients):
            clients[len(clients) + 1] = legacy_client(radio, len(clients))
    yield "/interface/wireless/registration-table", clients
    profile: Row = {
        "name": "default",
        "mode": "dynamic-keys",
        "authentication-types": "wpa2-psk",
        "supplicant-identity": "MikroTik",
    }
    profile |= {"wpa2-pre-shared-key": "correct-horse", "~configured": "true", "default": "true"}
    yield "/interface/wireless/security-profiles", {0: profile}


def _wifi(board: Board, root: str) -> Iterator[tuple[str, Rows]]:
    local = [radio for radio in board.radios if radio.name.startswith("wifi") and radio.name != "wifi"]
    yield root, {_RADIO_RANK + place: wifi_interface(radio, _RADIO_RANK + place) for place, radio in enumerate(local)}
    clients: Rows = {}
    for radio in board.radios:
        if radio.name.startswith("wifi"):
            for _ in range(radio.clients):
                key = len(clients) + 0xF0
                clients[key] = wifi_client(radio, len(clients) + 20, modern=root == "/interface/wifi")
    yield f"{root}/registration-table", clients
    if root == "/interface/wifi":
        yield (
            "/interface/wifi/radio",
            {1 + place: wifi_radio(radio, _RADIO_RANK + place) for place, radio in enumerate(local)},
        )


def _caps(board: Board) -> Iterator[tuple[str, Rows]]:
    interfaces: Rows = {}
    clients: Rows = {}
    for number, radio in enumerate(board.radios, 1):
        interfaces[0x20 + 0x30 + number] = caps_interface(radio, number)
        for _ in range(radio.clients):
            clients[len(clients) + 1] = caps_client(radio, number, len(clients))
    yield "/caps-man/interface", interfaces
    yield "/caps-man/registration-table", clients
    manager: Row = {"enabled": "true", "certificate": "auto", "ca-certificate": "auto"}
    yield "/caps-man/manager", {0: manager}
    configuration: Row = {
        "name": "campus",
        "ssid": "campus",
        "country": "latvia",
        "security": "campus",
        "datapath": "campus",
    }
    yield "/caps-man/configuration", {1: configuration}
    security: Row = {
        "name": "campus",
        "authentication-types": "wpa2-psk",
        "encryption": "aes-ccm",
        "passphrase": "correct-horse",
    }
    yield "/caps-man/security", {1: security}
    yield "/caps-man/datapath", {1: {"name": "campus", "bridge": bridge_name(board), "local-forwarding": "false"}}
    provisioning: Row = {"action": "create-dynamic-enabled", "master-configuration": "campus"}
    yield "/caps-man/provisioning", {1: provisioning}
    cap: Row = {
        "address": lan("21"),
        "name": "[A4:83:E7:00:00:21]",
        "board": "RBcAPGi-5acD2nD",
        "serial": "HCA08E21PQ7",
    }
    cap |= {"version": "6.49.17", "identity": "cap-hall", "base-mac": client_mac(221), "state": "Run", "radios": "2"}
    yield "/caps-man/remote-cap", {1: cap}


def lte_reading(v7: bool) -> dict[str, Value]:  # noqa: FBT001 - one of two dialects
    """Return what /interface/lte/monitor says of a modem that is online (facts 14.16)."""
    return {
        "status": "connected",
        "model": "R11e-LTE6",
        "revision": "R11e-LTE6_V027",
        "current-operator": "LMT",
        "current-cellid": lambda m: str(3_000_000 + m.router.seed % 90_000),
        "enb-id": "12122",
        "sector-id": "10",
        "phy-cellid": "480",
        "data-class": "LTE",
        "session-uptime": lambda m: duration(max(m.uptime - 40, 0)),
        "imei": lambda m: f"35{m.router.seed % 10**13:013d}",
        "imsi": lambda m: f"24701{m.router.seed % 10**10:010d}",
        ("iccid" if v7 else "uicc"): lambda m: f"893710{m.router.seed % 10**13:013d}",
        "primary-band": "B3@20Mhz earfcn: 1300 phy-cellid: 480",
        "rssi": _signal(1, -55),
        "rsrp": _signal(2, -84),
        "rsrq": lambda m: str(-8 - int(5 * m.noise(21))),
        "sinr": lambda m: str(6 + int(15 * m.noise(22))),
    }


def tables(board: Board) -> Iterator[tuple[str, Rows]]:
    """Return what this module knows of a board, menu by menu."""
    if "wireless" in board.features:
        yield from _legacy(board)
    if "wifiwave2" in board.features:
        yield from _wifi(board, "/interface/wifiwave2")
    if "wifi" in board.features:
        yield from _wifi(board, "/interface/wifi")
    if "capsman" in board.features:
        yield from _caps(board)
    if "lte" in board.features:
        apn: Row = {
            "name": "default",
            "apn": "internet",
            "default": "true",
            "use-peer-dns": "true",
            "use-network-apn": "true",
        }
        apn |= {"add-default-route": "true", "default-route-distance": "2", "ip-type": "auto", "authentication": "none"}
        yield "/interface/lte/apn", {1: apn}
