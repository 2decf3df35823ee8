"""What can go wrong with a pack."""

from __future__ import annotations

from verifier.errors import VerifierError


class PackError(VerifierError):
    """A pack cannot be read, written or changed."""

    code = "pack"


class PackFileError(PackError):
    """The file cannot be opened, or is too large."""

    code = "pack.file"

    def __init__(self, path: str, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"{path}: {detail}")


class UnpackableError(PackError):
    """A statement cannot stand in a pack: its proof has the wrong form, or it is too large."""

    code = "pack.unpackable"

    def __init__(self, statement: bytes, detail: str) -> None:
        self.statement = statement
        self.detail = detail
        super().__init__(f"statement 0x{statement.hex()}: {detail}")


class AnotherBaseError(PackError):
    """A delta changes another pack than the one given."""

    code = "pack.another-base"

    def __init__(self, due: bytes, given: bytes) -> None:
        self.due = due
        self.given = given
        super().__init__(f"the delta changes pack 0x{due.hex()}, not 0x{given.hex()}")


class NotTheOneNamedError(PackError):
    """What a delta or a pack gives is not the content it names."""

    code = "pack.not-the-one-named"

    def __init__(self, due: bytes, found: bytes) -> None:
        self.due = due
        self.found = found
        super().__init__(f"pack 0x{due.hex()} is named, 0x{found.hex()} is there")
