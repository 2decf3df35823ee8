// The second kind of local node. Contracts are compiled by `make contracts`, never by Hardhat.
module.exports = { solidity: "0.8.37", networks: { hardhat: { chainId: 31337 } } };
