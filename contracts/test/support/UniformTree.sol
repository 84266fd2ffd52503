// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReferenceTree} from "./ReferenceTree.sol";

/// @notice A tree whose leaves are all the same, so that one of 65,535 leaves is proven with a few
/// hundred hashes. Gas does not depend on what a node is, only on where.
library UniformTree {
    bytes32 internal constant LEAF = keccak256("a leaf");

    function root(uint256 n) internal pure returns (bytes32) {
        if (n & (n - 1) == 0) {
            bytes32 perfect = LEAF;
            for (; n > 1; n >>= 1) {
                perfect = ReferenceTree.node(perfect, perfect);
            }
            return perfect;
        }
        uint256 k = ReferenceTree.split(n);
        return ReferenceTree.node(root(k), root(n - k));
    }

    function inclusion(uint256 m, uint256 n) internal pure returns (bytes32[] memory) {
        if (n == 1) return new bytes32[](0);
        uint256 k = ReferenceTree.split(n);
        return m < k
            ? ReferenceTree.append(inclusion(m, k), root(n - k))
            : ReferenceTree.append(inclusion(m - k, n - k), root(k));
    }

    function consistency(uint256 m, uint256 n) internal pure returns (bytes32[] memory) {
        return subproof(m, n, true);
    }

    function subproof(uint256 m, uint256 n, bool whole) internal pure returns (bytes32[] memory) {
        bytes32[] memory none = new bytes32[](0);
        if (m == n) return whole ? none : ReferenceTree.append(none, root(n));
        uint256 k = ReferenceTree.split(n);
        return m <= k
            ? ReferenceTree.append(subproof(m, k, whole), root(n - k))
            : ReferenceTree.append(subproof(m - k, n - k, false), root(k));
    }
}
