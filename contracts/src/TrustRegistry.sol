// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ITrustRegistry, NotEntitled} from "./ITrustRegistry.sol";
import {Ed25519Points} from "./lib/Ed25519Points.sol";
import {Purposes} from "./lib/Purposes.sol";
import {FOREVER, GrantWords, Intervals, KeyWords} from "./lib/Words.sol";

/**
 * @title TrustRegistry: who the parties are, which keys speak for them, and what they are accredited for
 * @notice Nothing here starts in the past and no end that has passed moves: what was entitled at a past time stays so.
 * @dev Storage is the protocol (docs/spec/05-contracts.md): slots 0, 1 EIP712, then as declared. A regulator's key may be
 * a multi-signature or timelock contract: it calls, it does not sign.
 *
 * WARNING: entitlement hangs on `regulator` keys. Of these one that lasts for ever always remains, because a regulator's
 * key can be ended or reported only by *another* one, in force, that lasts at least as long. Keep two that last for
 * ever: with one alone, its theft or loss cannot be repaired.
 */
contract TrustRegistry is EIP712, ITrustRegistry {
    /// @notice A compromise may be dated back this far.
    uint256 public constant MAX_COMPROMISE_AGE = 90 days;

    bytes32 private constant REGISTRATION_TYPEHASH =
        keccak256("Registration(address key,bytes32 party,uint256 purposes,uint256 from,uint256 until)");

    /// @notice SHA-256 of the canonical public profile of each party; zero = unknown.
    mapping(bytes32 partyId => bytes32 profileHash) public parties;

    /// @inheritdoc ITrustRegistry
    mapping(address key => uint256 keyWord) public keys;

    /// @notice Grant words (see `GrantWords`) by keccak256(abi.encode(partyId, purpose, scope)).
    mapping(bytes32 grantKey => uint256 grantWord) public grants;

    /// @notice The log's Ed25519 public keys: bits 0–39 from, 40–79 until.
    mapping(bytes32 ed25519PublicKey => uint256 logKeyWord) public logKeys;

    /// @notice The party that took over from another.
    mapping(bytes32 partyId => bytes32 successor) public partySuccessors;

    /// @inheritdoc ITrustRegistry
    mapping(bytes32 owner => mapping(uint256 ordinal => address key)) public statusKeys;

    /// @notice How many status ordinals a lane owner has given.
    mapping(bytes32 owner => uint256 count) public statusKeyCounts;

    /// @notice The party a contract account, which cannot sign, consents to join.
    mapping(address account => bytes32 partyId) public consents;

    event PartyRegistered(bytes32 indexed party, bytes32 profileHash, address indexed by);
    event ProfileChanged(bytes32 indexed party, bytes32 previousHash, bytes32 profileHash, address indexed by);
    event PartySucceeded(bytes32 indexed party, bytes32 previousSuccessor, bytes32 successor, address indexed by);
    event KeyRegistered(
        address indexed key, bytes32 indexed party, uint256 purposes, uint256 from, uint256 until, uint256 ordinal
    );
    event KeyEnded(address indexed key, uint256 previousUntil, uint256 until, address indexed by);
    event CompromiseReported(address indexed key, uint256 previousSince, uint256 since, address indexed by);
    event GrantOpened(
        bytes32 indexed party, uint256 indexed purpose, bytes32 indexed scope, uint256 from, uint256 until, address by
    );
    event GrantExtended(
        bytes32 indexed party,
        uint256 indexed purpose,
        bytes32 indexed scope,
        uint256 previousUntil,
        uint256 until,
        address by
    );
    event GrantEnded(
        bytes32 indexed party,
        uint256 indexed purpose,
        bytes32 indexed scope,
        uint256 previousUntil,
        uint256 until,
        address by
    );
    event LogKeyRegistered(bytes32 indexed publicKey, uint256 from, uint256 until, address indexed by);
    event LogKeyEnded(bytes32 indexed publicKey, uint256 previousUntil, uint256 until, address indexed by);
    event ConsentGiven(address indexed account, bytes32 indexed party);

    /// @notice The party is not registered.
    error UnknownParty(bytes32 party);
    /// @notice The party is registered already.
    error PartyKnown(bytes32 party, bytes32 profileHash);
    /// @notice Zero, or the owner of the regulators' lane: no party's id.
    error PartyRefused(bytes32 party);
    /// @notice A profile hash is not zero, and a change changes it.
    error ProfileRefused(bytes32 party, bytes32 profileHash);
    /// @notice A party does not succeed itself, and a change changes something.
    error PartySuccessorRefused(bytes32 party, bytes32 successor);
    /// @notice The address was registered before: it belongs to one party for ever, and is registered once.
    error KeyKnown(address key, uint256 keyWord);
    /// @notice The address was never registered.
    error UnknownKey(address key);
    /// @notice No purpose, an unknown one, or `status` and `regulator` in one key.
    error PurposesRefused(uint256 purposes);
    /// @notice The signature is not one of this registration by the key.
    error WrongRegistrationSigner(address key, address recovered);
    /// @notice There is no signature, and the account has not consented to this party.
    error NoConsent(address key, bytes32 party, bytes32 consented);
    /// @notice The lane owner has given all its ordinals.
    error OrdinalsExhausted(bytes32 owner);
    /// @notice A start is never in the past (0 means now).
    error StartInPast(uint256 from, uint256 time);
    /// @notice The end is not after the start.
    error EndNotAfterStart(uint256 start, uint256 until);
    /// @notice The end does not fit 40 bits.
    error EndTooLate(uint256 until);
    /// @notice The end would not move earlier.
    error EndNotEarlier(uint256 until, uint256 asked);
    /// @notice The end would not move later.
    error EndNotLater(uint256 until, uint256 asked);
    /// @notice A regulator's key is ended or reported by another one that lasts at least as long.
    error RegulatorKeyProtected(address key, uint256 keyWord, address by, uint256 byWord);
    /// @notice A compromise is dated within [max(now − 90 days, the key's start), now].
    error CompromiseDateRefused(uint256 since, uint256 earliest, uint256 latest);
    /// @notice A reported compromise only moves earlier.
    error CompromiseNotEarlier(uint256 compromisedSince, uint256 asked);
    /// @notice Only footprint, certificate, labels and rule are granted, one at a time; certificate and labels with a
    /// scope, the others without.
    error GrantRefused(uint256 purpose, bytes32 scope);
    /// @notice The newest interval is not over: extend it.
    error GrantNotOver(bytes32 party, uint256 purpose, bytes32 scope, uint256 until);
    /// @notice The newest interval is over, or there is none: open a new one.
    error GrantOver(bytes32 party, uint256 purpose, bytes32 scope, uint256 until);
    /// @notice The grant has had its three intervals.
    error GrantHistoryFull(bytes32 party, uint256 purpose, bytes32 scope);
    /// @notice The log key was registered before.
    error LogKeyKnown(bytes32 publicKey, uint256 logKeyWord);
    /// @notice The log key was never registered.
    error UnknownLogKey(bytes32 publicKey);
    /// @notice Zero or another low-order point: a signature under it proves nothing.
    error LowOrderLogKey(bytes32 publicKey);

    /// @dev Requirements: the caller's key has purpose `regulator` and may act.
    modifier onlyRegulator() {
        uint256 word = keys[msg.sender];
        if (!KeyWords.mayActFor(word, Purposes.REGULATOR, block.timestamp)) {
            revert NotEntitled(msg.sender, Purposes.REGULATOR, word);
        }
        _;
    }

    /**
     * @notice Starts with one regulator's key, in force from the next second, for ever.
     * @dev Emits {PartyRegistered} and {KeyRegistered}.
     *
     * WARNING: this first key gives no signature; whoever pins the deployment vouches for it.
     */
    constructor(bytes32 regulatorParty, bytes32 profileHash, address regulatorKey) EIP712("Tanji", "1") {
        if (regulatorKey == address(0)) revert UnknownKey(regulatorKey);
        _registerParty(regulatorParty, profileHash);
        _storeKey(regulatorKey, regulatorParty, Purposes.REGULATOR, block.timestamp, FOREVER);
    }

    // ── Parties ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Registers a party: `party` = keccak256 of its name, `profileHash` = SHA-256 of its canonical profile.
    /// @dev Requirements: a regulator's key; not registered yet; neither value zero. Emits {PartyRegistered}.
    function registerParty(bytes32 party, bytes32 profileHash) external onlyRegulator {
        _registerParty(party, profileHash);
    }

    /// @notice Changes a party's public profile (更名).
    /// @dev Requirements: a regulator's key; a known party; a hash that is new and not zero. Emits {ProfileChanged}.
    function changeProfile(bytes32 party, bytes32 profileHash) external onlyRegulator {
        bytes32 previous = _knownParty(party);
        if (profileHash == 0 || profileHash == previous) revert ProfileRefused(party, profileHash);
        parties[party] = profileHash;
        emit ProfileChanged(party, previous, profileHash, msg.sender);
    }

    /// @notice Names the party that took over from another (合并).
    /// @dev Requirements: a regulator's key; two known, different parties; a change. Emits {PartySucceeded}.
    function recordPartySuccessor(bytes32 party, bytes32 successor) external onlyRegulator {
        _knownParty(party);
        _knownParty(successor);
        bytes32 previous = partySuccessors[party];
        if (successor == party || successor == previous) revert PartySuccessorRefused(party, successor);
        partySuccessors[party] = successor;
        emit PartySucceeded(party, previous, successor, msg.sender);
    }

    // ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /**
     * @notice Says that the calling account agrees to be registered under a party. For contracts; zero takes it back.
     * @dev Emits {ConsentGiven}.
     *
     * WARNING: unlike a signature it does not fix purposes or dates.
     */
    function consent(bytes32 party) external {
        consents[msg.sender] = party;
        emit ConsentGiven(msg.sender, party);
    }

    /**
     * @notice Registers a key for a party.
     * @dev Requirements: a regulator's key; a known party; an address never registered before; known purposes, not both
     * `status` and `regulator`; `from` = 0 (now) or not in the past; start < until ≤ FOREVER; the key's own EIP-712
     * signature over exactly these arguments or, with an empty signature, the account's `consent`. Whether the account
     * holds code is not asked: an ordinary account may gain code (EIP-7702). A key for `status` or `regulator` gets the
     * next ordinal of its lane owner; there are 127. Emits {KeyRegistered}.
     */
    function registerKey(
        address key,
        bytes32 party,
        uint256 purposes,
        uint256 from,
        uint256 until,
        bytes calldata signature
    ) external onlyRegulator {
        _knownParty(party);
        if (keys[key] != 0) revert KeyKnown(key, keys[key]);
        if (
            purposes == 0 || purposes > Purposes.ALL
                || (purposes & Purposes.STATUS != 0 && purposes & Purposes.REGULATOR != 0)
        ) revert PurposesRefused(purposes);
        uint256 start = _start(from, until);
        if (signature.length == 0) {
            bytes32 consented = consents[key];
            if (consented != party) revert NoConsent(key, party, consented);
        } else {
            bytes32 digest = _hashTypedDataV4(
                keccak256(abi.encode(REGISTRATION_TYPEHASH, key, party, purposes, from, until))
            );
            // slither-disable-next-line unused-return (the third value only details the failure)
            (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
            if (failure != ECDSA.RecoverError.NoError || recovered != key) {
                revert WrongRegistrationSigner(key, recovered);
            }
        }
        _storeKey(key, party, purposes, start, until);
    }

    /**
     * @notice Ends a key at `when`, or now if that has passed.
     * @dev Requirements: the caller's key may act and is a regulator's, the key itself, or an `admin` key of its party;
     * for a regulator's key: another regulator's key that lasts at least as long. The end moves earlier. Emits
     * {KeyEnded}.
     *
     * WARNING: a stolen `admin` key can end its party's other keys. It should be kept offline.
     */
    function endKey(address key, uint256 when) external {
        uint256 word = _knownKey(key);
        uint256 callerWord = keys[msg.sender];
        if (KeyWords.has(word, Purposes.REGULATOR)) {
            _requireOutlasting(key, word, callerWord);
        } else if (!_mayEnd(key, word, callerWord)) {
            revert NotEntitled(msg.sender, Purposes.REGULATOR | Purposes.ADMIN, callerWord);
        }
        (uint256 previous, uint256 until) = _earlierEnd(word, when);
        keys[key] = Intervals.withEnd(word, until);
        emit KeyEnded(key, previous, until, msg.sender);
    }

    /**
     * @notice Reports that a key is compromised since a time: what it signed from then on does not count, and it may not
     * act again.
     * @dev Requirements: a regulator's key, and for a regulator's key another one that lasts at least as long; `since` at
     * most 90 days back, not before the key's start, not in the future; a repeated report moves it earlier. A key that
     * has not started cannot be reported; end it. Emits {CompromiseReported}.
     *
     * WARNING: cannot be taken back.
     */
    function reportCompromise(address key, uint256 since) external onlyRegulator {
        uint256 word = _knownKey(key);
        if (KeyWords.has(word, Purposes.REGULATOR)) _requireOutlasting(key, word, keys[msg.sender]);
        uint256 previous = KeyWords.compromisedSince(word);
        if (previous != 0 && since >= previous) revert CompromiseNotEarlier(previous, since);
        uint256 earliest = block.timestamp > MAX_COMPROMISE_AGE ? block.timestamp - MAX_COMPROMISE_AGE : 0;
        if (earliest < Intervals.start(word)) earliest = Intervals.start(word);
        if (since < earliest || since > block.timestamp) {
            revert CompromiseDateRefused(since, earliest, block.timestamp);
        }
        keys[key] = KeyWords.withCompromise(word, since);
        emit CompromiseReported(key, previous, since, msg.sender);
    }

    // ── Grants ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /**
     * @notice Accredits a party for a purpose within a scope, for an interval.
     * @dev Requirements: a regulator's key; a known party; one of footprint and rule (scope zero), certificate and labels
     * (scope = keccak256 of its text); the newest interval, if any, is over; fewer than three so far; `from` = 0 (now) or
     * not in the past; start < until ≤ FOREVER. Emits {GrantOpened}.
     *
     * WARNING: three intervals for each party, purpose and scope, ever. Renew with {extendGrant} before the end.
     */
    function openGrant(bytes32 party, uint256 purpose, bytes32 scope, uint256 from, uint256 until)
        external
        onlyRegulator
    {
        _knownParty(party);
        bool granted = scope == 0
            ? purpose == Purposes.FOOTPRINT || purpose == Purposes.RULE
            : purpose == Purposes.CERTIFICATE || purpose == Purposes.LABELS;
        if (!granted) revert GrantRefused(purpose, scope);
        bytes32 key = grantKey(party, purpose, scope);
        uint256 word = grants[key];
        if (Intervals.end(word) > block.timestamp) revert GrantNotOver(party, purpose, scope, Intervals.end(word));
        if (GrantWords.isFull(word)) revert GrantHistoryFull(party, purpose, scope);
        uint256 start = _start(from, until);
        grants[key] = GrantWords.push(word, start, until);
        emit GrantOpened(party, purpose, scope, start, until, msg.sender);
    }

    /**
     * @notice Renews a grant: moves the end of its newest interval later.
     * @dev Requirements: a regulator's key; the newest interval is not over; the new end is later, ≤ FOREVER. What was
     * entitled at any time up to now does not change: the old end still lies ahead. Emits {GrantExtended}.
     */
    function extendGrant(bytes32 party, uint256 purpose, bytes32 scope, uint256 until) external onlyRegulator {
        bytes32 key = grantKey(party, purpose, scope);
        uint256 word = grants[key];
        uint256 previous = Intervals.end(word);
        if (previous <= block.timestamp) revert GrantOver(party, purpose, scope, previous);
        if (until <= previous) revert EndNotLater(previous, until);
        if (until > FOREVER) revert EndTooLate(until);
        grants[key] = Intervals.withEnd(word, until);
        emit GrantExtended(party, purpose, scope, previous, until, msg.sender);
    }

    /// @notice Ends a grant's newest interval at `when`, or now if that has passed.
    /// @dev Requirements: a regulator's key; the end moves earlier (an end that has passed does not move). Emits
    /// {GrantEnded}.
    function endGrant(bytes32 party, uint256 purpose, bytes32 scope, uint256 when) external onlyRegulator {
        bytes32 key = grantKey(party, purpose, scope);
        uint256 word = grants[key];
        (uint256 previous, uint256 until) = _earlierEnd(word, when);
        grants[key] = Intervals.withEnd(word, until);
        emit GrantEnded(party, purpose, scope, previous, until, msg.sender);
    }

    /// @notice The key of a grant in `grants`.
    function grantKey(bytes32 party, uint256 purpose, bytes32 scope) public pure returns (bytes32) {
        return keccak256(abi.encode(party, purpose, scope));
    }

    // ── Log keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Registers an Ed25519 public key that signs checkpoints and receipts.
    /// @dev Requirements: a regulator's key; never registered before; not of low order; dates as in {registerKey}. Emits
    /// {LogKeyRegistered}.
    function registerLogKey(bytes32 publicKey, uint256 from, uint256 until) external onlyRegulator {
        if (logKeys[publicKey] != 0) revert LogKeyKnown(publicKey, logKeys[publicKey]);
        if (Ed25519Points.isLowOrder(publicKey)) revert LowOrderLogKey(publicKey);
        uint256 start = _start(from, until);
        logKeys[publicKey] = Intervals.pack(start, until);
        emit LogKeyRegistered(publicKey, start, until, msg.sender);
    }

    /// @notice Ends a log key at `when`, or now if that has passed.
    /// @dev Requirements: a regulator's key; a known log key; the end moves earlier. Emits {LogKeyEnded}.
    function endLogKey(bytes32 publicKey, uint256 when) external onlyRegulator {
        uint256 word = logKeys[publicKey];
        if (word == 0) revert UnknownLogKey(publicKey);
        (uint256 previous, uint256 until) = _earlierEnd(word, when);
        logKeys[publicKey] = Intervals.withEnd(word, until);
        emit LogKeyEnded(publicKey, previous, until, msg.sender);
    }

    // ── Inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function _registerParty(bytes32 party, bytes32 profileHash) private {
        if (party == 0 || party == Purposes.REGULATORS) revert PartyRefused(party);
        if (parties[party] != 0) revert PartyKnown(party, parties[party]);
        if (profileHash == 0) revert ProfileRefused(party, profileHash);
        parties[party] = profileHash;
        emit PartyRegistered(party, profileHash, msg.sender);
    }

    /// @dev Writes a key's word and, for `status` and `regulator`, its ordinal.
    function _storeKey(address key, bytes32 party, uint256 purposes, uint256 start, uint256 until) private {
        uint256 ordinal = 0;
        if (purposes & (Purposes.STATUS | Purposes.REGULATOR) != 0) {
            bytes32 owner = purposes & Purposes.STATUS != 0 ? party : Purposes.REGULATORS;
            ordinal = statusKeyCounts[owner] + 1;
            if (ordinal > KeyWords.MAX_ORDINAL) revert OrdinalsExhausted(owner);
            statusKeyCounts[owner] = ordinal;
            statusKeys[owner][ordinal] = key;
        }
        keys[key] = KeyWords.pack(start, until, ordinal, purposes, party);
        emit KeyRegistered(key, party, purposes, start, until, ordinal);
    }

    /// @dev max(from asked, block time), once the dates are in order.
    function _start(uint256 from, uint256 until) private view returns (uint256 start) {
        if (from != 0 && from < block.timestamp) revert StartInPast(from, block.timestamp);
        start = from == 0 ? block.timestamp : from;
        if (until > FOREVER) revert EndTooLate(until);
        if (until <= start) revert EndNotAfterStart(start, until);
    }

    /// @dev max(when, now), which must be earlier than the present end.
    function _earlierEnd(uint256 word, uint256 when) private view returns (uint256 previous, uint256 until) {
        previous = Intervals.end(word);
        until = when > block.timestamp ? when : block.timestamp;
        if (until >= previous) revert EndNotEarlier(previous, until);
    }

    /// @dev A regulator's key, the key itself, or an admin key of its party; in force.
    function _mayEnd(address key, uint256 word, uint256 callerWord) private view returns (bool) {
        if (!KeyWords.mayAct(callerWord, block.timestamp)) return false;
        return key == msg.sender || KeyWords.has(callerWord, Purposes.REGULATOR)
            || (KeyWords.has(callerWord, Purposes.ADMIN) && KeyWords.sameParty(callerWord, word));
    }

    /// @dev Keeps one regulator's key that lasts for ever, always: the caller's is another and lasts at least as long.
    function _requireOutlasting(address key, uint256 word, uint256 callerWord) private view {
        if (!KeyWords.mayActFor(callerWord, Purposes.REGULATOR, block.timestamp)) {
            revert NotEntitled(msg.sender, Purposes.REGULATOR, callerWord);
        }
        if (key == msg.sender || Intervals.end(callerWord) < Intervals.end(word)) {
            revert RegulatorKeyProtected(key, word, msg.sender, callerWord);
        }
    }

    function _knownParty(bytes32 party) private view returns (bytes32 profileHash) {
        profileHash = parties[party];
        if (profileHash == 0) revert UnknownParty(party);
    }

    function _knownKey(address key) private view returns (uint256 word) {
        word = keys[key];
        // slither-disable-next-line incorrect-equality (zero means: never registered)
        if (word == 0) revert UnknownKey(key);
    }
}
