// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProofHarness} from "./support/MerkleProofHarness.sol";
import {ReferenceTree} from "./support/ReferenceTree.sol";
import {Shapes} from "./support/Shapes.sol";
import {vm} from "./support/Vm.sol";

/// @notice The loops of MerkleProof against the RFC's recursion, and against forgers.
contract MerkleProofTest {
    uint256 private constant SEED = 7;
    MerkleProofHarness private _proofs;

    function setUp() public {
        _proofs = new MerkleProofHarness();
    }

    function test_every_small_tree_extends_every_smaller_one() public view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, 33);
        for (uint256 n = 2; n <= 33; ++n) {
            for (uint256 m = 1; m < n; ++m) {
                vm.assertTrue(_extends(all, m, n));
            }
        }
    }

    function test_every_leaf_of_every_small_tree_is_included() public view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, 33);
        for (uint256 n = 1; n <= 33; ++n) {
            for (uint256 m = 0; m < n; ++m) {
                vm.assertTrue(_includes(all, m, n));
            }
        }
    }

    function testFuzz_a_tree_extends_its_prefix(uint256 seed, uint256 m, uint256 n) public view {
        n = 2 + n % 255;
        m = 1 + m % (n - 1);
        vm.assertTrue(_extends(ReferenceTree.leaves(seed, n), m, n));
    }

    function testFuzz_a_leaf_is_included(uint256 seed, uint256 m, uint256 n) public view {
        n = 1 + n % 256;
        vm.assertTrue(_includes(ReferenceTree.leaves(seed, n), m % n, n));
    }

    function test_any_flipped_bit_fails_in_every_consistency_proof() public view {
        for (uint256 n = 2; n <= 11; ++n) {
            for (uint256 m = 1; m < n; ++m) {
                this.flipConsistency(m, n);
            }
        }
    }

    function test_any_flipped_bit_fails_in_every_inclusion_proof() public view {
        for (uint256 n = 1; n <= 9; ++n) {
            for (uint256 m = 0; m < n; ++m) {
                this.flipInclusion(m, n);
            }
        }
    }

    function testFuzz_other_nodes_prove_nothing(uint256 m, uint256 n, bytes32[] calldata nodes)
        public
        view
    {
        n = 2 + n % 63;
        m = 1 + m % (n - 1);
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32 old = ReferenceTree.root(all, 0, m);
        bytes32 root = ReferenceTree.root(all, 0, n);
        vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, nodes));
        if (n > 1 && nodes.length > 0) {
            vm.assertFalse(_proofs.verifyInclusion(all[m], uint64(m), uint64(n), nodes, root));
        }
    }

    function testFuzz_nothing_reverts(
        uint64 m,
        bytes32 old,
        uint64 n,
        bytes32 root,
        bytes32[] calldata nodes
    ) public view {
        vm.assertFalse(_proofs.verifyConsistency(m, old, n, root, nodes));
        vm.assertFalse(_proofs.verifyInclusion(old, m, n, nodes, root) && nodes.length > 0);
    }

    function testFuzz_a_truncated_or_padded_proof_fails(uint256 m, uint256 n, bytes32 extra)
        public
        view
    {
        n = 2 + n % 127;
        m = 1 + m % (n - 1);
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32 old = ReferenceTree.root(all, 0, m);
        bytes32 root = ReferenceTree.root(all, 0, n);
        bytes32[] memory proof = ReferenceTree.consistency(all, m, n);
        bytes32[] memory path = ReferenceTree.inclusion(all, m, 0, n);
        for (uint256 keep = 0; keep < proof.length; ++keep) {
            bytes32[] memory short = _cut(proof, 0, keep);
            vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, short));
            short = _cut(proof, proof.length - keep, proof.length);
            vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, short));
        }
        for (uint256 keep = 0; keep < path.length; ++keep) {
            bytes32[] memory short = _cut(path, 0, keep);
            vm.assertFalse(_proofs.verifyInclusion(all[m], uint64(m), uint64(n), short, root));
        }
        bytes32[5] memory pads = [extra, bytes32(0), root, old, proof[0]];
        for (uint256 i = 0; i < pads.length; ++i) {
            bytes32[] memory long = ReferenceTree.append(proof, pads[i]);
            vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, long));
            long = ReferenceTree.append(path, pads[i]);
            vm.assertFalse(_proofs.verifyInclusion(all[m], uint64(m), uint64(n), long, root));
        }
    }

    function test_swapped_roots_and_swapped_nodes_fail() public view {
        for (uint256 n = 2; n <= 24; ++n) {
            for (uint256 m = 1; m < n; ++m) {
                this.swap(m, n);
            }
        }
    }

    function test_wrong_sizes_hold_only_where_the_turns_are_the_same() public view {
        for (uint256 n = 2; n <= 12; ++n) {
            for (uint256 m = 1; m < n; ++m) {
                this.missize(m, n);
            }
        }
    }

    function test_sizes_of_zero_equal_or_shrinking_prove_nothing() public view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, 8);
        bytes32[] memory none = new bytes32[](0);
        bytes32 root = ReferenceTree.root(all, 0, 8);
        vm.assertFalse(_proofs.verifyConsistency(0, sha256(""), 8, root, none));
        vm.assertFalse(_proofs.verifyConsistency(8, root, 8, root, none));
        vm.assertFalse(_proofs.verifyConsistency(0, root, 0, root, none));
        vm.assertFalse(_proofs.verifyConsistency(8, root, 4, ReferenceTree.root(all, 0, 4), none));
        vm.assertFalse(_proofs.verifyInclusion(root, 0, 0, none, root));
        vm.assertFalse(_proofs.verifyInclusion(all[0], 8, 8, none, all[0]));
    }

    /// @dev External, like those below: each call has memory of its own, which keeps gas linear.
    function flipConsistency(uint256 m, uint256 n) external view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32[] memory proof = ReferenceTree.consistency(all, m, n);
        bytes32 old = ReferenceTree.root(all, 0, m);
        bytes32 root = ReferenceTree.root(all, 0, n);
        for (uint256 bit = 0; bit < 256; ++bit) {
            bytes32 flip = bytes32(1 << bit);
            for (uint256 i = 0; i < proof.length; ++i) {
                proof[i] ^= flip;
                if (_proofs.verifyConsistency(uint64(m), old, uint64(n), root, proof)) _fail();
                proof[i] ^= flip;
            }
            if (_proofs.verifyConsistency(uint64(m), old ^ flip, uint64(n), root, proof)) _fail();
            if (_proofs.verifyConsistency(uint64(m), old, uint64(n), root ^ flip, proof)) _fail();
        }
        vm.assertTrue(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, proof));
    }

    function flipInclusion(uint256 m, uint256 n) external view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32[] memory proof = ReferenceTree.inclusion(all, m, 0, n);
        bytes32 root = ReferenceTree.root(all, 0, n);
        for (uint256 bit = 0; bit < 256; ++bit) {
            bytes32 flip = bytes32(1 << bit);
            for (uint256 i = 0; i < proof.length; ++i) {
                proof[i] ^= flip;
                if (_proofs.verifyInclusion(all[m], uint64(m), uint64(n), proof, root)) _fail();
                proof[i] ^= flip;
            }
            if (_proofs.verifyInclusion(all[m] ^ flip, uint64(m), uint64(n), proof, root)) _fail();
            if (_proofs.verifyInclusion(all[m], uint64(m), uint64(n), proof, root ^ flip)) _fail();
        }
        vm.assertTrue(_proofs.verifyInclusion(all[m], uint64(m), uint64(n), proof, root));
    }

    function swap(uint256 m, uint256 n) external view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32[] memory proof = ReferenceTree.consistency(all, m, n);
        bytes32 old = ReferenceTree.root(all, 0, m);
        bytes32 root = ReferenceTree.root(all, 0, n);
        vm.assertFalse(_proofs.verifyConsistency(uint64(m), root, uint64(n), old, proof));
        vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), old, proof));
        vm.assertFalse(_proofs.verifyConsistency(uint64(m), root, uint64(n), root, proof));
        for (uint256 i = 1; i < proof.length; ++i) {
            (proof[i - 1], proof[i]) = (proof[i], proof[i - 1]);
            vm.assertFalse(_proofs.verifyConsistency(uint64(m), old, uint64(n), root, proof));
            (proof[i - 1], proof[i]) = (proof[i], proof[i - 1]);
        }
    }

    function missize(uint256 m, uint256 n) external view {
        bytes32[] memory all = ReferenceTree.leaves(SEED, n);
        bytes32[] memory proof = ReferenceTree.consistency(all, m, n);
        bytes32[] memory path = ReferenceTree.inclusion(all, m, 0, n);
        bytes32 old = ReferenceTree.root(all, 0, m);
        bytes32 root = ReferenceTree.root(all, 0, n);
        for (uint256 size = 1; size <= 20; ++size) {
            for (uint256 place = 0; place < size; ++place) {
                bool same = place > 0
                    && Shapes.equal(Shapes.consistency(place, size), Shapes.consistency(m, n));
                bool held = _proofs.verifyConsistency(uint64(place), old, uint64(size), root, proof);
                vm.assertEq(held, same);
                same = Shapes.equal(Shapes.inclusion(place, size), Shapes.inclusion(m, n));
                held = _proofs.verifyInclusion(all[m], uint64(place), uint64(size), path, root);
                vm.assertEq(held, same);
            }
        }
    }

    function _extends(bytes32[] memory all, uint256 m, uint256 n) private view returns (bool) {
        return _proofs.verifyConsistency(
            uint64(m),
            ReferenceTree.root(all, 0, m),
            uint64(n),
            ReferenceTree.root(all, 0, n),
            ReferenceTree.consistency(all, m, n)
        );
    }

    function _includes(bytes32[] memory all, uint256 m, uint256 n) private view returns (bool) {
        return _proofs.verifyInclusion(
            all[m],
            uint64(m),
            uint64(n),
            ReferenceTree.inclusion(all, m, 0, n),
            ReferenceTree.root(all, 0, n)
        );
    }

    function _cut(bytes32[] memory nodes, uint256 start, uint256 end)
        private
        pure
        returns (bytes32[] memory part)
    {
        part = new bytes32[](end - start);
        for (uint256 i = start; i < end; ++i) {
            part[i - start] = nodes[i];
        }
    }

    /// @dev Instead of a cheatcode in the loops of a hundred thousand turns.
    function _fail() private pure {
        revert("a forged proof was accepted");
    }
}
