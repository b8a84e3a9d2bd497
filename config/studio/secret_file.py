"""Passwords and keys of one data directory: made on first use, kept with mode 0600."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config.studio.errors import StudioRefused
from config.studio.places import Places

RSA_KEY_BITS = 2048


@dataclass(frozen=True)
class Secrets:
    """Everything secret of one studio."""

    postgres_password: str  # of the cluster's superuser
    database_password: str  # of the role that the studio works as
    valkey_password: str
    secret_key: str
    field_encryption_key: str  # 32 bytes, URL-safe base64
    jwt_private_keys: str  # RSA keys, PEM (PKCS 8), one after the other; the first signs, all verify

    def __repr__(self) -> str:
        """Keep secrets out of logs and tracebacks."""
        return "Secrets(...)"


def load_secrets(data_dir: Path) -> Secrets:
    """Read the secrets of a data directory, making them first when there are none.

    Two processes that come first at once get the same keys: the file appears whole, and only once.

    Raises:
        StudioRefused: when the file can't be read or written, or is not what was written.
    """
    path = Places(data_dir).secrets
    try:
        if not path.exists():
            _write_once(path, _new_secrets())
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StudioRefused(f"{path} can't be read or made ({error.strerror}).") from error
    return _parse(path, text)


def _parse(path: Path, text: str) -> Secrets:
    names = {field.name for field in fields(Secrets)}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise StudioRefused(f"{path} is not JSON ({error}); restore it from a backup.") from error
    if not isinstance(found, dict) or not names <= {key for key, value in found.items() if isinstance(value, str)}:
        missing = sorted(names - set(found)) if isinstance(found, dict) else sorted(names)
        raise StudioRefused(f"{path} lacks {', '.join(missing) or 'text values'}; restore it from a backup.")
    return Secrets(**{name: found[name] for name in names})


def new_private_key() -> str:
    """A fresh RSA key as PEM (PKCS 8), good for `JWT_PRIVATE_KEYS`."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_KEY_BITS)
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode("ascii")


def _new_secrets() -> Secrets:
    return Secrets(
        postgres_password=secrets.token_urlsafe(32),
        database_password=secrets.token_urlsafe(32),
        valkey_password=secrets.token_urlsafe(32),
        secret_key=secrets.token_urlsafe(64),
        field_encryption_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
        jwt_private_keys=new_private_key(),
    )


def _write_once(path: Path, made: Secrets) -> None:
    """Write a whole file beside the path and link it into place; whoever links first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(asdict(made), stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # the other process's keys are the keys
    finally:
        draft.unlink()
