// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title RFC 9162 §2.1.4.2: does the tree of size `second` extend the tree of size `first`?
 *
 * @dev The loop keeps two hashes, as the RFC does: `fr` (rebuilds the old root) and `sr` (rebuilds the new root). Each
 * lives in the place of a 65-byte node `0x01 ‖ left ‖ right` where the next hash needs it, so that the SHA-256
 * precompile writes its result directly there:
 *
 *     0x1f  0x20       0x40              0x5f (old)  and another for the new tree, at the free memory pointer
 *     0x01  left  32   right  32
 *
 * Once `fn` is zero only `sr` grows, always on the left: a second, shorter loop.
 */
library Consistency {
    /// @dev SHA-256 of nothing: the root of the empty tree (RFC 9162 §2.1.1).
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

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
            // Layout at the free memory pointer, which is not moved (scratch only, nothing is kept):
            //   a+0x00 … 0x01 | left | right    node of the old tree, hashed from a+0x1f; right = fr
            //   b+0x00 … 0x01 | left | right    node of the new tree, hashed from b+0x1f; right = sr
            let a := mload(0x40)
            let b := add(a, 0x60)
            let next := proof.offset
            let last := add(next, shl(5, proof.length))
            let fn := sub(first, 1)
            let sn := sub(second, 1)
            let ok := 1

            // Steps 2–5. An exact power of two: the path starts with the old root itself.
            let seed := oldRoot
            if and(first, fn) {
                // Step 1: an empty path fails. (calldataload beyond the proof is never used when ok is 0.)
                ok := lt(next, last)
                seed := calldataload(next)
                next := add(next, 0x20)
            }
            // Right-shift both while the low bit of fn is set.
            for {} and(fn, 1) {} {
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            mstore(a, 1)
            mstore(b, 1)
            mstore(add(a, 0x40), seed)
            mstore(add(b, 0x40), seed)

            // Step 6 while the old tree still has nodes to join.
            for {} and(ok, iszero(iszero(fn))) {} {
                ok := lt(next, last)
                let c := calldataload(next)
                next := add(next, 0x20)
                switch or(and(fn, 1), eq(fn, sn))
                case 0 {
                    // c is to the right, in the new tree only: sr = H(sr ‖ c)
                    mstore(add(b, 0x20), mload(add(b, 0x40)))
                    mstore(add(b, 0x40), c)
                    ok := and(ok, staticcall(gas(), 2, add(b, 0x1f), 0x41, add(b, 0x40), 0x20))
                    fn := shr(1, fn)
                    sn := shr(1, sn)
                }
                default {
                    // c is to the left, in both: fr = H(c ‖ fr), sr = H(c ‖ sr)
                    mstore(add(a, 0x20), c)
                    mstore(add(b, 0x20), c)
                    ok := and(ok, staticcall(gas(), 2, add(a, 0x1f), 0x41, add(a, 0x40), 0x20))
                    ok := and(ok, staticcall(gas(), 2, add(b, 0x1f), 0x41, add(b, 0x40), 0x20))
                    // Shift until the low bit of fn is set or fn is zero, then once more.
                    for {} and(iszero(and(fn, 1)), iszero(iszero(fn))) {} {
                        fn := shr(1, fn)
                        sn := shr(1, sn)
                    }
                    fn := shr(1, fn)
                    sn := shr(1, sn)
                }
            }

            // Step 6 with fn = 0: every further c is to the right, in the new tree only.
            let sr := add(b, 0x20)
            mstore(sr, mload(add(b, 0x40)))
            for {} and(ok, lt(next, last)) {} {
                mstore(add(b, 0x40), calldataload(next))
                next := add(next, 0x20)
                // sn is already zero: the path is too long.
                ok := and(iszero(iszero(sn)), staticcall(gas(), 2, add(b, 0x1f), 0x41, sr, 0x20))
                sn := shr(1, sn)
            }

            // Step 7.
            consistent := and(and(ok, iszero(sn)), and(eq(mload(add(a, 0x40)), oldRoot), eq(mload(sr), newRoot)))
        }
    }
}
