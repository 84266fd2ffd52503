// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "../../src/MerkleProof.sol";

/// @notice The library from outside, for sizes that no ledger can be brought to in a test.
contract MerkleProofHarness {
    function verifyInclusion(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof,
        bytes32 root
    ) external pure returns (bool) {
        return MerkleProof.verifyInclusion(leafHash, index, size, proof, root);
    }

    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleProof.verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }
}
