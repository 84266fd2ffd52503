// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReferenceTree} from "./ReferenceTree.sol";

/// @notice The turns of a proof, by the RFC's recursion. A root does not bind its size: a proof
/// holds for wrong sizes too where their turns are the same ones, and nowhere else.
library Shapes {
    /// @dev L or R for each node of an inclusion proof: the side on which it is hashed.
    function inclusion(uint256 m, uint256 n) internal pure returns (bytes memory) {
        if (n == 1) return "";
        uint256 k = ReferenceTree.split(n);
        return
            m < k ? bytes.concat(inclusion(m, k), "R") : bytes.concat(inclusion(m - k, n - k), "L");
    }

    /// @dev The same for a consistency proof, after W (the old root opens it) or S (a node does).
    function consistency(uint256 m, uint256 n) internal pure returns (bytes memory) {
        return consistency(m, n, true);
    }

    function consistency(uint256 m, uint256 n, bool whole) internal pure returns (bytes memory) {
        if (m == n) return whole ? bytes("W") : bytes("S");
        uint256 k = ReferenceTree.split(n);
        return m <= k
            ? bytes.concat(consistency(m, k, whole), "R")
            : bytes.concat(consistency(m - k, n - k, false), "L");
    }

    function equal(bytes memory one, bytes memory other) internal pure returns (bool) {
        return keccak256(one) == keccak256(other);
    }
}
