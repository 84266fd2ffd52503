// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "../../src/Signatures.sol";

/// @notice An EIP-1271 wallet that lets one key sign for it.
contract Wallet {
    address private immutable KEY;

    constructor(address key) {
        KEY = key;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        return Signatures.signed(KEY, digest, signature) ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// @notice A contract that answers everything with the bytes it was given, or reverts with them.
contract Parrot {
    bytes private _answer;
    bool private _reverts;

    constructor(bytes memory answer, bool reverts) {
        _answer = answer;
        _reverts = reverts;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        bytes memory answer = _answer;
        if (_reverts) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return answer;
    }
}
