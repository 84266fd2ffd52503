// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice RFC 9162 §2.1 as it is written, recursively over all the leaves: the model to which the
/// loops of MerkleProof are held. It shares no code with them.
library ReferenceTree {
    /// @dev `count` different leaf hashes; the same seed gives the same prefix.
    function leaves(uint256 seed, uint256 count) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            made[i] = sha256(abi.encodePacked(bytes1(0x00), seed, i));
        }
    }

    /// @dev MTH(D[start:end]), §2.1.1.
    function root(bytes32[] memory all, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32)
    {
        if (end == start) return sha256("");
        if (end - start == 1) return all[start];
        uint256 k = split(end - start);
        return node(root(all, start, start + k), root(all, start + k, end));
    }

    /// @dev PATH(m, D[start:end]), §2.1.3.1.
    function inclusion(bytes32[] memory all, uint256 m, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32[] memory)
    {
        if (end - start == 1) return new bytes32[](0);
        uint256 k = split(end - start);
        return m < k
            ? append(inclusion(all, m, start, start + k), root(all, start + k, end))
            : append(inclusion(all, m - k, start + k, end), root(all, start, start + k));
    }

    /// @dev PROOF(m, D_n) = SUBPROOF(m, D_n, true), §2.1.4.1.
    function consistency(bytes32[] memory all, uint256 m, uint256 n)
        internal
        pure
        returns (bytes32[] memory)
    {
        return m == 0 ? new bytes32[](0) : subproof(all, m, 0, n, true);
    }

    function subproof(bytes32[] memory all, uint256 m, uint256 start, uint256 end, bool whole)
        internal
        pure
        returns (bytes32[] memory)
    {
        if (m == end - start) {
            return whole ? new bytes32[](0) : append(new bytes32[](0), root(all, start, end));
        }
        uint256 k = split(end - start);
        return m <= k
            ? append(subproof(all, m, start, start + k, whole), root(all, start + k, end))
            : append(subproof(all, m - k, start + k, end, false), root(all, start, start + k));
    }

    /// @dev The largest power of two below n.
    function split(uint256 n) internal pure returns (uint256 k) {
        for (k = 1; k << 1 < n;) {
            k <<= 1;
        }
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    function append(bytes32[] memory nodes, bytes32 last)
        internal
        pure
        returns (bytes32[] memory longer)
    {
        longer = new bytes32[](nodes.length + 1);
        for (uint256 i = 0; i < nodes.length; ++i) {
            longer[i] = nodes[i];
        }
        longer[nodes.length] = last;
    }
}
