// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title RFC 9162 §2.1.4.2: does the tree of size `second` extend the tree of size `first`?
 *
 * @dev As in the RFC, `fr` rebuilds the old root and `sr` the new one, from the leaves' side up. Each lives in the place
 * of a 65-byte node `0x01 ‖ left ‖ right` where the next hash needs it, so that the SHA-256 precompile writes its result
 * directly there. The RFC's one loop over the path is split where `fn` meets `sn`, since from there on only the set bits
 * of `fn` take an element; its "shift until LSB(fn) is set" (6b) becomes skipping the bits that are not.
 */
library Consistency {
    /// @dev SHA-256 of nothing: the root of the empty tree (RFC 9162 §2.1.1).
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    /// @dev With this much gas left at the end more was left at every hash, so none can have failed: the precompile
    /// takes 96 gas for a node and fails only without them. (Checking each call would cost 12 gas a hash.)
    uint256 private constant GAS_LEFT = 5000;

    /**
     * @notice Checks a consistency proof.
     * @dev Requirements for a meaning: `first < second` (the caller refuses the rest). With `first == 0` the proof must
     * be empty and the old root that of the empty tree: every tree extends nothing.
     *
     * WARNING: a consistency proof does not bind the *new* size by itself (one proof can pass for many sizes); the
     * anchored pair (size, root) is what readers use.
     * @param first size of the old tree
     * @param second size of the new tree
     * @param oldRoot root of the old tree
     * @param newRoot root of the new tree
     * @param proof the RFC's consistency path
     * @return consistent whether the proof shows that the new tree extends the old one
     */
    function check(uint256 first, uint256 second, bytes32 oldRoot, bytes32 newRoot, bytes32[] calldata proof)
        internal
        view
        returns (bool consistent)
    {
        if (first == 0) return proof.length == 0 && oldRoot == EMPTY_ROOT;
        assembly ("memory-safe") {
            // Two nodes of 65 bytes at fixed addresses (constants cost least):
            //   old  0x00: 0x01 · 0x01: left · 0x21: right = fr        new  0x41: 0x01 · 0x42: left · 0x62: right = sr
            // They lie over the free memory pointer (0x40), the zero slot (0x60) and the first word of free memory or of
            // what was allocated first (0x80); all three are put back at the end.
            let pointer := mload(0x40)
            let allocated := mload(0x80)
            let next := proof.offset
            let fn := sub(first, 1)
            // fn ^ sn: not zero as long as the RFC's fn and sn differ. Both are shifted together, so sn itself is not kept.
            let diff := xor(fn, sub(second, 1))
            mstore8(0x00, 1)
            mstore8(0x41, 1)
            // Steps 2 and 5. An exact power of two: the path starts with the old root itself.
            switch and(first, fn)
            case 0 {
                mstore(0x21, oldRoot)
                mstore(0x62, oldRoot)
            }
            default {
                mstore(0x21, calldataload(next))
                mstore(0x62, calldataload(next))
                next := add(next, 0x20)
            }
            // Step 4.
            for {} and(fn, 1) {} {
                fn := shr(1, fn)
                diff := shr(1, diff)
            }
            // Step 6 where fn ≠ sn. Reading beyond the proof gives other bytes, and fails at the end: next ≠ last.
            for {} diff {} {
                switch and(fn, 1)
                case 0 {
                    // c is to the right, in the new tree only: sr = H(sr ‖ c)
                    mstore(0x42, mload(0x62))
                    mstore(0x62, calldataload(next))
                }
                default {
                    // c is to the left, in both: fr = H(c ‖ fr), sr = H(c ‖ sr)
                    mstore(0x01, calldataload(next))
                    mstore(0x42, mload(0x01))
                    pop(staticcall(gas(), 2, 0x00, 0x41, 0x21, 0x20))
                }
                pop(staticcall(gas(), 2, 0x41, 0x41, 0x62, 0x20))
                next := add(next, 0x20)
                fn := shr(1, fn)
                diff := shr(1, diff)
            }
            // Step 6 where fn = sn: c is to the left, in both, at every set bit.
            for {} fn { fn := shr(1, fn) } {
                if and(fn, 1) {
                    mstore(0x01, calldataload(next))
                    mstore(0x42, mload(0x01))
                    pop(staticcall(gas(), 2, 0x00, 0x41, 0x21, 0x20))
                    pop(staticcall(gas(), 2, 0x41, 0x41, 0x62, 0x20))
                    next := add(next, 0x20)
                }
            }
            // Step 7. Both loops end with fn = sn = 0; the path must end there too (steps 1 and 6a).
            consistent := and(
                and(eq(next, add(proof.offset, shl(5, proof.length))), gt(gas(), GAS_LEFT)),
                and(eq(mload(0x21), oldRoot), eq(mload(0x62), newRoot))
            )
            mstore(0x40, pointer)
            mstore(0x60, 0)
            mstore(0x80, allocated)
        }
    }
}
