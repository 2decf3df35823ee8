// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FOREVER, GrantWords, HeadWords, Intervals, KeyWords, LaneWords} from "../src/lib/Words.sol";

/**
 * @dev Statements about the packing of words, for *all* inputs: `halmos --contract WordsProofs --loop 7` proves them, and forge runs
 * the same functions as fuzz tests (the `testFuzz_` wrappers), so that they are checked where halmos is not installed.
 */
contract WordsProofs {
    function check_interval(uint40 from, uint40 until, uint256 time) public pure {
        uint256 word = Intervals.pack(from, until);
        assert(Intervals.start(word) == from && Intervals.end(word) == until && word >> 80 == 0);
        assert(Intervals.covers(word, time) == (from < time && time < until));
    }

    function check_other_end_keeps_the_rest(uint256 word, uint40 until) public pure {
        uint256 changed = Intervals.withEnd(word, until);
        assert(Intervals.end(changed) == until);
        assert(changed & ~(FOREVER << 40) == word & ~(FOREVER << 40));
    }

    function check_key_word(uint40 from, uint40 until, uint8 ordinal, uint8 purposes, bytes32 party) public pure {
        if (ordinal > 127) return;
        uint256 word = KeyWords.pack(from, until, ordinal, purposes, party);
        assert(Intervals.start(word) == from && Intervals.end(word) == until);
        assert(KeyWords.compromisedSince(word) == 0 && KeyWords.ordinal(word) == ordinal);
        assert(word >> 127 & 1 == 0 && (word >> 128) & 255 == purposes);
        assert(KeyWords.isOf(word, party) && word >> 136 == uint256(party) >> 136);
    }

    function check_compromise_keeps_the_rest(uint256 word, uint40 since, uint256 time) public pure {
        uint256 changed = KeyWords.withCompromise(word, since);
        assert(KeyWords.compromisedSince(changed) == since);
        assert(changed & ~(FOREVER << 80) == word & ~(FOREVER << 80));
        assert(since == 0 || !KeyWords.mayAct(changed, time));
    }

    function check_may_act(uint256 word, uint256 purpose, uint256 time) public pure {
        bool may = KeyWords.mayActFor(word, purpose, time);
        bool has = ((word >> 128) & 0xffffffffffffffffffffffffffffffff & purpose) != 0;
        bool inForce = (word & FOREVER) < time && time < ((word >> 40) & FOREVER);
        assert(may == (has && inForce && (word >> 80) & FOREVER == 0));
    }

    function check_one_party(uint256 left, uint256 right, bytes32 party) public pure {
        if (KeyWords.isOf(left, party) && KeyWords.isOf(right, party)) assert(KeyWords.sameParty(left, right));
        if (KeyWords.isOf(left, party) && KeyWords.sameParty(left, right)) assert(KeyWords.isOf(right, party));
    }

    function check_grant_push_loses_nothing(uint256 word, uint40 from, uint40 until) public pure {
        if (GrantWords.isFull(word)) return;
        uint256 pushed = GrantWords.push(word, from, until);
        assert(pushed >> 80 == word);
        assert(Intervals.start(pushed) == from && Intervals.end(pushed) == until);
        assert(pushed >> 240 == 0);
    }

    function check_lane_push_loses_nothing(uint256 word, uint8 status, uint8 writer, uint32 time) public pure {
        // What the contract guarantees before it pushes.
        if (status == 0 || status > 6 || writer == 0 || writer > 127 || time == 0 || word >> 210 != 0) return;
        uint256 pushed = LaneWords.push(word, status, writer, time);
        uint256 newest = LaneWords.newest(pushed);
        assert(pushed >> 42 == word && pushed >> 252 == 0);
        assert(LaneWords.statusOf(newest) == status && LaneWords.writerOf(newest) == writer);
        assert(LaneWords.timeOf(newest) == time);
        // Length grows by exactly one for every word that pushes can make (no empty group below a full one).
        assert(LaneWords.length(pushed) == LaneWords.length(word) + 1);
        assert(LaneWords.transitionAt(pushed, LaneWords.length(word), LaneWords.length(pushed)) == newest);
    }

    function check_lane_positions(uint256 word, uint8 position) public pure {
        if (word >> 252 != 0) return;
        uint256 length = LaneWords.length(word);
        assert(length <= LaneWords.CAPACITY && (length == 0) == (word == 0));
        if (position >= length) return;
        assert(LaneWords.transitionAt(word, position, length) == (word >> (42 * (length - 1 - position))) % (1 << 42));
    }

    function check_latest_word(uint64 seq, uint64 size, uint64 time) public pure {
        uint256 word = HeadWords.pack(seq, size, time);
        assert(HeadWords.seqOf(word) == seq && HeadWords.sizeOf(word) == size && HeadWords.timeOf(word) == time);
        assert(word >> 192 == 0 && !HeadWords.isRetired(word));
        uint256 retired = HeadWords.retired(word);
        assert(HeadWords.isRetired(retired) && retired ^ word == 1 << 192 && HeadWords.retired(retired) == retired);
    }

    /// @dev The growth rule, whose subtraction is unchecked, against the same rule in integers that cannot overflow.
    function check_growth(uint64 size, uint64 newSize) public pure {
        if (newSize <= size) return;
        assert(HeadWords.growsTooMuch(size, newSize) == (uint256(newSize) > uint256(size) + (1 << 24)));
    }

    function testFuzz_interval(uint40 from, uint40 until, uint256 time) public pure {
        check_interval(from, until, time % (1 << 41));
    }

    function testFuzz_ends_and_compromises(uint256 word, uint40 at, uint256 time) public pure {
        check_other_end_keeps_the_rest(word, at);
        check_compromise_keeps_the_rest(word, at, time % (1 << 41));
        check_may_act(word, at % 256, time % (1 << 41));
    }

    function testFuzz_key_word(uint40 from, uint40 until, uint8 ordinal, uint8 purposes, bytes32 party) public pure {
        check_key_word(from, until, ordinal % 128, purposes, party);
        check_one_party(KeyWords.pack(from, until, 0, 0, party), KeyWords.pack(until, from, 1, 1, party), party);
    }

    function testFuzz_grant_push(uint256 word, uint40 from, uint40 until) public pure {
        check_grant_push_loses_nothing(word >> 96, from, until);
    }

    function testFuzz_lane_push(uint256 word, uint256 used, uint8 status, uint8 writer, uint32 time) public pure {
        check_lane_push_loses_nothing(word >> (46 + 42 * (used % 6)), 1 + status % 6, 1 + writer % 127, time);
        check_lane_positions(word >> 4, status);
    }

    function testFuzz_latest_word(uint64 seq, uint64 size, uint64 time, uint64 growth) public pure {
        check_latest_word(seq, size, time);
        unchecked {
            check_growth(size, size + growth % (1 << 25));
        }
    }
}
