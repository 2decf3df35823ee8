// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorLog} from "../src/AnchorLog.sol";
import {ITrustRegistry, NotEntitled} from "../src/ITrustRegistry.sol";
import {StatusRegistry} from "../src/StatusRegistry.sol";
import {TrustRegistry} from "../src/TrustRegistry.sol";
import {Purposes} from "../src/lib/Purposes.sol";
import {FOREVER, Intervals, KeyWords, LaneWords} from "../src/lib/Words.sol";

/// @dev The few cheatcodes used here (forge-std is on no package registry under its authors' name).
interface Vm {
    function warp(uint256 time) external;
    function prank(address caller) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function expectRevert(bytes calldata data) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
    function etch(address target, bytes calldata code) external;
    function assume(bool condition) external pure;
    function getCode(string calldata path) external view returns (bytes memory creationCode);
    function envOr(string calldata name, bool otherwise) external view returns (bool);
}

/// @dev Three contracts, a regulator's key in force, and the means to register, sign and move the clock.
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant REGULATOR_KEY = 0xA11CE;
    bytes32 internal constant REGULATOR_PARTY = keccak256("uscc:11310000000000000A");
    bytes32 internal constant CERTIFIER = keccak256("uscc:91310000000000001B");
    bytes32 internal constant ENTERPRISE = keccak256("uscc:91310000000000002C");
    bytes32 internal constant STEEL = keccak256("urn:category:steel");
    bytes32 internal constant PROFILE = keccak256("profile");

    TrustRegistry internal trust;
    StatusRegistry internal status;
    AnchorLog internal log;
    address internal regulator;
    /// @dev The clock. (`block.timestamp` is cached across `warp` by the IR pipeline.)
    uint256 internal time;

    error Unequal(uint256 left, uint256 right);
    error NotTrue(string what);

    function setUp() public virtual {
        goTo(START);
        regulator = vm.addr(REGULATOR_KEY);
        // The committed bytes (compiled through the IR pipeline) are what is tested; FRESH=true takes the sources as forge
        // compiles them, which is what `forge coverage` can follow.
        if (vm.envOr("FRESH", false)) {
            trust = new TrustRegistry(REGULATOR_PARTY, PROFILE, regulator);
            status = new StatusRegistry(trust);
            log = new AnchorLog(trust);
        } else {
            trust = TrustRegistry(committed("TrustRegistry", abi.encode(REGULATOR_PARTY, PROFILE, regulator)));
            status = StatusRegistry(committed("StatusRegistry", abi.encode(trust)));
            log = AnchorLog(committed("AnchorLog", abi.encode(trust)));
        }
        goTo(START + 1);
        vm.prank(regulator);
        trust.registerParty(CERTIFIER, PROFILE);
        vm.prank(regulator);
        trust.registerParty(ENTERPRISE, PROFILE);
    }

    // ── Means ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Deploys a contract from its committed artifact.
    function committed(string memory name, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = abi.encodePacked(
            vm.getCode(string.concat("../ledger/chain/artifacts/", name, ".json")), arguments
        );
        assembly {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        yes(deployed != address(0), name);
    }

    function goTo(uint256 to) internal {
        time = to;
        vm.warp(to);
    }

    function pass(uint256 seconds_) internal {
        goTo(time + seconds_);
    }

    function eq(uint256 left, uint256 right) internal pure {
        if (left != right) revert Unequal(left, right);
    }

    function eq(bytes32 left, bytes32 right) internal pure {
        eq(uint256(left), uint256(right));
    }

    function eq(address left, address right) internal pure {
        eq(uint160(left), uint160(right));
    }

    function yes(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (x % (high - low + 1));
    }

    function signature(uint256 privateKey, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        return abi.encodePacked(r, s, v);
    }

    function typed(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tanji"),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function registrationDigest(address key, bytes32 party, uint256 purposes, uint256 from, uint256 until)
        internal
        view
        returns (bytes32)
    {
        return typed(
            address(trust),
            keccak256(
                abi.encode(
                    keccak256("Registration(address key,bytes32 party,uint256 purposes,uint256 from,uint256 until)"),
                    key,
                    party,
                    purposes,
                    from,
                    until
                )
            )
        );
    }

    /// @dev Registers a key signed by itself; the regulator sends it. In force from the next second.
    function register(uint256 privateKey, bytes32 party, uint256 purposes, uint256 from, uint256 until)
        internal
        returns (address key)
    {
        key = vm.addr(privateKey);
        bytes memory signed = signature(privateKey, registrationDigest(key, party, purposes, from, until));
        vm.prank(regulator);
        trust.registerKey(key, party, purposes, from, until, signed);
    }

    /// @dev As `register`, with no end, and lets a second pass.
    function admit(uint256 privateKey, bytes32 party, uint256 purposes) internal returns (address key) {
        key = register(privateKey, party, purposes, 0, FOREVER);
        pass(1);
    }

    function changeDigest(
        bytes32 owner,
        bytes32 subject,
        uint8 to,
        bytes32 successor,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes32) {
        return typed(
            address(status),
            keccak256(
                abi.encode(
                    keccak256(
                        "StatusChange(bytes32 owner,bytes32 subject,uint8 status,bytes32 successor,uint256 nonce,uint256 deadline)"
                    ),
                    owner,
                    subject,
                    to,
                    successor,
                    nonce,
                    deadline
                )
            )
        );
    }

    function set(address key, bytes32 owner, bytes32 subject, uint8 to) internal {
        vm.prank(key);
        status.changeStatus(owner, subject, to, 0);
    }

    function laneOf(bytes32 owner, bytes32 subject) internal view returns (uint256) {
        return status.lanes(status.laneKey(owner, subject));
    }

    function expectNotEntitled(address account, uint256 purposes) internal {
        vm.expectRevert(abi.encodeWithSelector(NotEntitled.selector, account, purposes, trust.keys(account)));
    }
}
