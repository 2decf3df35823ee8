// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the other two contracts ask of the trust registry
interface ITrustRegistry {
    /// @notice The key word of an address (see `KeyWords`), zero when it was never registered.
    function keys(address key) external view returns (uint256 keyWord);

    /// @notice The key that has a status ordinal in a lane owner's list.
    function statusKeys(bytes32 owner, uint256 ordinal) external view returns (address key);
}

/**
 * @notice The account's key may not do this: never registered, without the purpose, of another party, not in force at
 * this block's time, or reported as compromised. The key word says which.
 * @param account who asked
 * @param purposes any of these would have been enough
 * @param keyWord the account's word in TrustRegistry
 */
error NotEntitled(address account, uint256 purposes, uint256 keyWord);
