// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Packing of the state words whose layout is the protocol (docs/spec/05-contracts.md). Nothing here reads storage, so
// every function can be proven by halmos for all inputs (contracts/test/Words.halmos.t.sol).

/// @dev 2^40 − 1: "no end". Also the largest time a word can hold.
uint256 constant FOREVER = (1 << 40) - 1;

/**
 * @title Intervals `[from, until)` in the low 80 bits of a word: shared by key, grant and log-key words
 *
 *     bits 0–39 from · 40–79 until
 */
library Intervals {
    /// @dev Requirements: both fit 40 bits (the writers refuse anything above FOREVER).
    function pack(uint256 from, uint256 until) internal pure returns (uint256) {
        return from | (until << 40);
    }

    function start(uint256 word) internal pure returns (uint256) {
        return word & FOREVER;
    }

    function end(uint256 word) internal pure returns (uint256) {
        return (word >> 40) & FOREVER;
    }

    /// @dev The word with another end, all other bits kept.
    function withEnd(uint256 word, uint256 until) internal pure returns (uint256) {
        return (word & ~(FOREVER << 40)) | (until << 40);
    }

    /// @dev `from < time < until`: a tie counts against the signer.
    function covers(uint256 word, uint256 time) internal pure returns (bool) {
        return start(word) < time && time < end(word);
    }
}

/**
 * @title Key word
 *
 *     bits 0–39 from · 40–79 until · 80–119 compromisedSince (0 = never) · 120–126 status ordinal (0 = none) · 127 zero
 *     128–135 purposes · 136–255 party tag = partyId >> 136
 */
library KeyWords {
    /// @dev Highest status ordinal: seven bits.
    uint256 internal constant MAX_ORDINAL = 127;

    function pack(uint256 from, uint256 until, uint256 statusOrdinal, uint256 purposes, bytes32 party)
        internal
        pure
        returns (uint256)
    {
        return Intervals.pack(from, until) | (statusOrdinal << 120) | (purposes << 128) | (tagOf(party) << 136);
    }

    function compromisedSince(uint256 word) internal pure returns (uint256) {
        return (word >> 80) & FOREVER;
    }

    /// @dev The word with another compromisedSince, all other bits kept.
    function withCompromise(uint256 word, uint256 since) internal pure returns (uint256) {
        return (word & ~(FOREVER << 80)) | (since << 80);
    }

    function ordinal(uint256 word) internal pure returns (uint256) {
        return (word >> 120) & MAX_ORDINAL;
    }

    function has(uint256 word, uint256 purpose) internal pure returns (bool) {
        return (word >> 128) & purpose != 0;
    }

    /// @dev Whether the key belongs to the party.
    function isOf(uint256 word, bytes32 party) internal pure returns (bool) {
        return word >> 136 == tagOf(party);
    }

    /// @dev Whether two registered keys belong to one party.
    function sameParty(uint256 word, uint256 other) internal pure returns (bool) {
        return word >> 136 == other >> 136;
    }

    function tagOf(bytes32 party) internal pure returns (uint256) {
        return uint256(party) >> 136;
    }

    /// @dev Whether the key may act now: in force, and never reported as compromised (a reported key is out of every
    /// role at once, from whatever time it was stolen).
    function mayAct(uint256 word, uint256 time) internal pure returns (bool) {
        return compromisedSince(word) == 0 && Intervals.covers(word, time);
    }

    /// @dev Whether the key may act now for any of these purposes.
    function mayActFor(uint256 word, uint256 purpose, uint256 time) internal pure returns (bool) {
        return has(word, purpose) && mayAct(word, time);
    }
}

/**
 * @title Grant word: three intervals of 80 bits, newest lowest
 *
 *     bits 0–39 from · 40–79 until · 80–159 the one before · 160–239 the first · 240–255 zero
 */
library GrantWords {
    function isFull(uint256 word) internal pure returns (bool) {
        return word >> 160 != 0;
    }

    /// @dev Requirements: the word is not full.
    function push(uint256 word, uint256 from, uint256 until) internal pure returns (uint256) {
        return (word << 80) | Intervals.pack(from, until);
    }
}

/**
 * @title Lane word: six transitions of 42 bits, newest lowest
 *
 *     bits 0–2 status · 3–9 writer's ordinal · 10–41 time (uint32) · 42–83 the one before · … · 252–255 zero
 */
library LaneWords {
    uint256 internal constant WIDTH = 42;
    uint256 internal constant CAPACITY = 6;
    uint256 private constant MASK = (1 << 42) - 1;

    /// @dev Requirements: status ≤ 7, writer ≤ 127, time < 2^32, fewer than six transitions so far.
    function push(uint256 word, uint256 status, uint256 writer, uint256 time) internal pure returns (uint256) {
        return (word << WIDTH) | status | (writer << 3) | (time << 10);
    }

    /// @dev Number of transitions. A transition is never zero: its time is not.
    function length(uint256 word) internal pure returns (uint256 count) {
        for (; word != 0; word >>= WIDTH) {
            ++count;
        }
    }

    /// @dev The transition at a position, oldest = 0.
    function transitionAt(uint256 word, uint256 position, uint256 count) internal pure returns (uint256) {
        return (word >> (WIDTH * (count - 1 - position))) & MASK;
    }

    function newest(uint256 word) internal pure returns (uint256) {
        return word & MASK;
    }

    function statusOf(uint256 transition) internal pure returns (uint256) {
        return transition & 7;
    }

    function writerOf(uint256 transition) internal pure returns (uint256) {
        return (transition >> 3) & 127;
    }

    function timeOf(uint256 transition) internal pure returns (uint256) {
        return transition >> 10;
    }
}

/**
 * @title AnchorLog's `latest` word
 *
 *     bits 0–63 seq · 64–127 size · 128–191 time · 192 retired · 193–255 zero
 */
library HeadWords {
    /// @dev Largest growth in one anchor.
    uint64 internal constant MAX_GROWTH = 1 << 24;

    uint256 private constant RETIRED = 1 << 192;

    function pack(uint64 seq, uint64 size, uint64 time) internal pure returns (uint256) {
        return uint256(seq) | (uint256(size) << 64) | (uint256(time) << 128);
    }

    function seqOf(uint256 word) internal pure returns (uint64) {
        return uint64(word);
    }

    function sizeOf(uint256 word) internal pure returns (uint64) {
        return uint64(word >> 64);
    }

    function timeOf(uint256 word) internal pure returns (uint64) {
        return uint64(word >> 128);
    }

    function isRetired(uint256 word) internal pure returns (bool) {
        return word & RETIRED != 0;
    }

    function retired(uint256 word) internal pure returns (uint256) {
        return word | RETIRED;
    }

    /// @dev Requirements: newSize > size.
    function growsTooMuch(uint64 size, uint64 newSize) internal pure returns (bool) {
        unchecked {
            return newSize - size > MAX_GROWTH;
        }
    }
}
