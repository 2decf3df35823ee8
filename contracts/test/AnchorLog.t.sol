// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorLog, Base, FOREVER, ITrustRegistry, NotEntitled, Purposes} from "./Base.sol";
import {Trees} from "./Trees.sol";
import {Consistency} from "../src/lib/Consistency.sol";

contract ConsistencyHarness {
    function check(uint256 first, uint256 second, bytes32 oldRoot, bytes32 newRoot, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        return Consistency.check(first, second, oldRoot, newRoot, proof);
    }

    /// @dev The check borrows memory that Solidity uses: it must give all of it back.
    function checkKeepsMemory(bytes32 oldRoot, bytes32 newRoot, bytes32[] calldata proof)
        external
        view
        returns (bool consistent, bytes32[] memory mine, bytes memory none, uint256 moved)
    {
        mine = new bytes32[](2);
        mine[0] = keccak256("a");
        mine[1] = keccak256("b");
        uint256 before;
        uint256 afterwards;
        assembly {
            before := mload(0x40)
        }
        consistent = Consistency.check(3, 7, oldRoot, newRoot, proof);
        assembly {
            afterwards := mload(0x40)
        }
        moved = afterwards - before;
    }
}

contract AnchorLogTest is Base {
    uint256 private constant SEED = 42;
    address private sequencer;
    ConsistencyHarness private harness;

    function setUp() public override {
        super.setUp();
        sequencer = admit(0x5E9, REGULATOR_PARTY, Purposes.SEQUENCER);
        harness = new ConsistencyHarness();
    }

    function root(uint256 size) private pure returns (bytes32) {
        return Trees.root(SEED, 0, size, size);
    }

    function proof(uint256 first, uint256 second) private pure returns (bytes32[] memory) {
        return Trees.proof(SEED, first, second, second);
    }

    function anchor(uint64 first, uint64 second) private {
        send(sequencer, root(first), second, root(second), proof(first, second));
    }

    /// @dev All hashes are made before the prank: the precompile's call would use it up.
    function send(address by, bytes32 old, uint64 size, bytes32 fresh, bytes32[] memory path) private {
        vm.prank(by);
        log.anchor(old, size, fresh, path);
    }

    function refused(bytes memory why, address by, bytes32 old, uint64 size, bytes32 fresh, bytes32[] memory path)
        private
    {
        vm.expectRevert(why);
        vm.prank(by);
        log.anchor(old, size, fresh, path);
    }

    function refusedAsNotEntitled(address by) private {
        bytes memory why = abi.encodeWithSelector(NotEntitled.selector, by, Purposes.SEQUENCER, trust.keys(by));
        refused(why, by, Trees.EMPTY, 5, root(5), new bytes32[](0));
    }

    // ── Examples ────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_anchors_and_words() public {
        bytes32 fresh = root(5);
        vm.expectEmit(true, true, true, true, address(log));
        emit AnchorLog.Anchored(1, 5, fresh, uint64(time));
        vm.prank(sequencer);
        log.anchor(Trees.EMPTY, 5, fresh, new bytes32[](0));
        eq(log.anchors(1), keccak256(abi.encode(uint256(5), root(5), time)));
        eq(log.latest(), 1 | (uint256(5) << 64) | (time << 128));
        pass(10);
        anchor(5, 8);
        anchor(8, 13);
        eq(log.anchors(3), keccak256(abi.encode(uint256(13), root(13), time)));
        eq(log.anchors(1), keccak256(abi.encode(uint256(5), root(5), time - 10)));
        (uint64 seq, uint64 size, uint64 at, bool retired) = log.head();
        eq(seq, 3);
        eq(size, 13);
        eq(at, time);
        yes(!retired, "not retired");
        eq(address(log.trust()), address(trust));
        eq(log.MAX_GROWTH(), 1 << 24);
    }

    function test_same_tree_again_succeeds_without_effect() public {
        send(sequencer, Trees.EMPTY, 0, Trees.EMPTY, new bytes32[](0));
        eq(log.latest(), 0);
        anchor(0, 5);
        uint256 latest = log.latest();
        pass(60);
        anchor(0, 5);
        send(sequencer, root(5), 5, root(5), new bytes32[](0));
        eq(log.latest(), latest);
        eq(log.anchors(2), bytes32(0));
    }

    function test_revert_only_a_sequencer_in_force() public {
        address other = admit(0xBAD, REGULATOR_PARTY, Purposes.ALL & ~(Purposes.SEQUENCER | Purposes.REGULATOR));
        address[4] memory accounts = [other, regulator, address(this), register(0xF00, CERTIFIER, 2, time + 9, FOREVER)];
        for (uint256 i = 0; i < accounts.length; ++i) {
            refusedAsNotEntitled(accounts[i]);
        }
        goTo(time + 9); // a tie counts against the signer
        refusedAsNotEntitled(accounts[3]);
        pass(1);
        send(accounts[3], Trees.EMPTY, 5, root(5), new bytes32[](0));
    }

    function test_revert_compromised_and_ended_sequencer() public {
        vm.prank(regulator);
        trust.endKey(sequencer, time + 10);
        pass(10);
        refusedAsNotEntitled(sequencer);
        address second = admit(0x5EA, REGULATOR_PARTY, Purposes.SEQUENCER);
        vm.prank(regulator);
        trust.reportCompromise(second, time);
        pass(1);
        refusedAsNotEntitled(second);
    }

    function test_revert_registry_that_does_not_answer() public {
        AnchorLog lonely = new AnchorLog(ITrustRegistry(address(0xdead)));
        vm.expectRevert(abi.encodeWithSelector(NotEntitled.selector, address(this), Purposes.SEQUENCER, 0));
        lonely.anchor(Trees.EMPTY, 5, keccak256("any"), new bytes32[](0));
    }

    function test_revert_stale_root() public {
        anchor(0, 5);
        bytes memory why = abi.encodeWithSelector(AnchorLog.StaleRoot.selector, 1, 5, Trees.EMPTY);
        refused(why, sequencer, Trees.EMPTY, 8, root(8), proof(5, 8));
    }

    function test_revert_first_anchor_from_another_root() public {
        bytes memory why = abi.encodeWithSelector(AnchorLog.StaleRoot.selector, 0, 0, root(3));
        refused(why, sequencer, root(3), 8, root(8), proof(3, 8));
    }

    function test_revert_first_anchor_with_a_proof() public {
        bytes memory why = abi.encodeWithSelector(AnchorLog.InconsistentTree.selector, 0, Trees.EMPTY, 8, root(8));
        refused(why, sequencer, Trees.EMPTY, 8, root(8), proof(3, 8));
    }

    function test_revert_tree_shrinks() public {
        anchor(0, 8);
        bytes memory why = abi.encodeWithSelector(AnchorLog.TreeShrinks.selector, 8, 5);
        refused(why, sequencer, root(8), 5, root(5), new bytes32[](0));
    }

    function test_revert_same_size_other_root() public {
        anchor(0, 8);
        bytes32 other = Trees.root(SEED, 0, 8, 7);
        bytes memory why = abi.encodeWithSelector(AnchorLog.SameSizeOtherRoot.selector, 1, 8, other);
        refused(why, sequencer, root(8), 8, other, new bytes32[](0));
    }

    function test_revert_altered_old_entry() public {
        anchor(0, 8);
        // The proof of a log that differs from entry 3 on.
        bytes32 other = Trees.root(SEED, 0, 13, 3);
        bytes memory why = abi.encodeWithSelector(AnchorLog.InconsistentTree.selector, 8, root(8), 13, other);
        refused(why, sequencer, root(8), 13, other, Trees.proof(SEED, 8, 13, 3));
    }

    function test_growth_limit() public {
        uint64 limit = log.MAX_GROWTH();
        bytes memory why = abi.encodeWithSelector(AnchorLog.GrowthTooLarge.selector, 0, limit + 1, limit);
        refused(why, sequencer, Trees.EMPTY, limit + 1, root(1), new bytes32[](0));
        send(sequencer, Trees.EMPTY, limit, root(1), new bytes32[](0));
        why = abi.encodeWithSelector(AnchorLog.GrowthTooLarge.selector, limit, type(uint64).max, limit);
        refused(why, sequencer, root(1), type(uint64).max, root(2), new bytes32[](0));
    }

    function test_retire() public {
        anchor(0, 5);
        vm.expectEmit(true, true, true, true, address(log));
        emit AnchorLog.Retired(address(trust), regulator);
        vm.prank(regulator);
        log.retire(address(trust));
        eq(log.successor(), address(trust));
        eq(log.latest(), 1 | (uint256(5) << 64) | (time << 128) | (1 << 192));
        (,,, bool retired) = log.head();
        yes(retired, "retired");
        anchor(0, 5); // the same again is still no error
        bytes memory why = abi.encodeWithSelector(AnchorLog.LogRetired.selector, address(trust));
        refused(why, sequencer, root(5), 8, root(8), proof(5, 8));
        vm.expectRevert(abi.encodeWithSelector(AnchorLog.LogRetired.selector, address(trust)));
        vm.prank(regulator);
        log.retire(address(status));
    }

    function test_revert_retire() public {
        expectNotEntitled(sequencer, Purposes.REGULATOR);
        vm.prank(sequencer);
        log.retire(address(trust));
        address[3] memory unfit = [address(0), address(log), address(0xE0A)];
        for (uint256 i = 0; i < unfit.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(AnchorLog.SuccessorRefused.selector, unfit[i]));
            vm.prank(regulator);
            log.retire(unfit[i]);
        }
    }

    // ── The proof check against the definitions ─────────────────────────────────────────────────────────────────────

    function test_check_all_small_pairs() public view {
        for (uint256 second = 1; second <= 17; ++second) {
            for (uint256 first = 0; first < second; ++first) {
                yes(harness.check(first, second, root(first), root(second), proof(first, second)), "extends");
            }
        }
    }

    function testFuzz_check_accepts_true_extensions(uint256 seed, uint256 first, uint256 second) public view {
        second = bound(second, 1, 70);
        first = bound(first, 0, second - 1);
        bytes32[] memory path = Trees.proof(seed, first, second, second);
        yes(harness.check(first, second, Trees.root(seed, 0, first, first), Trees.root(seed, 0, second, second), path), "extends");
    }

    function testFuzz_check_refuses_forks(uint256 seed, uint256 first, uint256 second, uint256 fork) public view {
        second = bound(second, 2, 70);
        first = bound(first, 1, second - 1);
        fork = bound(fork, 0, first - 1);
        bytes32 forked = Trees.root(seed, 0, second, fork);
        bytes32 old = Trees.root(seed, 0, first, first);
        yes(!harness.check(first, second, old, forked, Trees.proof(seed, first, second, fork)), "fork's proof");
        yes(!harness.check(first, second, old, forked, Trees.proof(seed, first, second, second)), "true proof");
    }

    function testFuzz_check_refuses_mutations(uint256 seed, uint256 first, uint256 second, uint256 at, uint256 bit)
        public
        view
    {
        second = bound(second, 2, 70);
        first = bound(first, 1, second - 1);
        bytes32 old = Trees.root(seed, 0, first, first);
        bytes32 fresh = Trees.root(seed, 0, second, second);
        bytes32[] memory path = Trees.proof(seed, first, second, second);
        yes(!harness.check(first, second, old, fresh, Trees.append(path, fresh)), "longer");
        yes(!harness.check(first, second, old, fresh, without(path, bound(at, 0, path.length - 1))), "shorter");
        yes(!harness.check(first, second, old ^ bytes32(1 << (bit % 256)), fresh, path), "old root");
        yes(!harness.check(first, second, old, fresh ^ bytes32(1 << (bit % 256)), path), "new root");
        path[bound(at, 0, path.length - 1)] ^= bytes32(1 << (bit % 256));
        yes(!harness.check(first, second, old, fresh, path), "flipped");
    }

    function testFuzz_check_refuses_noise(uint256 first, uint256 second, bytes32 old, bytes32 fresh, bytes32[] calldata path)
        public
        view
    {
        first = bound(first, 1, type(uint64).max - 1);
        second = bound(second, first + 1, type(uint64).max);
        yes(!harness.check(first, second, old, fresh, path), "noise");
    }

    /// @dev With too little gas for the hashes nothing passes, and nothing false ever does.
    function testFuzz_check_with_little_gas(uint256 limit, uint256 size, uint256 fork) public view {
        size = bound(size, 9, 64);
        bytes32 forked = Trees.root(SEED, 0, size, bound(fork, 0, 7));
        bytes32[] memory path = Trees.proof(SEED, 8, size, bound(fork, 0, 7));
        try harness.check{gas: bound(limit, 500, 20_000)}(8, size, root(8), forked, path) returns (bool consistent) {
            yes(!consistent, "a fork passes");
        } catch {}
    }

    function test_check_gives_memory_back() public view {
        (bool consistent, bytes32[] memory mine, bytes memory none, uint256 moved) =
            harness.checkKeepsMemory(root(3), root(7), proof(3, 7));
        yes(consistent, "extends");
        eq(mine.length, 2);
        eq(mine[0], keccak256("a"));
        eq(mine[1], keccak256("b"));
        eq(none.length, 0);
        eq(moved, 0);
    }

    function without(bytes32[] memory list, uint256 at) private pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](list.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = list[i < at ? i : i + 1];
        }
    }
}
