"""Become another program that dies with its parent, and that is not root where it refuses to be.

Run by path, as `python -I -S launch.py DEATH_SIGNAL PARENT_PID USER COMMAND…`; standard library only, because every
child passes through here. USER is `same`, or `unprivileged` for a program that refuses to run as root (PostgreSQL):
then it runs in a user namespace in which root is called nobody, which needs no account and no change of ownership;
where namespaces are refused it really becomes nobody, who must be able to reach its files.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
EXIT_CANNOT_RUN = 126

libc = ctypes.CDLL(None, use_errno=True)


def become_unprivileged() -> None:
    """Stop being root, keeping the files where they can be kept."""
    nobody = pwd.getpwnam("nobody")
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) == 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{nobody.pw_uid} {uid} 1"),
            ("gid_map", f"{nobody.pw_gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - no pathlib: start-up time
                file.write(text)
        return
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def die_with_parent(signal_number: int, parent: int) -> None:
    """Ask the kernel for a signal when the parent ends, and stop here if it has ended already."""
    if libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        sys.exit(EXIT_CANNOT_RUN)


def command_line(*command: str, dies_with: signal.Signals = signal.SIGTERM, is_shy_of_root: bool = False) -> list[str]:
    """Return the arguments that start `command` as a child of this process through this file."""
    user = "unprivileged" if is_shy_of_root else "same"
    return [sys.executable, "-I", "-S", __file__, str(int(dies_with)), str(os.getpid()), user, *command]


def launch(arguments: list[str]) -> None:
    """Do what the module says. The death signal is asked for last: a change of user would clear it."""
    signal_number, parent, user, *command = arguments
    if user == "unprivileged" and os.geteuid() == 0:
        become_unprivileged()
    die_with_parent(int(signal_number), int(parent))
    try:
        os.execv(command[0], command)  # noqa: S606 - becoming the command is the purpose
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error}\n")
        sys.exit(EXIT_CANNOT_RUN)


if __name__ == "__main__":
    launch(sys.argv[1:])
