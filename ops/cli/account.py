"""`tod login` and what goes with it: who one is, and how one comes to be let in. No password leaves this machine."""

import asyncio
import getpass
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import typer

from commands.users.minting import has_anybody_enrolled, mint_invitation
from contracts.language.access import Role
from contracts.language.errors import InvalidRequest, NotSignedIn
from migrations.grants import inbox
from ops.cli import api
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, settings_of
from ops.cli.output import AsJson, console, print_json
from ops.cli.signing_in import kit, secret_key, session_file
from ops.cli.signing_in.account import Door
from ops.cli.token import tenant_named
from ops.connections.nats import NatsBus, connect
from ops.connections.openbao import OpenBao, open_keys
from ops.settings import CommandsSettings

PASSWORD_CHARACTERS_MIN: Final = 10
FIRST_EMAIL: Final = "admin@localhost"
"""Under which the first super admin signs in, unless `tod admin invite` names another address."""
Url = Annotated[str, typer.Option(help="Where the platform is; this machine's installation unless given.")]
admin: Final = typer.Typer(help="What is done on the machine of the installation itself.", no_args_is_help=True)


def login(
    email: Annotated[str, typer.Option(prompt=True, help="The address that you enrolled with.")],
    url: Url = "",
    password_file: Annotated[Path | None, typer.Option(help="Read the password from here, not the terminal.")] = None,
    secret_key_file: Annotated[Path | None, typer.Option(help="Read the Secret Key from here.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Sign in. Password and Secret Key are only used here; the session is kept in a file that only you read."""
    where = url or api.local_address(data_dir)
    password = _secret(password_file, "Password")
    key = secret_key.read(_secret(secret_key_file, "Secret Key"))
    with console.status("Proving that you know both, without sending either…"):
        tokens = Door(where).sign_in(email=email, password=password, secret_key=key)
    session_file.keep(where, email, tokens)
    told = {"url": where, "email": email, "role": tokens.role, "tenant_id": tokens.tenant_id}
    if as_json:
        print_json(told)
    else:
        console.print(f"Signed in at {where} as {email} ({tokens.role}).", highlight=False)


def logout(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """End the session that `tod login` keeps."""
    kept = session_file.current()
    if kept is None:
        console.print("You are not signed in.")
        return
    api.delete(data_dir, f"/sessions/{kept.tokens.session_id}")
    session_file.forget()
    console.print(f"Signed out of {kept.url}.", highlight=False)


def whoami(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Say who is signed in, and until when without renewal."""
    kept = session_file.current()
    if kept is None:
        raise NotSignedIn("Nobody is signed in here: `tod login` does that.")
    me: dict[str, Any] = api.get(data_dir, "/me")
    if as_json:
        print_json({"url": kept.url, **me})
        return
    tenant = "the installation" if kept.tokens.tenant_id is None else f"tenant {me['tenant_id']}"
    console.print(f"{me['person']} <{me['email']}>, {me['role']} of {tenant}, at {kept.url}", highlight=False)


def enrol(
    link: Annotated[str, typer.Argument(help="The link of the invitation, or of the reset.")],
    kit_file: Annotated[Path, typer.Option("--kit", help="Where the Emergency Kit is written.")] = Path(
        "tod-emergency-kit.pdf"
    ),
    password_file: Annotated[Path | None, typer.Option(help="Read the password from here, not the terminal.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose a password, have a Secret Key made here, and write the Emergency Kit that holds it."""
    where, token = _parts(link)
    door = Door(where)
    invited = door.link(token)
    if not as_json:
        console.print(f"Welcome, {invited['name']}. You will sign in as {invited['email']}.", highlight=False)
    password = _new_password(password_file)
    key = secret_key.make()
    written = secret_key.written(key)
    kit.write(kit_file, kit.Kit(email=invited["email"], secret_key=written, url=where, made_at=datetime.now(UTC)))
    with console.status("Making what the platform will keep of them…"):
        door.enrol(token, email=invited["email"], password=password, secret_key=key)
    if as_json:
        print_json({"email": invited["email"], "secret_key": written, "kit": str(kit_file)})
        return
    console.print(f"Your Secret Key:  [bold]{written}[/bold]", highlight=False)
    console.print(f"It is in {kit_file}: print that, or keep it safe. Nobody can give you another one.")
    console.print(f"Sign in:  tod login --url {where} --email {invited['email']}", highlight=False)


@admin.command()
def invite(
    email: Annotated[str, typer.Argument(help="Whom to invite.")],
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.SUPER_ADMIN,
    tenant: Annotated[str, typer.Option(help="Id or title of their tenant; a super_admin has none.")] = "",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Print a link with which somebody can enrol, once, within seven days. No mail is sent."""
    link = asyncio.run(invitation(data_dir, email=email, name=name or email, role=role, tenant=tenant))
    if as_json:
        print_json({"email": email, "link": link})
    else:
        console.print(link, soft_wrap=True, highlight=False, markup=False)


async def invitation(data_dir: Path, *, email: str, name: str, role: Role, tenant: str) -> str:
    """Make the link; raises NotFound for a tenant that does not exist, AlreadyExists for an address that is taken."""
    tenant_id = await tenant_named(data_dir, tenant) if tenant else None
    async with _deciding(data_dir) as (bus, keys):
        return await mint_invitation(
            bus,
            keys,
            email=email,
            name=name,
            role=role,
            tenant_id=tenant_id,
            public_url=api.local_address(data_dir),
            action_id=uuid4(),
            actor=f"operator:{getpass.getuser()}",
            at=datetime.now(UTC),
        )


async def first_link(data_dir: Path) -> str:
    """A link for the first super admin, or nothing when somebody has enrolled."""
    async with _deciding(data_dir) as (bus, _keys):
        if await has_anybody_enrolled(bus):
            return ""
    return await invitation(data_dir, email=FIRST_EMAIL, name="Administrator", role=Role.SUPER_ADMIN, tenant="")


@asynccontextmanager
async def _deciding(data_dir: Path) -> AsyncIterator[tuple[NatsBus, OpenBao]]:
    """The log and the keys, as the deciding process of this installation has them."""
    settings = settings_of(CommandsSettings, "commands", data_dir)
    bus = await connect(settings.nats_url, user="commands", seed=settings.nats_seed(), inbox=inbox("commands"))
    try:
        async with open_keys(settings.openbao_url, settings.openbao_role()) as keys:
            yield bus, keys
    finally:
        await bus.close()


def _parts(link: str) -> tuple[str, str]:
    """Where a link leads, and what it ends in; raises InvalidRequest."""
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or not parts.fragment:
        raise InvalidRequest("That is not a link to enrol with: it begins with http and has a # near its end.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/enrol')}", parts.fragment


def _secret(path: Path | None, what: str) -> str:
    """A secret from a file, or typed without being shown."""
    try:
        return path.read_text(encoding="utf-8").strip("\r\n") if path else getpass.getpass(f"{what}: ")
    except OSError as error:
        raise InvalidRequest(f"The {what} cannot be read: {error}") from error


def _new_password(path: Path | None) -> str:
    """A password that was chosen twice alike, long enough to be worth having; raises InvalidRequest."""
    password = _secret(path, "New password")
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise InvalidRequest(
            f"A password has at least {PASSWORD_CHARACTERS_MIN} characters. Four words that do not belong together are "
            "long and easy to keep in mind."
        )
    if path is None and not secrets.compare_digest(password.encode(), _secret(None, "The same again").encode()):
        raise InvalidRequest("These are two different passwords. Begin again.")
    return password
