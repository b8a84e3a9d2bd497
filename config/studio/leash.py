"""Become another program, tied to the launcher: the kernel ends it when the launcher dies.

Runs as a script of its own under `python -I -S`, so it imports nothing but the standard library:

    leash.py PARENT_PID SIGNAL IDENTITY PROGRAM [ARGUMENT ...]

IDENTITY is `same`, `namespace` (root becomes an ordinary user inside a user namespace of its own, as PostgreSQL
demands, and stays root's on disk) or `UID:GID` (root changes to that user).
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NAMESPACE_ID = 1000
CANNOT_RUN_EXIT_CODE = 126
NOT_FOUND_EXIT_CODE = 127


def _fail(sentence: str, exit_code: int = CANNOT_RUN_EXIT_CODE) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
    os._exit(exit_code)


def _enter_user_namespace() -> None:
    """Map this user to an ordinary id in a new user namespace."""
    user_id, group_id = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        _fail(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    try:
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{NAMESPACE_ID} {user_id} 1"),
            ("gid_map", f"{NAMESPACE_ID} {group_id} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as stream:
                stream.write(line)
    except OSError as error:
        _fail(f"no user namespace: {error.strerror}")


def _change_user(identity: str) -> None:
    user_id, group_id = (int(part) for part in identity.split(":"))
    os.setgroups([])
    os.setgid(group_id)
    os.setuid(user_id)


def _die_with_parent(signal_number: int, parent_pid: int) -> None:
    """Ask the kernel for a signal when the parent goes. Elsewhere than on Linux the guardian does it alone."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        _fail(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent_pid:  # it died before we asked
        _fail("the launcher is gone")


def main() -> None:
    """Take the identity, tie the knot, become the program."""
    parent_pid, signal_number, identity, *command = sys.argv[1:]
    if identity == "namespace":
        _enter_user_namespace()
    elif identity != "same":
        _change_user(identity)
    # After the change of identity: the kernel forgets the wish when credentials change.
    _die_with_parent(int(signal_number), int(parent_pid))
    try:
        os.execvp(command[0], command)  # noqa: S606  (becoming it is the purpose)
    except FileNotFoundError as error:
        _fail(f"{command[0]}: {error.strerror}", NOT_FOUND_EXIT_CODE)
    except OSError as error:
        _fail(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
