"""The two hash functions of the protocol.

SHA-256 (FIPS 180-4) for the log and for everything JSON; Keccak-256 (Ethereum's, original padding) for what the chain
hashes.

Why safe-pysha3: it takes 1 us for a short message where pycryptodome, and eth-hash's automatic choice, take 7 to 8,
enough to lose the signature budget alone. It ships wheels for Linux (glibc and musl, x86-64 and arm64, CPython 3.10
to 3.15) but none for macOS and Windows, where its source needs a compiler that a fresh machine may lack. So there
`verifier/pyproject.toml` does not ask for it, and the plain-Python `verifier.keccak` answers the same bytes, slowly
(half a millisecond for a short message, so a verdict takes tenths of a second; who wants speed installs safe-pysha3).
"""

from hashlib import sha256 as _sha256

__all__ = ["keccak256", "sha256"]

try:
    from sha3 import keccak_256 as _keccak_256
except ImportError:  # no wheel for this platform and no compiler
    from verifier.keccak import keccak256
else:

    def keccak256(data: bytes) -> bytes:
        """Keccak-256 of any bytes: 32 bytes."""
        digest: bytes = _keccak_256(data).digest()
        return digest


def sha256(data: bytes) -> bytes:
    """SHA-256 of any bytes: 32 bytes."""
    return _sha256(data).digest()
