// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ITrustRegistry, NotEntitled} from "./ITrustRegistry.sol";
import {Purposes} from "./lib/Purposes.sol";
import {TrustReader} from "./lib/TrustReader.sol";
import {KeyWords, LaneWords} from "./lib/Words.sol";

/**
 * @title StatusRegistry: what became of a statement, a certificate number or a party
 * @notice Each owner writes its own lane about a subject; the regulators share one. Readers take the worse of the
 * issuer's and the regulators' lane, so a stranger's lane means nothing and nobody can lift another's suspension.
 * @dev Storage is the protocol (docs/spec/05-contracts.md): slots 0, 1 EIP712, slot 2 `lanes`, slot 3 `successors`.
 *
 *     status  1 active 有效 · 2 suspended 暂停 · 3 withdrawn 撤销 · 4 cancelled 注销
 *             5 superseded 换证, labels printed stay good · 6 superseded, labels printed are void
 */
contract StatusRegistry is EIP712 {
    /// @dev A present status and, from this one on, a terminal one.
    uint256 private constant ACTIVE = 1;
    uint256 private constant FIRST_TERMINAL = 3;
    uint256 private constant FIRST_SUPERSEDED = 5;
    uint256 private constant LAST_STATUS = 6;

    bytes32 private constant STATUS_CHANGE_TYPEHASH = keccak256(
        "StatusChange(bytes32 owner,bytes32 subject,uint8 status,bytes32 successor,uint256 nonce,uint256 deadline)"
    );

    /// @notice One transition, unpacked for people.
    struct Transition {
        uint8 status;
        uint8 writer;
        uint32 time;
    }

    /// @dev What a writer asks for; kept in memory because the stack is too short for it.
    struct Change {
        bytes32 owner;
        bytes32 subject;
        uint8 status;
        bytes32 successor;
    }

    /// @notice The registry that says whose key writes which lane.
    // slither-disable-next-line naming-convention
    ITrustRegistry public immutable trust;

    /// @notice Lane words (see `LaneWords`) by keccak256(abi.encode(owner, subject)).
    mapping(bytes32 laneKey => uint256 laneWord) public lanes;

    /// @notice Statement id of the successor, written with a superseded status; read it only with one.
    mapping(bytes32 laneKey => bytes32 successor) public successors;

    /// @notice A lane got a transition, at this position (oldest = 0).
    event StatusChanged(
        bytes32 indexed owner,
        bytes32 indexed subject,
        address indexed signer,
        uint8 status,
        bytes32 successor,
        uint256 position
    );

    /// @notice The status is not one of 1–6.
    error UnknownStatus(uint8 status);
    /// @notice The lane has this status already (an empty lane is active).
    error StatusUnchanged(bytes32 owner, bytes32 subject, uint8 status);
    /// @notice The lane ended with a terminal status that counts.
    error LaneTerminated(bytes32 owner, bytes32 subject, uint8 status);
    /// @notice The lane holds six transitions.
    error LaneFull(bytes32 owner, bytes32 subject);
    /// @notice The sixth transition must be terminal.
    error LastTransitionReserved(bytes32 owner, bytes32 subject, uint8 status);
    /// @notice A superseded status needs a successor other than the subject, any other status takes none.
    error SuccessorRefused(uint8 status, bytes32 successor);
    /// @notice The nonce of a signed change is not the number of transitions in the lane.
    error WrongNonce(uint256 expected, uint256 given);
    /// @notice The signed change came too late.
    error DeadlinePassed(uint256 deadline, uint256 time);
    /// @notice The signature is not a well-formed, low-s ECDSA signature of this change.
    error MalformedSignature(bytes signature);
    /// @notice A lane word holds times below 2^32 only.
    error TimeOutOfRange(uint256 time);

    constructor(ITrustRegistry trust_) EIP712("Tanji", "1") {
        trust = trust_;
    }

    /**
     * @notice Writes the next transition into the caller's lane.
     * @dev Requirements: the caller's key has purpose `status` and is of the owner's party, or has purpose `regulator`
     * and the owner is `REGULATORS`; it may act; the rules of {_append}. Emits {StatusChanged}.
     * @param owner partyId of the caller's party, or keccak256("regulators")
     * @param subject statement id, certificate number's hash, or partyId
     * @param status 1–6
     * @param successor statement id that takes over, for 5 and 6; else zero
     */
    function changeStatus(bytes32 owner, bytes32 subject, uint8 status, bytes32 successor) external {
        uint256 word = TrustReader.keyWord(trust, msg.sender);
        _requireWriter(owner, msg.sender, word);
        _append(Change(owner, subject, status, successor), lanes[laneKey(owner, subject)], msg.sender, word);
    }

    /**
     * @notice Writes a transition that an entitled key signed (EIP-712), whoever relays it.
     * @dev Requirements: as {changeStatus}, for the signer; `nonce` is the number of transitions in the lane; the
     * deadline has not passed. If the transition at that position is already this one by this signer the call succeeds
     * without effect, even after the deadline: to be front-run is no harm. Emits {StatusChanged}.
     *
     * WARNING: a direct change to the same lane in the meantime voids the signed one; sign again.
     */
    function relayStatusChange(
        bytes32 owner,
        bytes32 subject,
        uint8 status,
        bytes32 successor,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        Change memory change = Change(owner, subject, status, successor);
        address signer = _signer(change, nonce, deadline, signature);
        uint256 word = TrustReader.keyWord(trust, signer);
        uint256 lane = lanes[laneKey(owner, subject)];
        if (_isApplied(change, lane, nonce, word)) return;
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        _requireWriter(owner, signer, word);
        uint256 length = LaneWords.length(lane);
        if (nonce != length) revert WrongNonce(length, nonce);
        _append(change, lane, signer, word);
    }

    /// @notice All transitions of a lane, oldest first, uncounted ones included. For people; proofs read the word.
    function history(bytes32 owner, bytes32 subject) external view returns (Transition[] memory transitions) {
        uint256 lane = lanes[laneKey(owner, subject)];
        uint256 length = LaneWords.length(lane);
        transitions = new Transition[](length);
        for (uint256 i = 0; i < length; ++i) {
            uint256 transition = LaneWords.transitionAt(lane, i, length);
            transitions[i] = Transition({
                status: uint8(LaneWords.statusOf(transition)),
                writer: uint8(LaneWords.writerOf(transition)),
                time: uint32(LaneWords.timeOf(transition))
            });
        }
    }

    /// @notice The key of a lane in `lanes` and `successors`.
    function laneKey(bytes32 owner, bytes32 subject) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, subject));
    }

    /**
     * @dev Appends a transition. Requirements: status 1–6; successor exactly with 5 and 6; room in the lane, the sixth
     * place for a terminal status only; the newest transition is not a terminal one that counts, nor the same status
     * and counting (an empty lane is active).
     */
    function _append(Change memory change, uint256 lane, address signer, uint256 word) private {
        _requireWellFormed(change);
        uint256 length = LaneWords.length(lane);
        _requirePossible(change, lane, length);
        bytes32 key = laneKey(change.owner, change.subject);
        lanes[key] = LaneWords.push(lane, change.status, KeyWords.ordinal(word), block.timestamp);
        if (change.status >= FIRST_SUPERSEDED) successors[key] = change.successor;
        emit StatusChanged(change.owner, change.subject, signer, change.status, change.successor, length);
    }

    function _requireWellFormed(Change memory change) private view {
        (uint8 status, bytes32 successor) = (change.status, change.successor);
        if (status < ACTIVE || status > LAST_STATUS) revert UnknownStatus(status);
        bool refused = status < FIRST_SUPERSEDED ? successor != 0 : successor == 0 || successor == change.subject;
        if (refused) revert SuccessorRefused(status, successor);
        if (block.timestamp > type(uint32).max) revert TimeOutOfRange(block.timestamp);
    }

    function _requirePossible(Change memory change, uint256 lane, uint256 length) private view {
        (bytes32 owner, bytes32 subject, uint8 status) = (change.owner, change.subject, change.status);
        uint256 newest = LaneWords.newest(lane);
        uint8 present = length == 0 ? uint8(ACTIVE) : uint8(LaneWords.statusOf(newest));
        // Who wrote the newest transition matters only where that transition would forbid this one.
        bool forbids = present >= FIRST_TERMINAL || present == status;
        if (forbids && (length == 0 || _counts(owner, newest))) {
            if (present >= FIRST_TERMINAL) revert LaneTerminated(owner, subject, present);
            revert StatusUnchanged(owner, subject, status);
        }
        if (length == LaneWords.CAPACITY) revert LaneFull(owner, subject);
        if (length == LaneWords.CAPACITY - 1 && status < FIRST_TERMINAL) {
            revert LastTransitionReserved(owner, subject, status);
        }
    }

    /// @dev A transition by a key reported as compromised at or before its time does not count.
    function _counts(bytes32 owner, uint256 transition) private view returns (bool) {
        address writer = trust.statusKeys(owner, LaneWords.writerOf(transition));
        uint256 since = KeyWords.compromisedSince(TrustReader.keyWord(trust, writer));
        return since == 0 || LaneWords.timeOf(transition) < since;
    }

    /// @dev Whether the transition at position `nonce` is already this change by this signer's key: an ordinal names one
    /// key in one owner's list. With a superseded status the successor must be the same too.
    function _isApplied(Change memory change, uint256 lane, uint256 nonce, uint256 word) private view returns (bool) {
        (bytes32 owner, uint8 status) = (change.owner, change.status);
        uint256 length = LaneWords.length(lane);
        if (nonce >= length || !KeyWords.has(word, _purposeFor(owner)) || !_ownsLane(owner, word)) return false;
        uint256 transition = LaneWords.transitionAt(lane, nonce, length);
        if (LaneWords.statusOf(transition) != status || LaneWords.writerOf(transition) != KeyWords.ordinal(word)) {
            return false;
        }
        bytes32 recorded = status < FIRST_SUPERSEDED ? bytes32(0) : successors[laneKey(owner, change.subject)];
        return recorded == change.successor;
    }

    function _requireWriter(bytes32 owner, address account, uint256 word) private view {
        uint256 purpose = _purposeFor(owner);
        if (!KeyWords.mayActFor(word, purpose, block.timestamp) || !_ownsLane(owner, word)) {
            revert NotEntitled(account, purpose, word);
        }
    }

    function _purposeFor(bytes32 owner) private pure returns (uint256) {
        return owner == Purposes.REGULATORS ? Purposes.REGULATOR : Purposes.STATUS;
    }

    /// @dev Any regulator's key writes the regulators' lane, any other only that of its own party.
    function _ownsLane(bytes32 owner, uint256 word) private pure returns (bool) {
        return owner == Purposes.REGULATORS || KeyWords.isOf(word, owner);
    }

    function _signer(Change memory change, uint256 nonce, uint256 deadline, bytes calldata signature)
        private
        view
        returns (address signer)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                STATUS_CHANGE_TYPEHASH,
                change.owner,
                change.subject,
                change.status,
                change.successor,
                nonce,
                deadline
            )
        );
        ECDSA.RecoverError failure;
        // slither-disable-next-line unused-return (the third value only details the failure)
        (signer, failure,) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        if (failure != ECDSA.RecoverError.NoError) revert MalformedSignature(signature);
    }
}
