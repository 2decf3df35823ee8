// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorLog, Base, FOREVER, Intervals, KeyWords, LaneWords, Purposes} from "./Base.sol";
import {Trees} from "./Trees.sol";

/**
 * @dev Plays random calls by random people, entitled or not, and compares every word before and after each. What it finds
 * wrong it remembers by name (a revert in here would only undo the finding).
 */
contract Player is Base {
    uint256 private constant SEED = 7;
    uint256 private constant PEOPLE = 6;
    uint256 private constant SUBJECTS = 2;

    string public fault;
    /// @dev How often each kind of change really happened: a run in which nothing succeeds proves nothing.
    mapping(string what => uint256 count) public done;

    bytes32[3] private owners = [CERTIFIER, ENTERPRISE, Purposes.REGULATORS];
    address[] private people;
    uint256[] private sizes;
    bytes32[] private commitments;

    uint256[] private keysBefore;
    uint256[] private lanesBefore;
    uint256 private grantBefore;
    uint256 private actorWord;
    address private actor;

    constructor() {
        setUp();
        people.push(regulator);
        people.push(admit(1001, REGULATOR_PARTY, Purposes.REGULATOR | Purposes.SEQUENCER));
        people.push(admit(1002, REGULATOR_PARTY, Purposes.SEQUENCER));
        people.push(admit(1003, CERTIFIER, Purposes.STATUS | Purposes.ADMIN));
        people.push(admit(1004, CERTIFIER, Purposes.STATUS));
        people.push(admit(1005, ENTERPRISE, Purposes.STATUS | Purposes.LABELS));
    }

    /// @dev Runs one call as somebody, with every word compared around it.
    modifier watched(uint256 who) {
        actor = people[who % people.length];
        actorWord = trust.keys(actor);
        _remember();
        _;
        _compare();
    }

    // ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function registerSomebody(uint256 who, uint256 seed, uint256 purposes, uint256 from, uint256 until)
        external
        watched(who)
    {
        uint256 privateKey = 2000 + (seed % 8);
        address key = vm.addr(privateKey);
        from = seed % 2 == 0 ? 0 : bound(from, time - 50, time + 50);
        until = seed % 3 == 0 ? FOREVER : bound(until, time - 50, time + 500);
        purposes = bound(purposes, 0, 255);
        bytes memory signed = signature(privateKey, registrationDigest(key, CERTIFIER, purposes, from, until));
        vm.prank(actor);
        try trust.registerKey(key, CERTIFIER, purposes, from, until, signed) {
            _note("register");
            _need(_acts(Purposes.REGULATOR), "registered by a stranger");
            _need(Intervals.start(trust.keys(key)) >= time, "a key in the past");
            people.push(key);
            keysBefore.push(trust.keys(key));
        } catch {}
    }

    function end(uint256 who, uint256 whom, uint256 at) external watched(who) {
        address key = people[whom % people.length];
        uint256 word = trust.keys(key);
        vm.prank(actor);
        try trust.endKey(key, bound(at, time - 50, time + 500)) {
            _note("end");
            bool own = actor == key || (KeyWords.has(actorWord, Purposes.ADMIN) && KeyWords.sameParty(actorWord, word));
            _need(_acts(Purposes.REGULATOR) || (own && KeyWords.mayAct(actorWord, time)), "ended by a stranger");
        } catch {}
    }

    function report(uint256 who, uint256 whom, uint256 since) external watched(who) {
        vm.prank(actor);
        try trust.reportCompromise(people[whom % people.length], bound(since, time - 100, time + 5)) {
            _note("report");
            _need(_acts(Purposes.REGULATOR), "reported by a stranger");
        } catch {}
    }

    function openGrant(uint256 who, uint256 from, uint256 until) external watched(who) {
        from = from % 2 == 0 ? 0 : bound(from, time - 20, time + 20);
        vm.prank(actor);
        try trust.openGrant(CERTIFIER, Purposes.CERTIFICATE, STEEL, from, bound(until, time - 5, time + 60)) {
            _note("grant");
        } catch {}
    }

    function extendGrant(uint256 who, uint256 until) external watched(who) {
        vm.prank(actor);
        try trust.extendGrant(CERTIFIER, Purposes.CERTIFICATE, STEEL, bound(until, time - 5, time + 90)) {
            _note("extend");
        } catch {}
    }

    function endGrant(uint256 who, uint256 at) external watched(who) {
        vm.prank(actor);
        try trust.endGrant(CERTIFIER, Purposes.CERTIFICATE, STEEL, bound(at, time - 20, time + 60)) {
            _note("endGrant");
        } catch {}
    }

    function change(uint256 who, uint256 owner, uint256 subject, uint256 to) external watched(who) {
        vm.prank(actor);
        try status.changeStatus(owners[owner % 3], bytes32(1 + subject % SUBJECTS), _status(to), _successor(to)) {
            _note("status");
        } catch {}
    }

    function relay(uint256 who, uint256 owner, uint256 subject, uint256 to, uint256 nonce) external watched(who) {
        if (who % people.length == 0 || who % people.length > 5) return;
        uint256 privateKey = 1000 + (who % people.length);
        (bytes32 lane, bytes32 about) = (owners[owner % 3], bytes32(1 + subject % SUBJECTS));
        bytes memory signed =
            signature(privateKey, changeDigest(lane, about, _status(to), _successor(to), nonce % 7, time));
        try status.relayStatusChange(lane, about, _status(to), _successor(to), nonce % 7, time, signed) {
            _note("relay");
        } catch {}
    }

    function anchor(uint256 who, uint256 growth, uint256 fork, uint256 broken) external watched(who) {
        uint256 size = sizes.length == 0 ? 0 : sizes[sizes.length - 1];
        uint256 larger = size + (growth % 3);
        bool honest = broken % 2 == 0 || size == 0;
        fork = honest ? larger : fork % size;
        bytes32 old = Trees.root(SEED, 0, size, size);
        bytes32 fresh = Trees.root(SEED, 0, larger, fork);
        bytes32[] memory path = size == larger ? new bytes32[](0) : Trees.proof(SEED, size, larger, fork);
        uint256 before = log.latest();
        vm.prank(actor);
        try log.anchor(old, uint64(larger), fresh, path) {
            _need(honest, "anchored a tree that changes an anchored entry");
            _need(_acts(Purposes.SEQUENCER), "anchored by a stranger");
            if (log.latest() == before) return;
            _note("anchor");
            sizes.push(larger);
            commitments.push(keccak256(abi.encode(larger, fresh, time)));
        } catch {}
    }

    function wait(uint256 seconds_) external {
        pass(1 + (seconds_ % 40));
    }

    // ── Comparing ───────────────────────────────────────────────────────────────────────────────────────────────────

    function _remember() private {
        delete keysBefore;
        delete lanesBefore;
        for (uint256 i = 0; i < people.length; ++i) {
            keysBefore.push(trust.keys(people[i]));
        }
        for (uint256 i = 0; i < 3 * SUBJECTS; ++i) {
            lanesBefore.push(laneOf(owners[i % 3], bytes32(1 + i / 3)));
        }
        grantBefore = trust.grants(trust.grantKey(CERTIFIER, Purposes.CERTIFICATE, STEEL));
    }

    function _compare() private {
        bool rooted;
        for (uint256 i = 0; i < people.length; ++i) {
            uint256 word = trust.keys(people[i]);
            _compareKey(keysBefore[i], word);
            rooted = rooted
                || (KeyWords.has(word, Purposes.REGULATOR) && Intervals.end(word) == FOREVER
                    && KeyWords.compromisedSince(word) == 0);
        }
        _need(rooted, "no regulator's key lasts for ever");
        for (uint256 i = 0; i < 3 * SUBJECTS; ++i) {
            _compareLane(owners[i % 3], lanesBefore[i], laneOf(owners[i % 3], bytes32(1 + i / 3)));
        }
        _compareGrant(grantBefore, trust.grants(trust.grantKey(CERTIFIER, Purposes.CERTIFICATE, STEEL)));
        _compareLog();
    }

    function _compareKey(uint256 before, uint256 word) private {
        uint256 fixedBits = ~((FOREVER << 40) | (FOREVER << 80));
        _need(before & fixedBits == word & fixedBits, "a key changed its party, purposes, start or ordinal");
        (uint256 oldEnd, uint256 newEnd) = (Intervals.end(before), Intervals.end(word));
        _need(newEnd == oldEnd || (newEnd < oldEnd && newEnd >= time), "a key's end moved later, or into the past");
        (uint256 oldSince, uint256 newSince) = (KeyWords.compromisedSince(before), KeyWords.compromisedSince(word));
        _need(newSince == oldSince || oldSince == 0 || (newSince < oldSince && newSince != 0), "a compromise was lifted");
    }

    function _compareLane(bytes32 owner, uint256 before, uint256 word) private {
        if (before == word) return;
        uint256 fresh = LaneWords.newest(word);
        _need(word >> 42 == before && before >> 210 == 0, "a lane lost a transition");
        _need(LaneWords.timeOf(fresh) == time, "a transition at another time");
        address writer = trust.statusKeys(owner, LaneWords.writerOf(fresh));
        uint256 purpose = owner == Purposes.REGULATORS ? Purposes.REGULATOR : Purposes.STATUS;
        uint256 key = trust.keys(writer);
        _need(writer == actor && KeyWords.mayActFor(key, purpose, time), "a lane written by a stranger");
        _need(owner == Purposes.REGULATORS || KeyWords.isOf(key, owner), "another party's lane");
        _need(LaneWords.statusOf(fresh) >= 3 || before >> 168 == 0, "the sixth transition is not terminal");
        uint256 last = LaneWords.newest(before);
        if (LaneWords.statusOf(last) >= 3) {
            uint256 since = KeyWords.compromisedSince(trust.keys(trust.statusKeys(owner, LaneWords.writerOf(last))));
            _need(since != 0 && since <= LaneWords.timeOf(last), "a terminal status that counts was not terminal");
        }
    }

    function _compareGrant(uint256 before, uint256 word) private {
        if (before == word) return;
        _need(_acts(Purposes.REGULATOR), "granted by a stranger");
        (uint256 oldEnd, uint256 newEnd) = (Intervals.end(before), Intervals.end(word));
        if (word == Intervals.withEnd(before, newEnd)) {
            _need(oldEnd > time && newEnd >= time, "an end that has passed moved");
        } else {
            _need(word >> 80 == before && before >> 160 == 0, "a grant lost an interval");
            _need(oldEnd <= time && Intervals.start(word) >= time, "a grant in the past, or over another");
        }
    }

    function _compareLog() private {
        for (uint256 i = 0; i < commitments.length; ++i) {
            _need(log.anchors(i + 1) == commitments[i], "an anchor changed");
            _need(i == 0 || sizes[i] > sizes[i - 1], "the log did not grow");
        }
        _need(uint64(log.latest()) == commitments.length, "an anchor nobody saw");
    }

    function _acts(uint256 purpose) private view returns (bool) {
        return KeyWords.mayActFor(actorWord, purpose, time);
    }

    function _status(uint256 to) private pure returns (uint8) {
        return uint8(to % 16 < 12 ? 1 + to % 2 : to % 8);
    }

    function _successor(uint256 to) private pure returns (bytes32) {
        return _status(to) >= 5 ? keccak256("next") : bytes32(0);
    }

    function _need(bool condition, string memory what) private {
        if (!condition && bytes(fault).length == 0) fault = what;
    }

    function _note(string memory what) private {
        ++done[what];
    }
}

contract InvariantsTest {
    Player private player;

    error Fault(string what);

    function setUp() public {
        player = new Player();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(player);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = Player.registerSomebody.selector;
        selectors[1] = Player.end.selector;
        selectors[2] = Player.report.selector;
        selectors[3] = Player.openGrant.selector;
        selectors[4] = Player.extendGrant.selector;
        selectors[5] = Player.endGrant.selector;
        selectors[6] = Player.change.selector;
        selectors[7] = Player.relay.selector;
        selectors[8] = Player.anchor.selector;
        selectors[9] = Player.wait.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(player), selectors);
    }

    function invariant_words_only_change_by_the_rules() public view {
        string memory fault = player.fault();
        if (bytes(fault).length != 0) revert Fault(fault);
    }

    /// @dev The play itself: a fixed sequence in which every kind of change happens at least once.
    function test_the_player_gets_things_done() public {
        for (uint256 i = 0; i < 150; ++i) {
            uint256 a = uint256(keccak256(abi.encode(i)));
            player.wait(a % 3);
            if (i < 110) player.change(a >> 8, a >> 16, a >> 24, a >> 32);
            if (i < 110) player.relay(a >> 8, a >> 17, a >> 25, a >> 33, a >> 41);
            player.anchor(a >> 8, a >> 18, a >> 26, a >> 34);
            player.openGrant(a >> 40, a >> 48, a >> 56);
            player.extendGrant(a >> 41, a >> 49);
            if (i % 4 == 0) player.endGrant(a >> 42, a >> 50);
            if (i % 15 == 0) player.registerSomebody(a >> 8, a >> 64, a >> 72, a >> 80, a >> 88);
            if (i > 110) player.end(a >> 8, a >> 24, a >> 32);
            if (i > 110) player.report(a >> 8, a >> 24, a >> 32);
        }
        string[9] memory kinds =
            ["register", "end", "report", "grant", "extend", "endGrant", "status", "relay", "anchor"];
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (player.done(kinds[i]) == 0) revert Fault(kinds[i]);
        }
        invariant_words_only_change_by_the_rules();
    }
}
