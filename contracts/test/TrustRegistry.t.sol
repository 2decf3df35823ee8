// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base, FOREVER, Intervals, KeyWords, Purposes, TrustRegistry} from "./Base.sol";

/// @dev A regulator's key that is a contract: it calls, it does not sign.
contract Council {
    function run(address target, bytes calldata data) external {
        (bool done,) = target.call(data);
        require(done);
    }
}

contract TrustRegistryTest is Base {
    bytes32 private constant NOBODY = keccak256("uscc:unknown");

    function refuse(bytes memory why) private {
        vm.expectRevert(why);
        vm.prank(regulator);
    }

    function tryRegister(bytes memory why, uint256 privateKey, bytes32 party, uint256 purposes, uint256 from, uint256 until)
        private
    {
        address key = vm.addr(privateKey);
        bytes memory signed = signature(privateKey, registrationDigest(key, party, purposes, from, until));
        refuse(why);
        trust.registerKey(key, party, purposes, from, until, signed);
    }

    function end(address by, address key, uint256 at) private {
        vm.prank(by);
        trust.endKey(key, at);
    }

    function report(address key, uint256 since) private {
        vm.prank(regulator);
        trust.reportCompromise(key, since);
    }

    function grant(bytes32 party, uint256 purpose, bytes32 scope, uint256 from, uint256 until) private {
        vm.prank(regulator);
        trust.openGrant(party, purpose, scope, from, until);
    }

    function grantWord(bytes32 party, uint256 purpose, bytes32 scope) private view returns (uint256) {
        return trust.grants(trust.grantKey(party, purpose, scope));
    }

    // ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_start() public {
        eq(trust.parties(REGULATOR_PARTY), PROFILE);
        eq(trust.keys(regulator), KeyWords.pack(START, FOREVER, 1, Purposes.REGULATOR, REGULATOR_PARTY));
        eq(trust.statusKeys(Purposes.REGULATORS, 1), regulator);
        eq(trust.statusKeyCounts(Purposes.REGULATORS), 1);
        eq(trust.MAX_COMPROMISE_AGE(), 90 days);
    }

    function test_revert_start() public {
        vm.expectRevert(abi.encodeWithSelector(TrustRegistry.UnknownKey.selector, address(0)));
        new TrustRegistry(REGULATOR_PARTY, PROFILE, address(0));
        vm.expectRevert(abi.encodeWithSelector(TrustRegistry.PartyRefused.selector, 0));
        new TrustRegistry(0, PROFILE, regulator);
    }

    function test_regulators_key_acts_from_the_next_second() public {
        TrustRegistry fresh = new TrustRegistry(REGULATOR_PARTY, PROFILE, address(this));
        (bool done,) = address(fresh).call(abi.encodeCall(TrustRegistry.registerParty, (CERTIFIER, PROFILE)));
        yes(!done, "a tie counts against the signer");
        pass(1);
        fresh.registerParty(CERTIFIER, PROFILE);
    }

    function test_revert_everything_without_a_regulators_key() public {
        address admin = admit(0xAD, CERTIFIER, Purposes.ALL & ~Purposes.REGULATOR);
        bytes[11] memory calls = [
            abi.encodeCall(TrustRegistry.registerParty, (NOBODY, PROFILE)),
            abi.encodeCall(TrustRegistry.changeProfile, (CERTIFIER, NOBODY)),
            abi.encodeCall(TrustRegistry.recordPartySuccessor, (CERTIFIER, ENTERPRISE)),
            abi.encodeCall(TrustRegistry.registerKey, (address(1), CERTIFIER, 1, 0, FOREVER, "")),
            abi.encodeCall(TrustRegistry.reportCompromise, (admin, time)),
            abi.encodeCall(TrustRegistry.openGrant, (CERTIFIER, 8, STEEL, 0, FOREVER)),
            abi.encodeCall(TrustRegistry.extendGrant, (CERTIFIER, 8, STEEL, FOREVER)),
            abi.encodeCall(TrustRegistry.endGrant, (CERTIFIER, 8, STEEL, 0)),
            abi.encodeCall(TrustRegistry.registerLogKey, (NOBODY, 0, FOREVER)),
            abi.encodeCall(TrustRegistry.endLogKey, (NOBODY, 0)),
            abi.encodeCall(TrustRegistry.endKey, (regulator, 0))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            expectNotEntitled(admin, Purposes.REGULATOR);
            vm.prank(admin);
            (bool done,) = address(trust).call(calls[i]);
            yes(done, "expectRevert turns the revert into success");
        }
    }

    // ── Parties ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_parties() public {
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.PartyRegistered(NOBODY, PROFILE, regulator);
        vm.prank(regulator);
        trust.registerParty(NOBODY, PROFILE);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.ProfileChanged(NOBODY, PROFILE, STEEL, regulator);
        vm.prank(regulator);
        trust.changeProfile(NOBODY, STEEL);
        eq(trust.parties(NOBODY), STEEL);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.PartySucceeded(NOBODY, 0, CERTIFIER, regulator);
        vm.prank(regulator);
        trust.recordPartySuccessor(NOBODY, CERTIFIER);
        eq(trust.partySuccessors(NOBODY), CERTIFIER);
    }

    function test_revert_parties() public {
        refuse(abi.encodeWithSelector(TrustRegistry.PartyRefused.selector, 0));
        trust.registerParty(0, PROFILE);
        refuse(abi.encodeWithSelector(TrustRegistry.PartyRefused.selector, Purposes.REGULATORS));
        trust.registerParty(Purposes.REGULATORS, PROFILE);
        refuse(abi.encodeWithSelector(TrustRegistry.PartyKnown.selector, CERTIFIER, PROFILE));
        trust.registerParty(CERTIFIER, STEEL);
        refuse(abi.encodeWithSelector(TrustRegistry.ProfileRefused.selector, NOBODY, 0));
        trust.registerParty(NOBODY, 0);
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownParty.selector, NOBODY));
        trust.changeProfile(NOBODY, PROFILE);
        refuse(abi.encodeWithSelector(TrustRegistry.ProfileRefused.selector, CERTIFIER, 0));
        trust.changeProfile(CERTIFIER, 0);
        refuse(abi.encodeWithSelector(TrustRegistry.ProfileRefused.selector, CERTIFIER, PROFILE));
        trust.changeProfile(CERTIFIER, PROFILE);
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownParty.selector, NOBODY));
        trust.recordPartySuccessor(NOBODY, CERTIFIER);
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownParty.selector, NOBODY));
        trust.recordPartySuccessor(CERTIFIER, NOBODY);
        refuse(abi.encodeWithSelector(TrustRegistry.PartySuccessorRefused.selector, CERTIFIER, CERTIFIER));
        trust.recordPartySuccessor(CERTIFIER, CERTIFIER);
        vm.prank(regulator);
        trust.recordPartySuccessor(CERTIFIER, ENTERPRISE);
        refuse(abi.encodeWithSelector(TrustRegistry.PartySuccessorRefused.selector, CERTIFIER, ENTERPRISE));
        trust.recordPartySuccessor(CERTIFIER, ENTERPRISE);
    }

    // ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_register_key() public {
        address key = vm.addr(7);
        bytes memory signed = signature(7, registrationDigest(key, CERTIFIER, 0x68, 0, time + 1000));
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.KeyRegistered(key, CERTIFIER, 0x68, time, time + 1000, 1);
        vm.prank(regulator);
        trust.registerKey(key, CERTIFIER, 0x68, 0, time + 1000, signed);
        eq(trust.keys(key), time | ((time + 1000) << 40) | (1 << 120) | (0x68 << 128) | (uint256(CERTIFIER) >> 136 << 136));
        eq(trust.statusKeys(CERTIFIER, 1), key);
        address plain = register(8, CERTIFIER, Purposes.LABELS, time, FOREVER);
        eq(KeyWords.ordinal(trust.keys(plain)), 0);
        eq(trust.statusKeyCounts(CERTIFIER), 1);
    }

    function test_contract_joins_by_consent() public {
        Council council = new Council();
        refuse(abi.encodeWithSelector(TrustRegistry.NoConsent.selector, address(council), REGULATOR_PARTY, 0));
        trust.registerKey(address(council), REGULATOR_PARTY, 1, 0, FOREVER, "");
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.ConsentGiven(address(council), REGULATOR_PARTY);
        council.run(address(trust), abi.encodeCall(TrustRegistry.consent, (REGULATOR_PARTY)));
        eq(trust.consents(address(council)), REGULATOR_PARTY);
        refuse(abi.encodeWithSelector(TrustRegistry.NoConsent.selector, address(council), CERTIFIER, REGULATOR_PARTY));
        trust.registerKey(address(council), CERTIFIER, 1, 0, FOREVER, "");
        vm.prank(regulator);
        trust.registerKey(address(council), REGULATOR_PARTY, 1, 0, FOREVER, "");
        pass(1);
        council.run(address(trust), abi.encodeCall(TrustRegistry.registerParty, (NOBODY, PROFILE)));
        eq(trust.parties(NOBODY), PROFILE);
    }

    function test_account_with_code_still_signs() public {
        vm.etch(vm.addr(7), abi.encodePacked(hex"ef0100", address(trust))); // EIP-7702: an ordinary account may gain code
        register(7, CERTIFIER, Purposes.LABELS, 0, FOREVER);
    }

    function test_revert_register_key() public {
        tryRegister(abi.encodeWithSelector(TrustRegistry.UnknownParty.selector, NOBODY), 7, NOBODY, 8, 0, FOREVER);
        uint256[4] memory purposes = [uint256(0), 256, Purposes.STATUS | Purposes.REGULATOR, 1 << 255];
        for (uint256 i = 0; i < purposes.length; ++i) {
            bytes memory why = abi.encodeWithSelector(TrustRegistry.PurposesRefused.selector, purposes[i]);
            tryRegister(why, 7, CERTIFIER, purposes[i], 0, FOREVER);
        }
        tryRegister(abi.encodeWithSelector(TrustRegistry.StartInPast.selector, time - 1, time), 7, CERTIFIER, 8, time - 1, FOREVER);
        tryRegister(abi.encodeWithSelector(TrustRegistry.EndTooLate.selector, FOREVER + 1), 7, CERTIFIER, 8, 0, FOREVER + 1);
        tryRegister(abi.encodeWithSelector(TrustRegistry.EndNotAfterStart.selector, time, time), 7, CERTIFIER, 8, 0, time);
        tryRegister(
            abi.encodeWithSelector(TrustRegistry.EndNotAfterStart.selector, time + 9, time + 9), 7, CERTIFIER, 8, time + 9, time + 9
        );
        address key = register(7, CERTIFIER, Purposes.CERTIFICATE, 0, FOREVER);
        bytes memory known = abi.encodeWithSelector(TrustRegistry.KeyKnown.selector, key, trust.keys(key));
        tryRegister(known, 7, ENTERPRISE, Purposes.CERTIFICATE, 0, FOREVER);
        end(regulator, key, 0);
        known = abi.encodeWithSelector(TrustRegistry.KeyKnown.selector, key, trust.keys(key));
        tryRegister(known, 7, CERTIFIER, Purposes.CERTIFICATE, 0, FOREVER);
    }

    function test_revert_rivals_address() public {
        address rival = vm.addr(0x41);
        bytes memory mine = signature(7, registrationDigest(rival, CERTIFIER, 8, 0, FOREVER));
        refuse(abi.encodeWithSelector(TrustRegistry.WrongRegistrationSigner.selector, rival, vm.addr(7)));
        trust.registerKey(rival, CERTIFIER, 8, 0, FOREVER, mine);
        refuse(abi.encodeWithSelector(TrustRegistry.NoConsent.selector, rival, CERTIFIER, 0));
        trust.registerKey(rival, CERTIFIER, 8, 0, FOREVER, "");
        bytes memory malformed = new bytes(65);
        refuse(abi.encodeWithSelector(TrustRegistry.WrongRegistrationSigner.selector, rival, address(0)));
        trust.registerKey(rival, CERTIFIER, 8, 0, FOREVER, malformed);
        // Nobody signs for the zero address: recovery fails with that very address.
        refuse(abi.encodeWithSelector(TrustRegistry.WrongRegistrationSigner.selector, address(0), address(0)));
        trust.registerKey(address(0), CERTIFIER, 8, 0, FOREVER, malformed);
    }

    function test_ordinals_run_out_by_name() public {
        for (uint256 i = 1; i <= 127; ++i) {
            register(1000 + i, CERTIFIER, Purposes.STATUS, 0, FOREVER);
        }
        eq(KeyWords.ordinal(trust.keys(vm.addr(1127))), 127);
        tryRegister(abi.encodeWithSelector(TrustRegistry.OrdinalsExhausted.selector, CERTIFIER), 7, CERTIFIER, 32, 0, FOREVER);
        register(7, CERTIFIER, Purposes.LABELS, 0, FOREVER);
    }

    function test_end_key() public {
        address admin = admit(1, CERTIFIER, Purposes.ADMIN);
        address key = admit(2, CERTIFIER, Purposes.LABELS);
        uint256 word = trust.keys(key);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.KeyEnded(key, FOREVER, time + 100, admin);
        end(admin, key, time + 100);
        end(key, key, time + 50);
        eq(trust.keys(key), Intervals.withEnd(word, time + 50));
        end(regulator, key, 0);
        eq(Intervals.end(trust.keys(key)), time);
        address future = register(3, CERTIFIER, Purposes.LABELS, time + 500, FOREVER);
        end(admin, future, 0); // never comes into force
        goTo(time + 501);
        yes(!Intervals.covers(trust.keys(future), time), "never in force");
    }

    function test_revert_end_key() public {
        vm.expectRevert(abi.encodeWithSelector(TrustRegistry.UnknownKey.selector, address(9)));
        trust.endKey(address(9), 0);
        address key = admit(2, CERTIFIER, Purposes.LABELS);
        address thief = admit(3, CERTIFIER, Purposes.ALL & ~(Purposes.ADMIN | Purposes.REGULATOR));
        address foreign = admit(4, ENTERPRISE, Purposes.ADMIN);
        address late = register(5, CERTIFIER, Purposes.ADMIN, time + 99, FOREVER);
        address[4] memory others = [thief, foreign, late, address(this)]; // D14
        for (uint256 i = 0; i < others.length; ++i) {
            expectNotEntitled(others[i], Purposes.REGULATOR | Purposes.ADMIN);
            end(others[i], key, 0);
        }
        report(key, time);
        expectNotEntitled(key, Purposes.REGULATOR | Purposes.ADMIN);
        end(key, key, 0);
        end(regulator, key, time + 10);
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotEarlier.selector, time + 10, time + 10));
        trust.endKey(key, time + 10);
        pass(20);
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotEarlier.selector, time - 10, time));
        trust.endKey(key, 0);
    }

    function test_a_regulators_key_that_lasts_for_ever_remains() public {
        address second = admit(0x4E6, REGULATOR_PARTY, Purposes.REGULATOR);
        address clerk = register(0x4E7, REGULATOR_PARTY, Purposes.REGULATOR, 0, time + 1 days);
        address admin = admit(0x4E8, REGULATOR_PARTY, Purposes.ADMIN);
        bytes4 protected = TrustRegistry.RegulatorKeyProtected.selector;
        refuse(abi.encodeWithSelector(protected, regulator, trust.keys(regulator), regulator, trust.keys(regulator)));
        trust.endKey(regulator, 0);
        refuse(abi.encodeWithSelector(protected, regulator, trust.keys(regulator), regulator, trust.keys(regulator)));
        trust.reportCompromise(regulator, time);
        vm.expectRevert(abi.encodeWithSelector(protected, second, trust.keys(second), clerk, trust.keys(clerk)));
        end(clerk, second, 0);
        vm.expectRevert(abi.encodeWithSelector(protected, second, trust.keys(second), clerk, trust.keys(clerk)));
        vm.prank(clerk);
        trust.reportCompromise(second, time);
        expectNotEntitled(admin, Purposes.REGULATOR);
        end(admin, second, 0);
        end(second, regulator, time + 10); // announced: from now on it lasts less long
        refuse(abi.encodeWithSelector(protected, second, trust.keys(second), regulator, trust.keys(regulator)));
        trust.endKey(second, 0);
        vm.prank(second);
        trust.reportCompromise(clerk, time);
        yes(!KeyWords.mayAct(trust.keys(clerk), time), "reported");
        yes(KeyWords.mayAct(trust.keys(second), time), "remains");
    }

    function test_report_compromise() public {
        address key = admit(2, CERTIFIER, Purposes.LABELS);
        uint256 start = Intervals.start(trust.keys(key));
        uint256 word = trust.keys(key);
        pass(30 days);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.CompromiseReported(key, 0, time, regulator);
        report(key, time);
        report(key, time - 5 days);
        report(key, start);
        eq(trust.keys(key), word | (start << 80));
    }

    function test_revert_report_compromise() public {
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownKey.selector, address(9)));
        trust.reportCompromise(address(9), time);
        address key = admit(2, CERTIFIER, Purposes.LABELS);
        uint256 start = time - 1;
        bytes4 date = TrustRegistry.CompromiseDateRefused.selector;
        refuse(abi.encodeWithSelector(date, start - 1, start, time)); // D15: before the key existed
        trust.reportCompromise(key, start - 1);
        refuse(abi.encodeWithSelector(date, time + 1, start, time));
        trust.reportCompromise(key, time + 1);
        pass(200 days);
        refuse(abi.encodeWithSelector(date, time - 200 days, time - 90 days, time)); // D15: 200 days back
        trust.reportCompromise(key, time - 200 days);
        refuse(abi.encodeWithSelector(date, time - 90 days - 1, time - 90 days, time));
        trust.reportCompromise(key, time - 90 days - 1);
        report(key, time - 90 days);
        refuse(abi.encodeWithSelector(TrustRegistry.CompromiseNotEarlier.selector, time - 90 days, time - 90 days));
        trust.reportCompromise(key, time - 90 days);
        refuse(abi.encodeWithSelector(TrustRegistry.CompromiseNotEarlier.selector, time - 90 days, time));
        trust.reportCompromise(key, time);
        address future = register(5, CERTIFIER, Purposes.LABELS, time + 10, FOREVER);
        refuse(abi.encodeWithSelector(date, time, time + 10, time));
        trust.reportCompromise(future, time);
    }

    function test_compromise_on_a_young_chain() public {
        goTo(1000);
        TrustRegistry young = new TrustRegistry(REGULATOR_PARTY, PROFILE, address(this));
        pass(1);
        address key = vm.addr(2);
        vm.prank(key);
        young.consent(REGULATOR_PARTY);
        young.registerKey(key, REGULATOR_PARTY, Purposes.LABELS, 0, FOREVER, "");
        vm.expectRevert(abi.encodeWithSelector(TrustRegistry.CompromiseDateRefused.selector, 1000, 1001, 1001));
        young.reportCompromise(key, 1000);
        young.reportCompromise(key, 1001);
    }

    // ── Grants ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_grant_word_keeps_three_intervals() public {
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.GrantOpened(CERTIFIER, 8, STEEL, time, time + 100, regulator);
        grant(CERTIFIER, 8, STEEL, 0, time + 100);
        uint256 first = time | ((time + 100) << 40);
        eq(grantWord(CERTIFIER, 8, STEEL), first);
        eq(trust.grantKey(CERTIFIER, 8, STEEL), keccak256(abi.encode(CERTIFIER, uint256(8), STEEL)));
        pass(100); // over at its end
        grant(CERTIFIER, 8, STEEL, time + 5, time + 50);
        uint256 second = (time + 5) | ((time + 50) << 40);
        eq(grantWord(CERTIFIER, 8, STEEL), (first << 80) | second);
        pass(50);
        grant(CERTIFIER, 8, STEEL, 0, FOREVER);
        eq(grantWord(CERTIFIER, 8, STEEL), (first << 160) | (second << 80) | time | (FOREVER << 40));
        vm.prank(regulator);
        trust.endGrant(CERTIFIER, 8, STEEL, 0);
        pass(1);
        refuse(abi.encodeWithSelector(TrustRegistry.GrantHistoryFull.selector, CERTIFIER, 8, STEEL));
        trust.openGrant(CERTIFIER, 8, STEEL, 0, FOREVER);
    }

    function test_revert_grant_kinds() public {
        uint256[8] memory bad = [uint256(0), 1, 2, 32, 64, 8 | 16, 4 | 128, 256];
        for (uint256 i = 0; i < bad.length; ++i) {
            refuse(abi.encodeWithSelector(TrustRegistry.GrantRefused.selector, bad[i], 0));
            trust.openGrant(CERTIFIER, bad[i], 0, 0, FOREVER);
            refuse(abi.encodeWithSelector(TrustRegistry.GrantRefused.selector, bad[i], STEEL));
            trust.openGrant(CERTIFIER, bad[i], STEEL, 0, FOREVER);
        }
        for (uint256 purpose = 4; purpose <= 128; purpose *= 2) {
            bool known = purpose == 4 || purpose == 8 || purpose == 16 || purpose == 128;
            if (!known) continue;
            bytes32 right = purpose == 8 || purpose == 16 ? STEEL : bytes32(0);
            bytes32 wrong = right == 0 ? STEEL : bytes32(0);
            refuse(abi.encodeWithSelector(TrustRegistry.GrantRefused.selector, purpose, wrong));
            trust.openGrant(CERTIFIER, purpose, wrong, 0, FOREVER);
            grant(CERTIFIER, purpose, right, 0, FOREVER);
        }
    }

    function test_revert_open_grant() public {
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownParty.selector, NOBODY));
        trust.openGrant(NOBODY, 8, STEEL, 0, FOREVER);
        refuse(abi.encodeWithSelector(TrustRegistry.StartInPast.selector, time - 1, time)); // D15
        trust.openGrant(CERTIFIER, 8, STEEL, time - 1, FOREVER);
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotAfterStart.selector, time, time));
        trust.openGrant(CERTIFIER, 8, STEEL, time, time);
        refuse(abi.encodeWithSelector(TrustRegistry.EndTooLate.selector, FOREVER + 1));
        trust.openGrant(CERTIFIER, 8, STEEL, time, FOREVER + 1);
        grant(CERTIFIER, 8, STEEL, time, time + 100);
        refuse(abi.encodeWithSelector(TrustRegistry.GrantNotOver.selector, CERTIFIER, 8, STEEL, time + 100));
        trust.openGrant(CERTIFIER, 8, STEEL, time + 200, FOREVER);
    }

    function test_extend_grant() public {
        grant(CERTIFIER, 8, STEEL, 0, time + 100);
        uint256 word = grantWord(CERTIFIER, 8, STEEL);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.GrantExtended(CERTIFIER, 8, STEEL, time + 100, time + 900, regulator);
        vm.prank(regulator);
        trust.extendGrant(CERTIFIER, 8, STEEL, time + 900);
        eq(grantWord(CERTIFIER, 8, STEEL), Intervals.withEnd(word, time + 900));
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotLater.selector, time + 900, time + 900));
        trust.extendGrant(CERTIFIER, 8, STEEL, time + 900);
        refuse(abi.encodeWithSelector(TrustRegistry.EndTooLate.selector, FOREVER + 1));
        trust.extendGrant(CERTIFIER, 8, STEEL, FOREVER + 1);
        pass(900);
        refuse(abi.encodeWithSelector(TrustRegistry.GrantOver.selector, CERTIFIER, 8, STEEL, time));
        trust.extendGrant(CERTIFIER, 8, STEEL, FOREVER);
        refuse(abi.encodeWithSelector(TrustRegistry.GrantOver.selector, ENTERPRISE, 8, STEEL, 0));
        trust.extendGrant(ENTERPRISE, 8, STEEL, FOREVER);
    }

    function test_end_grant() public {
        grant(CERTIFIER, 8, STEEL, 0, FOREVER);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.GrantEnded(CERTIFIER, 8, STEEL, FOREVER, time + 10, regulator);
        vm.prank(regulator);
        trust.endGrant(CERTIFIER, 8, STEEL, time + 10);
        vm.prank(regulator);
        trust.endGrant(CERTIFIER, 8, STEEL, time - 10);
        eq(Intervals.end(grantWord(CERTIFIER, 8, STEEL)), time); // not before now
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotEarlier.selector, time, time));
        trust.endGrant(CERTIFIER, 8, STEEL, 0);
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotEarlier.selector, 0, time));
        trust.endGrant(ENTERPRISE, 8, STEEL, 0);
    }

    // ── Log keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_log_keys() public {
        bytes32 key = 0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a; // RFC 8032 §7.1 test 1
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.LogKeyRegistered(key, time, FOREVER, regulator);
        vm.prank(regulator);
        trust.registerLogKey(key, 0, FOREVER);
        eq(trust.logKeys(key), time | (FOREVER << 40));
        refuse(abi.encodeWithSelector(TrustRegistry.LogKeyKnown.selector, key, trust.logKeys(key)));
        trust.registerLogKey(key, 0, FOREVER);
        vm.expectEmit(true, true, true, true, address(trust));
        emit TrustRegistry.LogKeyEnded(key, FOREVER, time + 5, regulator);
        vm.prank(regulator);
        trust.endLogKey(key, time + 5);
        refuse(abi.encodeWithSelector(TrustRegistry.EndNotEarlier.selector, time + 5, time + 5));
        trust.endLogKey(key, time + 5);
        refuse(abi.encodeWithSelector(TrustRegistry.UnknownLogKey.selector, STEEL));
        trust.endLogKey(STEEL, 0);
        refuse(abi.encodeWithSelector(TrustRegistry.StartInPast.selector, time - 1, time));
        trust.registerLogKey(STEEL, time - 1, FOREVER);
    }

    function test_revert_low_order_log_keys() public {
        bytes32[7] memory points = [
            bytes32(0),
            0x0100000000000000000000000000000000000000000000000000000000000000,
            0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
            0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
            0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
            0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05,
            0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a
        ];
        for (uint256 i = 0; i < points.length; ++i) {
            for (uint256 sign = 0; sign <= 0x80; sign += 0x80) {
                bytes32 key = points[i] | bytes32(sign);
                refuse(abi.encodeWithSelector(TrustRegistry.LowOrderLogKey.selector, key));
                trust.registerLogKey(key, 0, FOREVER);
            }
        }
    }

    // ── Fuzz: nothing starts in the past ────────────────────────────────────────────────────────────────────────────

    function testFuzz_no_grant_in_the_past(uint256 from, uint256 until) public {
        vm.prank(regulator);
        try trust.openGrant(CERTIFIER, 8, STEEL, from, until) {
            uint256 word = grantWord(CERTIFIER, 8, STEEL);
            yes(Intervals.start(word) >= time && Intervals.start(word) < Intervals.end(word), "from now on");
            eq(word >> 80, 0);
        } catch {
            yes((from != 0 && from < time) || until <= (from == 0 ? time : from) || until > FOREVER, "for a reason");
        }
    }

    function testFuzz_no_key_in_the_past(uint256 from, uint256 until, uint256 purposes) public {
        from = bound(from, 0, FOREVER + 5);
        until = bound(until, 0, FOREVER + 5);
        address key = vm.addr(7);
        bytes memory signed = signature(7, registrationDigest(key, CERTIFIER, purposes, from, until));
        vm.prank(regulator);
        try trust.registerKey(key, CERTIFIER, purposes, from, until, signed) {
            uint256 word = trust.keys(key);
            yes(Intervals.start(word) >= time && Intervals.start(word) < Intervals.end(word), "from now on");
            eq(KeyWords.compromisedSince(word), 0);
        } catch {
            eq(trust.keys(key), 0);
        }
    }

    function testFuzz_end_only_moves_earlier(uint256 first, uint256 second, uint256 wait) public {
        address key = admit(2, CERTIFIER, Purposes.LABELS);
        first = bound(first, 0, FOREVER * 2);
        second = bound(second, 0, FOREVER * 2);
        vm.prank(regulator);
        try trust.endKey(key, first) {} catch {}
        uint256 before = Intervals.end(trust.keys(key));
        pass(bound(wait, 0, 100 days));
        vm.prank(regulator);
        try trust.endKey(key, second) {
            uint256 end_ = Intervals.end(trust.keys(key));
            yes(end_ < before && end_ >= time, "earlier, not before now");
        } catch {
            eq(Intervals.end(trust.keys(key)), before);
        }
    }
}
