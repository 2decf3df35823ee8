// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 §2.1, straight from its definitions, over a list of leaf hashes: what the contract is compared with
library Trees {
    bytes32 internal constant EMPTY = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    function leaf(uint256 seed, uint256 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), seed, index));
    }

    /// @dev MTH of the leaves [from, to) of the log grown from `seed`; leaves from `fork` on come from another seed.
    function root(uint256 seed, uint256 from, uint256 to, uint256 fork) internal pure returns (bytes32) {
        if (to == from) return EMPTY;
        if (to - from == 1) return leaf(from < fork ? seed : seed ^ 1, from);
        uint256 split = from + splitOf(to - from);
        return node(root(seed, from, split, fork), root(seed, split, to, fork));
    }

    /// @dev PROOF(first, D[second]), §2.1.4.1.
    function proof(uint256 seed, uint256 first, uint256 second, uint256 fork) internal pure returns (bytes32[] memory) {
        if (first == 0) return new bytes32[](0);
        return subproof(seed, 0, first, second, true, fork);
    }

    function subproof(uint256 seed, uint256 from, uint256 mid, uint256 to, bool known, uint256 fork)
        private
        pure
        returns (bytes32[] memory)
    {
        if (mid == to) return known ? new bytes32[](0) : append(new bytes32[](0), root(seed, from, to, fork));
        uint256 split = from + splitOf(to - from);
        if (mid <= split) {
            return append(subproof(seed, from, mid, split, known, fork), root(seed, split, to, fork));
        }
        return append(subproof(seed, split, mid, to, false, fork), root(seed, from, split, fork));
    }

    function append(bytes32[] memory list, bytes32 item) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }

    /// @dev Largest power of two smaller than n ≥ 2.
    function splitOf(uint256 n) internal pure returns (uint256 split) {
        split = 1;
        while (split * 2 < n) split *= 2;
    }
}
