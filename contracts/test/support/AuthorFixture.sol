// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorKeys} from "../../src/AuthorKeys.sol";
import {IAuthorKeys} from "../../src/IAuthorKeys.sol";
import {vm} from "./Vm.sol";

/// @notice An author with a key, the typed messages as EIP-712 writes them, and the history rule.
abstract contract AuthorFixture {
    uint256 internal constant KEY = 0xA11CE;
    uint256 internal constant OTHER_KEY = 0xB0B;
    address internal constant DELEGATE = address(0xD1);
    address internal constant RELAYER = address(0xE1);
    uint64 internal constant FROM = 1_764_000_100;
    uint64 internal constant UNTIL = 1_800_000_000;
    uint64 internal constant DEADLINE = 1_764_003_600;
    bytes32 internal constant CLAIM = keccak256("a claim's digest");

    IAuthorKeys internal _keys;
    address internal _author;

    function setUp() public virtual {
        vm.warp(1_764_000_000);
        _keys = new AuthorKeys();
        _author = vm.addr(KEY);
    }

    function _delegateDigest(address author, address delegate, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 kind = keccak256(
            "Delegate(address author,address delegate,uint8 purposes,uint64 notBefore,uint64 notAfter,uint256 nonce,uint64 deadline)"
        );
        return _typed(abi.encode(kind, author, delegate, 3, FROM, UNTIL, nonce, DEADLINE));
    }

    function _revokeDigest(address author, address delegate, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 kind =
            keccak256("Revoke(address author,address delegate,uint256 nonce,uint64 deadline)");
        return _typed(abi.encode(kind, author, delegate, nonce, DEADLINE));
    }

    function _withdrawDigest(address author, bytes32 claimId, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 kind =
            keccak256("Withdraw(address author,bytes32 claimId,uint256 nonce,uint64 deadline)");
        return _typed(abi.encode(kind, author, claimId, nonce, DEADLINE));
    }

    /// @dev Independent of domainSeparator(), which a test compares with this.
    function _domain() internal view returns (bytes32) {
        bytes32 kind = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        return keccak256(
            abi.encode(kind, keccak256("Sealbook"), keccak256("1"), block.chainid, address(_keys))
        );
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _typed(bytes memory encoded) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", _domain(), keccak256(encoded)));
    }
}
