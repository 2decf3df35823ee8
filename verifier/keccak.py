"""Keccak-256 in plain Python: the fallback of `verifier.hashing` where no compiled one can be had.

Source: the Keccak reference, version 3.0, with Ethereum's original padding (0x01, not SHA-3's 0x06).
Some 600 times slower than the compiled one: right, not quick.
"""

from functools import cache
from typing import Final

_RATE: Final = 136  # bytes: 1600 bits of state less 2 x 256 of capacity
_MASK: Final = (1 << 64) - 1
_ROUNDS: Final = 24
_ROTATIONS: Final = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44)
_LANES: Final = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)


def _rotate(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK


def _theta(state: list[int]) -> None:
    parity = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
    for x in range(5):
        mixed = parity[x - 1] ^ _rotate(parity[(x + 1) % 5], 1)
        for y in range(0, 25, 5):
            state[y + x] ^= mixed


def _rho_pi(state: list[int]) -> None:
    moving = state[1]
    for lane, rotation in zip(_LANES, _ROTATIONS, strict=True):
        state[lane], moving = _rotate(moving, rotation), state[lane]


def _chi(state: list[int]) -> None:
    for y in range(0, 25, 5):
        row = state[y : y + 5]
        for x in range(5):
            state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & _MASK)


@cache
def _round_constants() -> tuple[int, ...]:
    """The iota constants, from the reference's degree-8 shift register."""
    constants, register = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for bit in range(7):
            if register & 1:
                constant |= 1 << ((1 << bit) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


def keccak256(data: bytes) -> bytes:
    """Keccak-256 of any bytes: 32 bytes."""
    constants = _round_constants()
    padded = bytearray(data) + bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        for constant in constants:
            _theta(state)
            _rho_pi(state)
            _chi(state)
            state[0] ^= constant
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])
