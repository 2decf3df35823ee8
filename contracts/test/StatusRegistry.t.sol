// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base, FOREVER, NotEntitled, Purposes, StatusRegistry} from "./Base.sol";

contract StatusRegistryTest is Base {
    bytes32 private constant SUBJECT = keccak256("certificate");
    bytes32 private constant NEXT = keccak256("next certificate");
    uint256 private constant STATUS_KEY = 0x57A;
    address private writer;

    function setUp() public override {
        super.setUp();
        writer = admit(STATUS_KEY, CERTIFIER, Purposes.STATUS);
    }

    function refused(bytes memory why, address key, bytes32 owner, uint8 to, bytes32 successor) private {
        vm.expectRevert(why);
        vm.prank(key);
        status.changeStatus(owner, SUBJECT, to, successor);
    }

    function relay(uint256 privateKey, uint8 to, bytes32 successor, uint256 nonce, uint256 deadline) private {
        bytes memory signed = signature(privateKey, changeDigest(CERTIFIER, SUBJECT, to, successor, nonce, deadline));
        status.relayStatusChange(CERTIFIER, SUBJECT, to, successor, nonce, deadline, signed);
    }

    function relayRefused(bytes memory why, uint256 privateKey, uint8 to, bytes32 successor, uint256 nonce, uint256 end)
        private
    {
        bytes memory signed = signature(privateKey, changeDigest(CERTIFIER, SUBJECT, to, successor, nonce, end));
        vm.expectRevert(why);
        status.relayStatusChange(CERTIFIER, SUBJECT, to, successor, nonce, end, signed);
    }

    function report(address key, uint256 since) private {
        vm.prank(regulator);
        trust.reportCompromise(key, since);
    }

    // ── Direct ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_word_history_and_event() public {
        vm.expectEmit(true, true, true, true, address(status));
        emit StatusRegistry.StatusChanged(CERTIFIER, SUBJECT, writer, 2, 0, 0);
        set(writer, CERTIFIER, SUBJECT, 2);
        uint256 first = 2 | (1 << 3) | (time << 10);
        eq(laneOf(CERTIFIER, SUBJECT), first);
        eq(status.laneKey(CERTIFIER, SUBJECT), keccak256(abi.encode(CERTIFIER, SUBJECT)));
        pass(100);
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS | Purposes.CERTIFICATE);
        set(second, CERTIFIER, SUBJECT, 1);
        eq(laneOf(CERTIFIER, SUBJECT), (first << 42) | 1 | (2 << 3) | (time << 10));
        StatusRegistry.Transition[] memory history = status.history(CERTIFIER, SUBJECT);
        eq(history.length, 2);
        eq(history[0].status, 2);
        eq(history[0].writer, 1);
        eq(history[1].status, 1);
        eq(history[1].writer, 2);
        eq(history[1].time, time);
        eq(address(status.trust()), address(trust));
    }

    function test_regulators_share_one_lane() public {
        set(regulator, Purposes.REGULATORS, SUBJECT, 2);
        address other = admit(0x4E6, REGULATOR_PARTY, Purposes.REGULATOR);
        set(other, Purposes.REGULATORS, SUBJECT, 1);
        eq(laneOf(Purposes.REGULATORS, SUBJECT) & 1023, 1 | (2 << 3));
        eq(laneOf(CERTIFIER, SUBJECT), 0);
    }

    function test_strangers_lane_does_not_touch_the_certifiers() public {
        address holder = admit(0x401, ENTERPRISE, Purposes.STATUS);
        set(holder, ENTERPRISE, SUBJECT, 3); // D07
        set(writer, CERTIFIER, SUBJECT, 3);
        eq(laneOf(CERTIFIER, SUBJECT) & 7, 3);
    }

    function test_revert_not_entitled() public {
        address labels = admit(0x1AB, CERTIFIER, Purposes.ALL & ~(Purposes.STATUS | Purposes.REGULATOR));
        address future = register(0xF07, CERTIFIER, Purposes.STATUS, time + 50, FOREVER);
        address[5] memory accounts = [labels, future, regulator, address(this), admit(0x401, ENTERPRISE, Purposes.STATUS)];
        for (uint256 i = 0; i < accounts.length; ++i) {
            expectNotEntitled(accounts[i], Purposes.STATUS);
            set(accounts[i], CERTIFIER, SUBJECT, 2);
        }
        expectNotEntitled(writer, Purposes.REGULATOR);
        set(writer, Purposes.REGULATORS, SUBJECT, 2);
    }

    function test_revert_ended_or_compromised() public {
        vm.prank(writer);
        trust.endKey(writer, 0);
        expectNotEntitled(writer, Purposes.STATUS);
        set(writer, CERTIFIER, SUBJECT, 2);
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS);
        report(second, time);
        expectNotEntitled(second, Purposes.STATUS);
        set(second, CERTIFIER, SUBJECT, 2);
    }

    function test_revert_unknown_status() public {
        refused(abi.encodeWithSelector(StatusRegistry.UnknownStatus.selector, 0), writer, CERTIFIER, 0, 0);
        refused(abi.encodeWithSelector(StatusRegistry.UnknownStatus.selector, 7), writer, CERTIFIER, 7, NEXT);
        refused(abi.encodeWithSelector(StatusRegistry.UnknownStatus.selector, 255), writer, CERTIFIER, 255, 0);
    }

    function test_successor_rules() public {
        for (uint8 to = 1; to <= 4; ++to) {
            refused(abi.encodeWithSelector(StatusRegistry.SuccessorRefused.selector, to, NEXT), writer, CERTIFIER, to, NEXT);
        }
        for (uint8 to = 5; to <= 6; ++to) {
            refused(abi.encodeWithSelector(StatusRegistry.SuccessorRefused.selector, to, 0), writer, CERTIFIER, to, 0);
            refused(
                abi.encodeWithSelector(StatusRegistry.SuccessorRefused.selector, to, SUBJECT), writer, CERTIFIER, to, SUBJECT
            );
        }
        vm.prank(writer);
        status.changeStatus(CERTIFIER, SUBJECT, 6, NEXT);
        eq(status.successors(status.laneKey(CERTIFIER, SUBJECT)), NEXT);
    }

    function test_revert_unchanged() public {
        refused(abi.encodeWithSelector(StatusRegistry.StatusUnchanged.selector, CERTIFIER, SUBJECT, 1), writer, CERTIFIER, 1, 0);
        set(writer, CERTIFIER, SUBJECT, 2);
        refused(abi.encodeWithSelector(StatusRegistry.StatusUnchanged.selector, CERTIFIER, SUBJECT, 2), writer, CERTIFIER, 2, 0);
    }

    function test_terminal_is_terminal() public {
        for (uint8 last = 3; last <= 6; ++last) {
            bytes32 subject = keccak256(abi.encode(last));
            vm.prank(writer);
            status.changeStatus(CERTIFIER, subject, last, last < 5 ? bytes32(0) : NEXT);
            for (uint8 to = 1; to <= 6; ++to) {
                vm.expectRevert(
                    abi.encodeWithSelector(StatusRegistry.LaneTerminated.selector, CERTIFIER, subject, last)
                );
                vm.prank(writer);
                status.changeStatus(CERTIFIER, subject, to, to < 5 ? bytes32(0) : NEXT);
            }
        }
    }

    function test_sixth_place_is_for_a_terminal_status() public {
        for (uint256 i = 0; i < 5; ++i) {
            set(writer, CERTIFIER, SUBJECT, i % 2 == 0 ? 2 : 1);
            pass(1);
        }
        bytes memory why = abi.encodeWithSelector(StatusRegistry.LastTransitionReserved.selector, CERTIFIER, SUBJECT, 1);
        refused(why, writer, CERTIFIER, 1, 0);
        set(writer, CERTIFIER, SUBJECT, 3);
        eq(status.history(CERTIFIER, SUBJECT).length, 6);
        eq(laneOf(CERTIFIER, SUBJECT) >> 252, 0);
    }

    function test_revert_time_beyond_32_bits() public {
        goTo(uint256(type(uint32).max) + 1);
        refused(abi.encodeWithSelector(StatusRegistry.TimeOutOfRange.selector, time), writer, CERTIFIER, 2, 0);
        goTo(type(uint32).max);
        set(writer, CERTIFIER, SUBJECT, 2);
        eq(status.history(CERTIFIER, SUBJECT)[0].time, type(uint32).max);
    }

    // ── Stolen keys ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_terminal_by_a_stolen_key_does_not_bind() public {
        set(writer, CERTIFIER, SUBJECT, 3);
        uint256 written = time;
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS);
        report(writer, written); // a tie: written at the very time of the theft
        set(second, CERTIFIER, SUBJECT, 2);
        set(second, CERTIFIER, SUBJECT, 4);
        bytes memory why = abi.encodeWithSelector(StatusRegistry.LaneTerminated.selector, CERTIFIER, SUBJECT, 4);
        refused(why, second, CERTIFIER, 1, 0);
    }

    function test_terminal_before_the_theft_binds() public {
        set(writer, CERTIFIER, SUBJECT, 3);
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS);
        report(writer, time);
        bytes memory why = abi.encodeWithSelector(StatusRegistry.LaneTerminated.selector, CERTIFIER, SUBJECT, 3);
        refused(why, second, CERTIFIER, 1, 0);
    }

    function test_same_status_after_a_stolen_one() public {
        set(writer, CERTIFIER, SUBJECT, 2);
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS);
        report(writer, time - 1);
        set(second, CERTIFIER, SUBJECT, 2);
        eq(status.history(CERTIFIER, SUBJECT).length, 2);
    }

    function test_lane_filled_by_a_thief_is_full() public {
        for (uint256 i = 0; i < 5; ++i) {
            set(writer, CERTIFIER, SUBJECT, i % 2 == 0 ? 2 : 1);
        }
        set(writer, CERTIFIER, SUBJECT, 3);
        address second = admit(0x57B, CERTIFIER, Purposes.STATUS);
        report(writer, time - 1);
        bytes memory why = abi.encodeWithSelector(StatusRegistry.LaneFull.selector, CERTIFIER, SUBJECT);
        refused(why, second, CERTIFIER, 3, 0);
        refused(why, second, CERTIFIER, 2, 0);
    }

    // ── Relayed ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_relayed_change_and_front_running() public {
        vm.expectEmit(true, true, true, true, address(status));
        emit StatusRegistry.StatusChanged(CERTIFIER, SUBJECT, writer, 2, 0, 0);
        bytes memory signed = signature(STATUS_KEY, changeDigest(CERTIFIER, SUBJECT, 2, 0, 0, time));
        status.relayStatusChange(CERTIFIER, SUBJECT, 2, 0, 0, time, signed);
        uint256 lane = laneOf(CERTIFIER, SUBJECT);
        uint256 deadline = time;
        pass(1000);
        relay(STATUS_KEY, 2, 0, 0, deadline); // already applied: success, even after the deadline
        eq(laneOf(CERTIFIER, SUBJECT), lane);
        relay(STATUS_KEY, 5, NEXT, 1, time);
        lane = laneOf(CERTIFIER, SUBJECT);
        relay(STATUS_KEY, 5, NEXT, 1, time);
        relay(STATUS_KEY, 2, 0, 0, deadline);
        eq(laneOf(CERTIFIER, SUBJECT), lane);
    }

    function test_relayed_by_a_regulators_key() public {
        bytes memory signed = signature(REGULATOR_KEY, changeDigest(Purposes.REGULATORS, SUBJECT, 3, 0, 0, time));
        status.relayStatusChange(Purposes.REGULATORS, SUBJECT, 3, 0, 0, time, signed);
        status.relayStatusChange(Purposes.REGULATORS, SUBJECT, 3, 0, 0, time, signed);
        eq(status.history(Purposes.REGULATORS, SUBJECT).length, 1);
    }

    function test_revert_relayed_deadline() public {
        relayRefused(abi.encodeWithSelector(StatusRegistry.DeadlinePassed.selector, time - 1, time), STATUS_KEY, 2, 0, 0, time - 1);
    }

    function test_revert_relayed_nonce() public {
        relayRefused(abi.encodeWithSelector(StatusRegistry.WrongNonce.selector, 0, 1), STATUS_KEY, 2, 0, 1, time);
        set(writer, CERTIFIER, SUBJECT, 2);
        // Another status, another successor, another signer at that position: not applied already.
        relayRefused(abi.encodeWithSelector(StatusRegistry.WrongNonce.selector, 1, 0), STATUS_KEY, 3, 0, 0, time);
        admit(0x57B, CERTIFIER, Purposes.STATUS);
        relayRefused(abi.encodeWithSelector(StatusRegistry.WrongNonce.selector, 1, 0), 0x57B, 2, 0, 0, time);
        relayRefused(abi.encodeWithSelector(StatusRegistry.WrongNonce.selector, 1, 0), STATUS_KEY, 2, NEXT, 0, time);
        relay(STATUS_KEY, 6, NEXT, 1, time);
        relayRefused(abi.encodeWithSelector(StatusRegistry.WrongNonce.selector, 2, 1), STATUS_KEY, 6, SUBJECT, 1, time);
    }

    function test_revert_relayed_not_entitled() public {
        set(writer, CERTIFIER, SUBJECT, 2); // ordinal 1 of the certifier
        address holder = admit(0x401, ENTERPRISE, Purposes.STATUS); // ordinal 1 of the enterprise
        uint256 word = trust.keys(holder);
        relayRefused(abi.encodeWithSelector(NotEntitled.selector, holder, Purposes.STATUS, word), 0x401, 2, 0, 0, time);
        word = trust.keys(regulator); // ordinal 1 of the regulators
        relayRefused(abi.encodeWithSelector(NotEntitled.selector, regulator, Purposes.STATUS, word), REGULATOR_KEY, 2, 0, 0, time);
        report(writer, time);
        word = trust.keys(writer);
        relayRefused(abi.encodeWithSelector(NotEntitled.selector, writer, Purposes.STATUS, word), STATUS_KEY, 1, 0, 1, time);
    }

    function test_revert_relayed_malformed() public {
        bytes memory good = signature(STATUS_KEY, changeDigest(CERTIFIER, SUBJECT, 2, 0, 0, time));
        (bytes32 r, bytes32 s, uint8 v) = split(good);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes[6] memory bad;
        bad[0] = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)); // B01 high-s twin
        bad[1] = abi.encodePacked(r, s, uint8(29)); // B02
        bad[2] = abi.encodePacked(bytes32(0), s, v);
        bad[3] = abi.encodePacked(r, bytes32(0), v);
        bad[4] = abi.encodePacked(r, s);
        bad[5] = abi.encodePacked(bytes32(order), s, v);
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(StatusRegistry.MalformedSignature.selector, bad[i]));
            status.relayStatusChange(CERTIFIER, SUBJECT, 2, 0, 0, time, bad[i]);
        }
    }

    function testFuzz_signature_of_another_change_is_anothers(bytes32 subject, uint8 to, uint256 nonce, uint256 later)
        public
    {
        vm.assume(subject != SUBJECT || to != 2 || nonce != 0 || later % 1000 != 0);
        bytes memory signed = signature(STATUS_KEY, changeDigest(CERTIFIER, SUBJECT, 2, 0, 0, time));
        // The recovered address is some account that was never registered.
        try status.relayStatusChange(CERTIFIER, subject, to, 0, nonce, time + (later % 1000), signed) {
            revert NotTrue("refused");
        } catch (bytes memory why) {
            eq(bytes32(bytes4(why)), bytes32(NotEntitled.selector));
        }
    }

    function split(bytes memory signed) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly {
            r := mload(add(signed, 0x20))
            s := mload(add(signed, 0x40))
            v := byte(0, mload(add(signed, 0x60)))
        }
    }
}
