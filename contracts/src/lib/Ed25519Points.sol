// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Low-order Ed25519 public keys
 * @dev A signature under such a key proves nothing (libraries accept them). These are all encodings of the eight points
 * of small order, canonical or not, the sign bit (bit 7 of the last byte) masked away.
 */
library Ed25519Points {
    function isLowOrder(bytes32 publicKey) internal pure returns (bool) {
        bytes32 y = publicKey & ~bytes32(uint256(0x80));
        return y == 0x0000000000000000000000000000000000000000000000000000000000000000
            || y == 0x0100000000000000000000000000000000000000000000000000000000000000
            || y == 0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
            || y == 0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
            || y == 0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
            || y == 0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05
            || y == 0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a;
    }
}
