// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "../src/ILedgers.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {ReferenceTree} from "./support/ReferenceTree.sol";
import {vm} from "./support/Vm.sol";

/// @notice What anchors, what it leaves behind, and what is refused.
contract AnchorTest is LedgerFixture {
    function test_the_first_checkpoint_needs_no_proof() public {
        bytes32 root = _root(3);
        bytes32 accumulator = _next(0, 3, root, CID);
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.Anchored(_ledger, 3, root, CID, accumulator);
        _anchorAs(SUBMITTER, _ledger, 3, root, _none(), CID);
        vm.assertEq(_ledgers.sizeOf(_ledger), 3);
        vm.assertEq(_ledgers.rootAt(_ledger, 3), _root(3));
        vm.assertEq(_ledgers.rootAt(_ledger, 2), 0);
        vm.assertEq(_ledgers.accumulatorOf(_ledger), accumulator);
    }

    function test_the_first_checkpoint_takes_no_proof() public {
        bytes32[] memory proof = ReferenceTree.append(_none(), _root(3));
        _assertRefused(
            abi.encodeWithSelector(
                ILedgers.NotAnExtension.selector, _ledger, 0, bytes32(0), 3, _root(3)
            ),
            SUBMITTER,
            _ledger,
            3,
            _root(3),
            proof,
            CID
        );
    }

    function test_the_accumulator_folds_every_anchor_in_order() public {
        bytes32 h = _next(0, 3, _root(3), CID);
        _anchor(3);
        vm.warp(block.timestamp + 12);
        h = _next(h, 8, _root(8), CID);
        _anchor(8);
        vm.assertEq(_ledgers.accumulatorOf(_ledger), h);
        vm.assertEq(_ledgers.rootAt(_ledger, 3), _root(3));
    }

    function testFuzz_a_ledger_grows_by_any_steps(uint8[6] calldata steps) public {
        uint256 size = 0;
        bytes32 h = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            size += 1 + steps[i] % 24;
            vm.warp(block.timestamp + steps[i]);
            h = _next(h, uint64(size), _root(size), CID);
            _anchor(size);
            vm.assertEq(_ledgers.accumulatorOf(_ledger), h);
            vm.assertEq(_ledgers.rootAt(_ledger, uint64(size)), _root(size));
        }
        vm.assertEq(_ledgers.sizeOf(_ledger), size);
    }

    function testFuzz_only_the_submitter_anchors(address caller) public {
        vm.assume(caller != SUBMITTER);
        _assertRefused(
            abi.encodeWithSelector(ILedgers.NotSubmitter.selector, _ledger, caller, SUBMITTER),
            caller,
            _ledger,
            1,
            _root(1),
            _none(),
            CID
        );
    }

    function testFuzz_an_unknown_ledger_is_refused(bytes32 ledger, address caller) public {
        vm.assume(ledger != _ledger && caller != address(0));
        _assertRefused(
            abi.encodeWithSelector(ILedgers.UnknownLedger.selector, ledger),
            caller,
            ledger,
            1,
            _root(1),
            _none(),
            CID
        );
    }

    function test_an_equal_or_smaller_size_is_refused() public {
        _anchor(5);
        for (uint64 size = 0; size <= 5; ++size) {
            _assertRefused(
                abi.encodeWithSelector(ILedgers.SizeNotGrown.selector, _ledger, 5, size),
                SUBMITTER,
                _ledger,
                size,
                "root",
                _none(),
                CID
            );
        }
    }

    function test_one_batch_adds_at_most_a_million_leaves() public {
        uint64 limit = 1 << 20;
        _assertRefused(
            abi.encodeWithSelector(ILedgers.BatchTooLarge.selector, _ledger, 0, limit + 1, limit),
            SUBMITTER,
            _ledger,
            limit + 1,
            "root",
            _none(),
            CID
        );
        _anchorAs(SUBMITTER, _ledger, limit, "root", _none(), CID);
        uint64 most = type(uint64).max;
        _assertRefused(
            abi.encodeWithSelector(ILedgers.BatchTooLarge.selector, _ledger, limit, most, limit),
            SUBMITTER,
            _ledger,
            most,
            "root",
            _none(),
            CID
        );
    }

    function test_a_root_of_zero_is_refused() public {
        _assertRefused(
            abi.encodeWithSelector(ILedgers.ZeroRoot.selector, _ledger),
            SUBMITTER,
            _ledger,
            1,
            0,
            _none(),
            CID
        );
    }

    function test_a_manifest_cid_has_one_to_sixty_four_bytes() public {
        uint256[4] memory wrong = [uint256(0), 65, 96, 4096];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _assertRefused(
                abi.encodeWithSelector(ILedgers.ManifestCidLength.selector, wrong[i], 64),
                SUBMITTER,
                _ledger,
                1,
                _root(1),
                _none(),
                new bytes(wrong[i])
            );
        }
        _anchorAs(SUBMITTER, _ledger, 1, _root(1), _none(), new bytes(1));
        _anchorAs(SUBMITTER, _ledger, 2, _root(2), _proof(1, 2), new bytes(64));
        vm.assertEq(_ledgers.sizeOf(_ledger), 2);
    }

    function test_a_tree_that_is_no_extension_is_refused_and_changes_nothing() public {
        _anchor(6);
        bytes32 accumulator = _ledgers.accumulatorOf(_ledger);
        bytes32[] memory rival = ReferenceTree.leaves(SEED + 1, 13);
        bytes32[] memory proof = ReferenceTree.consistency(rival, 6, 13);
        bytes32 root = ReferenceTree.root(rival, 0, 13);
        _assertRefused(
            abi.encodeWithSelector(
                ILedgers.NotAnExtension.selector, _ledger, 6, _root(6), 13, root
            ),
            SUBMITTER,
            _ledger,
            13,
            root,
            proof,
            CID
        );
        vm.assertEq(_ledgers.sizeOf(_ledger), 6);
        vm.assertEq(_ledgers.rootAt(_ledger, 13), 0);
        vm.assertEq(_ledgers.accumulatorOf(_ledger), accumulator);
    }

    function test_any_flipped_bit_is_refused() public {
        _anchor(6);
        bytes32[] memory proof = _proof(6, 13);
        bytes32 root = _root(13);
        for (uint256 bit = 0; bit < 256; ++bit) {
            bytes32 flip = bytes32(1 << bit);
            for (uint256 i = 0; i < proof.length; ++i) {
                proof[i] ^= flip;
                vm.assertTrue(_refused(13, root, proof));
                proof[i] ^= flip;
            }
            vm.assertTrue(_refused(13, root ^ flip, proof));
        }
        vm.assertFalse(_refused(13, root, proof));
    }

    function testFuzz_forged_proofs_are_refused(uint256 old, uint256 size, uint256 choice) public {
        old = 1 + old % 60;
        size = old + 1 + size % 60;
        _anchor(old);
        bytes32[] memory proof = _proof(old, size);
        bytes32[] memory forged = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < forged.length; ++i) {
            forged[i] = proof[i];
        }
        bytes32 root = _root(size);
        vm.assertTrue(_refused(uint64(size), root, forged)); // truncated
        vm.assertTrue(_refused(uint64(size), root, ReferenceTree.append(proof, root))); // padded
        vm.assertTrue(_refused(uint64(size), _root(old), proof)); // the old root again
        vm.assertTrue(_refused(uint64(size), root, _none()));
        proof[choice % proof.length] ^= bytes32(1 << (choice >> 128) % 256);
        vm.assertTrue(_refused(uint64(size), root, proof));
        vm.assertFalse(_refused(uint64(size), root, _proof(old, size)));
    }

    function testFuzz_a_leaf_is_verified_in_any_past_checkpoint(uint256 first, uint256 then)
        public
    {
        first = 1 + first % 40;
        then = first + 1 + then % 40;
        _anchor(first);
        _anchor(then);
        bytes32[] memory all = ReferenceTree.leaves(SEED, then);
        for (uint256 i = 0; i < then; i += 3) {
            bytes32[] memory proof = ReferenceTree.inclusion(all, i, 0, then);
            vm.assertTrue(_included(then, i, all[i], proof));
            if (i >= first) continue;
            proof = ReferenceTree.inclusion(all, i, 0, first);
            vm.assertTrue(_included(first, i, all[i], proof));
            vm.assertFalse(_included(first, i, all[i] ^ bytes32(uint256(1)), proof));
            vm.assertFalse(_included(then + 1, i, all[i], proof));
        }
    }

    function test_nothing_is_included_where_nothing_was_anchored() public view {
        vm.assertFalse(_ledgers.verifyInclusion(_ledger, 1, 0, 0, _none()));
        vm.assertFalse(_ledgers.verifyInclusion("unknown", 1, 0, 0, _none()));
    }

    /// @dev The arguments are computed before the cheatcode: a call to the SHA-256 precompile
    /// would be the "next call" that it speaks of.
    function _anchorAs(
        address caller,
        bytes32 ledger,
        uint64 size,
        bytes32 root,
        bytes32[] memory proof,
        bytes memory cid
    ) private {
        vm.prank(caller);
        _ledgers.anchor(ledger, size, root, proof, cid);
    }

    function _assertRefused(
        bytes memory refusal,
        address caller,
        bytes32 ledger,
        uint64 size,
        bytes32 root,
        bytes32[] memory proof,
        bytes memory cid
    ) private {
        vm.expectRevert(refusal);
        _anchorAs(caller, ledger, size, root, proof, cid);
    }

    function _included(uint256 size, uint256 index, bytes32 leaf, bytes32[] memory proof)
        private
        view
        returns (bool)
    {
        return _ledgers.verifyInclusion(_ledger, uint64(size), uint64(index), leaf, proof);
    }

    /// @dev The accumulator by its definition.
    function _next(bytes32 h, uint64 size, bytes32 root, bytes memory cid)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(h, _ledger, size, root, keccak256(cid), block.timestamp));
    }
}
