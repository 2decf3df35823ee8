// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Purposes a key or a grant can have, as bits (docs/spec/05-contracts.md, "Purposes")
library Purposes {
    uint256 internal constant REGULATOR = 1;
    uint256 internal constant SEQUENCER = 2;
    uint256 internal constant FOOTPRINT = 4;
    uint256 internal constant CERTIFICATE = 8;
    uint256 internal constant LABELS = 16;
    uint256 internal constant STATUS = 32;
    uint256 internal constant ADMIN = 64;
    uint256 internal constant RULE = 128;

    /// @dev Every purpose that exists.
    uint256 internal constant ALL = 255;

    /// @dev Owner of the lane that all regulators share.
    bytes32 internal constant REGULATORS = keccak256("regulators");
}
