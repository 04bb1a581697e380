import asyncio
import os
import shutil
import stat

import asyncssh
import pytest

from ops.simulator import Fleet


async def until_named(router, name):
    """Wait until a router has this identity."""
    async with asyncio.timeout(5):
        while router.row("/system/identity")["name"] != name:  # noqa: ASYNC110 - a router tells nobody of its changes
            await asyncio.sleep(0)


OPENSSH = pytest.mark.skipif(
    shutil.which("ssh") is None or shutil.which("sftp") is None, reason="OpenSSH's client is not installed"
)


@pytest.fixture
def connect(fleet):
    """Open an SSH connection to a router as the fleet's account."""

    def connect(router, username="tod", **options):
        options.setdefault("password", router.password)
        return asyncssh.connect(
            router.address, fleet.ports.ssh, username=username, known_hosts=None, config=None, **options
        )

    return connect


async def test_exec_runs_one_line_and_prints_everything_to_stdout(connect, new):
    async with connect(new) as connection:
        done = await connection.run(":put [/system identity get name]; /ip address print count-only")
        assert (done.stdout, done.stderr, done.exit_status) == (f"{new.identity}\r\n3\r\n", "", 0)
        done = await connection.run("/ip nonsense")
        assert (done.stdout, done.stderr) == ("bad command name nonsense (line 1 column 5)\r\n", "")


async def test_an_export_over_ssh_has_carriage_returns_and_a_head(connect, fleet):
    for router in fleet.routers:
        async with connect(router, username="tod+ct80w") as connection:
            done = await connection.run("/export")
            assert done.stdout.startswith("# ")
            assert f"by RouterOS {router.release}\r\n" in done.stdout
            assert "\n/system identity\r\n" in done.stdout


async def test_a_wrong_password_is_refused_and_logged(connect, new):
    with pytest.raises(asyncssh.PermissionDenied):
        await connect(new, password="wrong")
    assert "login failure for user tod from 127.0.0.1 via ssh" in [line.message for line in new.lines]


async def test_a_key_switches_the_password_off(connect, new, dial):
    key = asyncssh.generate_private_key("ssh-ed25519")
    wire = await dial(new)
    await wire.ask("/user/ssh-keys/add", "=user=tod", f"=key={key.export_public_key().decode().strip()}")
    async with connect(new, client_keys=[key], password=None) as connection:
        assert (await connection.run(":put 1")).stdout == "1\r\n"
    with pytest.raises(asyncssh.PermissionDenied):
        await connect(new)
    await wire.ask("/ip/ssh/set", "=always-allow-password-login=yes")
    async with connect(new) as connection:
        assert (await connection.run(":put 1")).stdout == "1\r\n"


async def test_files_come_and_go_over_sftp(connect, new, tmp_path):
    async with connect(new) as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("note.txt", "wb") as file:
            await file.write(b"caf\xe9" * 20_000)
        assert "note.txt" in await sftp.listdir("/")
        assert (await sftp.stat("note.txt")).size == 80_000
        await sftp.get("note.txt", str(tmp_path / "note"))
        assert (tmp_path / "note").read_bytes() == b"caf\xe9" * 20_000
        await sftp.remove("note.txt")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.stat("note.txt")
        assert {name for name in await sftp.listdir("flash") if not name.startswith(".")} == {"skins", "pub"}


async def test_an_exported_file_is_read_back_over_sftp(connect, dial, old):
    wire = await dial(old)
    assert await wire.ask("/export", "=file=config") == [("!done",)]
    assert await wire.ask("/export") == [("!done",)]
    async with (
        connect(old) as connection,
        connection.start_sftp_client() as sftp,
        sftp.open("config.rsc", "rb") as file,
    ):
        assert b"\r\n/ip address\r\nadd address=" in await file.read()


async def test_an_import_stops_at_the_first_error_and_keeps_what_came_before(connect, new):
    good = "add address=10.{}.0.1/24 interface=ether1\n"
    text = f"/ip address\n{good.format(1)}add address=x interface=ether1\n{good.format(2)}"
    async with connect(new) as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("half.rsc", "w") as file:
            await file.write(text)
        done = await connection.run("/import file-name=half.rsc")
        assert done.stdout == "invalid value for argument address\r\n"
        done = await connection.run("/ip address print terse")
        assert "10.1.0.1/24" in done.stdout
        assert "10.2.0.1/24" not in done.stdout
        async with sftp.open("good.rsc", "w") as file:
            await file.write("/system identity set name=imported\n")
        done = await connection.run("/import file-name=good.rsc")
        assert done.stdout == "Script file loaded and executed successfully\r\n"
        assert new.row("/system/identity")["name"] == "imported"


async def test_a_file_named_auto_runs_when_it_has_arrived(connect, new):
    async with connect(new) as connection, connection.start_sftp_client() as sftp, sftp.open("x.auto.rsc", "w") as file:
        await file.write("/system identity set name=automatic\n")
    await until_named(new, "automatic")


async def test_a_terminal_has_a_prompt_a_menu_and_safe_mode(connect, new):
    async with connect(new) as connection:
        process = await connection.create_process(term_type="xterm")
        prompt = f"[tod@{new.identity}] > "
        assert prompt in await process.stdout.readuntil("> ")
        process.stdin.write("/ip address\n")
        assert f"[tod@{new.identity}] /ip address > " in await process.stdout.readuntil("address > ")
        process.stdin.write("\x18/\n")
        assert "[Safe Mode taken]" in await process.stdout.readuntil("<SAFE> > ")
        process.stdin.write("/system identity set name=unsafe\n")
        await process.stdout.readuntil("<SAFE> > ")
        process.close()
    await until_named(new, new.identity)


async def test_critical_lines_are_echoed_into_terminals(connect, new):
    async with connect(new) as connection:
        process = await connection.create_process(term_type="xterm")
        await process.stdout.readuntil("> ")
        new.log("system,error,critical", "login failure for user x")
        assert "echo: system,error,critical login failure for user x" in await process.stdout.readuntil("user x")


async def test_a_reboot_over_ssh_asks_first(connect, new):
    async with connect(new) as connection:
        done = await connection.run("/system reboot", input="n\n")
        assert done.stdout == "Reboot, yes? [y/N]: action cancelled\r\n"
        await connection.run("/system reboot", input="y\n")
        await connection.wait_closed()
    assert new.is_away


async def test_every_router_has_a_host_key_of_its_own_that_a_backup_brings_back(connect, dial, fleet, new):
    async def key():
        async with connect(new) as connection:
            return connection.get_server_host_key().export_public_key()

    first = await key()
    assert first == await key()
    wire = await dial(new)
    await wire.ask("/ip/ssh/regenerate-host-key")
    second = await key()
    assert second != first
    await wire.ask("/system/backup/save", "=name=flash/b", "=password=")
    await wire.ask("/ip/ssh/regenerate-host-key")
    assert await key() != second
    await wire.ask("/system/backup/load", "=name=flash/b", "=password=")
    await fleet.advance(2)
    assert await key() == second


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
async def test_an_old_version_offers_only_old_algorithms(tmp_path):
    async with Fleet(1, boards=("hex-poe-lite-6.42",), data_dir=tmp_path) as fleet:
        router = fleet.routers[0]
        terms = {"username": "tod", "password": router.password, "known_hosts": None, "config": None}
        with pytest.raises(asyncssh.KeyExchangeFailed):
            await asyncssh.connect(router.address, fleet.ports.ssh, kex_algs="curve25519-sha256", **terms)
        old = {"kex_algs": "diffie-hellman-group14-sha1", "signature_algs": "ssh-rsa"}
        async with asyncssh.connect(router.address, fleet.ports.ssh, **old, **terms) as connection:
            assert (await connection.run(":put 1")).stdout == "1\r\n"


async def openssh(fleet, router, tmp_path, *command, text=b""):
    """Run OpenSSH's own client with the router's password."""
    ask = tmp_path / "password"
    ask.write_text(f"#!/bin/sh\necho '{router.password}'\n")
    ask.chmod(stat.S_IRWXU)
    options = [
        "-F",
        "none",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        f"UserKnownHostsFile={tmp_path}/known",
        "-o",
        "LogLevel=ERROR",
    ]
    process = await asyncio.create_subprocess_exec(
        command[0],
        *options,
        "-p" if command[0] == "ssh" else "-P",
        str(fleet.ports.ssh),
        *command[1:],
        env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(text)
    return process.returncode, out.decode(), err.decode()


@OPENSSH
async def test_openssh_runs_a_command(fleet, tmp_path):
    for router in fleet.routers:
        code, out, err = await openssh(
            fleet, router, tmp_path, "ssh", f"tod@{router.address}", "/system resource print"
        )
        assert (code, err) == (0, "")
        assert f"version: {router.stock.board.version}" in out


@OPENSSH
async def test_openssh_gets_and_puts_files(fleet, new, tmp_path):
    (tmp_path / "up.txt").write_text("up")
    batch = tmp_path / "batch"
    batch.write_text(f"put {tmp_path}/up.txt up.txt\nls\nget up.txt {tmp_path}/down.txt\n")
    code, out, err = await openssh(
        fleet, new, tmp_path, "sftp", "-o", "BatchMode=no", "-b", str(batch), f"tod@{new.address}"
    )
    assert code == 0, err
    assert "flash" in out
    assert (tmp_path / "down.txt").read_text() == "up"
