// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry, NotEntitled} from "./ITrustRegistry.sol";
import {Consistency} from "./lib/Consistency.sol";
import {Purposes} from "./lib/Purposes.sol";
import {TrustReader} from "./lib/TrustReader.sol";
import {HeadWords, KeyWords} from "./lib/Words.sol";

/**
 * @title AnchorLog: the sizes and roots of the statement log, each proven to extend the one before
 * @notice Nobody, the operator included, can anchor a tree that changes, drops or reorders an anchored entry.
 * @dev Storage is the protocol (docs/spec/05-contracts.md): slot 0 `anchors`, slot 1 `latest`, slot 2 `successor`.
 *
 * WARNING: the contract sees hashes, not leaves. It cannot tell that the new part of a tree is well formed; monitors do.
 */
contract AnchorLog {
    /// @notice Largest growth in one anchor.
    uint64 public constant MAX_GROWTH = HeadWords.MAX_GROWTH;

    /// @notice The registry that says who is a sequencer.
    // slither-disable-next-line naming-convention
    ITrustRegistry public immutable trust;

    /// @notice keccak256(abi.encode(uint256 size, bytes32 root, uint256 time)) of each anchor, seq from 1.
    mapping(uint256 seq => bytes32 commitment) public anchors;

    /// @notice The newest anchor (see `HeadWords`). It says too that the log is retired, so that anchoring does not pay for
    /// reading `successor`.
    uint256 public latest;

    /// @notice The AnchorLog that follows this one, once retired.
    address public successor;

    /// @notice A tree was anchored.
    event Anchored(uint64 indexed seq, uint64 size, bytes32 root, uint64 time);

    /// @notice The log was retired in favour of another.
    event Retired(address indexed successor, address indexed by);

    /// @notice The old root is not the one anchored last: plan again from the chain.
    error StaleRoot(uint64 seq, uint64 size, bytes32 oldRoot);
    /// @notice The tree is smaller than the one anchored last.
    error TreeShrinks(uint64 anchoredSize, uint64 newSize);
    /// @notice This size is anchored already, with another root.
    error SameSizeOtherRoot(uint64 seq, uint64 size, bytes32 newRoot);
    /// @notice The tree grows by more than MAX_GROWTH.
    error GrowthTooLarge(uint64 anchoredSize, uint64 newSize, uint64 maxGrowth);
    /// @notice The proof does not show that the new tree extends the anchored one.
    error InconsistentTree(uint64 oldSize, bytes32 oldRoot, uint64 newSize, bytes32 newRoot);
    /// @notice The log is retired.
    error LogRetired(address successor);
    /// @notice The successor is this log, or holds no code.
    error SuccessorRefused(address successor);

    constructor(ITrustRegistry trust_) {
        trust = trust_;
    }

    /**
     * @notice Anchors a larger tree.
     * @dev Requirements: the caller's key has purpose `sequencer` and may act; the log is not retired; `oldRoot` is the
     * root anchored last (SHA-256 of nothing before the first); the size grows, by at most MAX_GROWTH; the proof passes
     * RFC 9162 §2.1.4.2. Anchoring the same size and root again succeeds without effect, whatever the other arguments:
     * a transaction sent twice is no error.
     *
     * Emits {Anchored}.
     * @param oldRoot root of the tree anchored last
     * @param newSize entries in the new tree
     * @param newRoot root of the new tree
     * @param proof RFC 9162 consistency path, empty when the old tree is
     */
    function anchor(bytes32 oldRoot, uint64 newSize, bytes32 newRoot, bytes32[] calldata proof) external {
        uint256 word = TrustReader.keyWord(trust, msg.sender);
        if (!KeyWords.mayActFor(word, Purposes.SEQUENCER, block.timestamp)) {
            revert NotEntitled(msg.sender, Purposes.SEQUENCER, word);
        }
        uint256 present = latest;
        uint64 seq = HeadWords.seqOf(present);
        uint64 size = HeadWords.sizeOf(present);
        // slither-disable-next-line incorrect-equality (a size, not a balance that a stranger could nudge)
        if (newSize == size) {
            if (!_isAnchored(present, newRoot)) revert SameSizeOtherRoot(seq, size, newRoot);
            return;
        }
        if (HeadWords.isRetired(present)) revert LogRetired(successor);
        if (newSize < size) revert TreeShrinks(size, newSize);
        if (!_isAnchored(present, oldRoot)) revert StaleRoot(seq, size, oldRoot);
        if (HeadWords.growsTooMuch(size, newSize)) revert GrowthTooLarge(size, newSize, MAX_GROWTH);
        if (!Consistency.check(size, newSize, oldRoot, newRoot, proof)) {
            revert InconsistentTree(size, oldRoot, newSize, newRoot);
        }
        unchecked {
            ++seq;
        }
        anchors[seq] = _commitment(newSize, newRoot, block.timestamp);
        latest = HeadWords.pack(seq, newSize, uint64(block.timestamp));
        emit Anchored(seq, newSize, newRoot, uint64(block.timestamp));
    }

    /**
     * @notice Closes this log for good and names the one that follows.
     * @dev Requirements: the caller's key has purpose `regulator` and may act; not retired yet; the successor is another
     * contract. Emits {Retired}.
     *
     * WARNING: cannot be undone.
     */
    function retire(address successor_) external {
        uint256 word = TrustReader.keyWord(trust, msg.sender);
        if (!KeyWords.mayActFor(word, Purposes.REGULATOR, block.timestamp)) {
            revert NotEntitled(msg.sender, Purposes.REGULATOR, word);
        }
        uint256 present = latest;
        if (HeadWords.isRetired(present)) revert LogRetired(successor);
        if (successor_ == address(this) || successor_.code.length == 0) revert SuccessorRefused(successor_);
        successor = successor_;
        latest = HeadWords.retired(present);
        emit Retired(successor_, msg.sender);
    }

    /// @notice The newest anchor, unpacked, for people; proofs read the words.
    function head() external view returns (uint64 seq, uint64 size, uint64 time, bool retired) {
        uint256 word = latest;
        return (HeadWords.seqOf(word), HeadWords.sizeOf(word), HeadWords.timeOf(word), HeadWords.isRetired(word));
    }

    /// @dev Whether the root is the one anchored last.
    function _isAnchored(uint256 present, bytes32 root) private view returns (bool) {
        uint64 seq = HeadWords.seqOf(present);
        // slither-disable-next-line incorrect-equality (zero means: nothing anchored yet)
        if (seq == 0) return root == Consistency.EMPTY_ROOT;
        return anchors[seq] == _commitment(HeadWords.sizeOf(present), root, HeadWords.timeOf(present));
    }

    function _commitment(uint256 size, bytes32 root, uint256 time) private pure returns (bytes32 commitment) {
        // keccak256(abi.encode(size, root, time)), without moving the free memory pointer
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, size)
            mstore(add(free, 0x20), root)
            mstore(add(free, 0x40), time)
            commitment := keccak256(free, 0x60)
        }
    }
}
