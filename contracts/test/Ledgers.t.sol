// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "../src/ILedgers.sol";
import {Ledgers} from "../src/Ledgers.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Who makes, hands over, serves and closes a ledger, and who may not.
contract LedgersTest is LedgerFixture {
    function testFuzz_a_ledger_belongs_to_whoever_makes_it(address maker, bytes32 salt) public {
        vm.assume(maker != address(0) && maker != OWNER);
        bytes32 id = keccak256(abi.encode(block.chainid, address(_ledgers), maker, salt));
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.Created(id, maker, STRANGER);
        vm.prank(maker);
        vm.assertEq(_ledgers.create(salt, STRANGER), id);
        vm.assertEq(_ledgers.ownerOf(id), maker);
        vm.assertEq(_ledgers.submitterOf(id), STRANGER);
        vm.assertEq(_ledgers.pendingOwnerOf(id), address(0));
        vm.assertEq(_ledgers.sizeOf(id), 0);
        vm.assertEq(_ledgers.accumulatorOf(id), 0);
        _assertOpen(id);
    }

    function test_an_id_binds_creator_chain_and_contract() public {
        vm.prank(STRANGER);
        vm.assertNotEq(_ledgers.create("first", SUBMITTER), _ledger);
        ILedgers other = new Ledgers();
        vm.prank(OWNER);
        vm.assertNotEq(other.create("first", SUBMITTER), _ledger);
        vm.chainId(2);
        vm.prank(OWNER);
        vm.assertNotEq(_ledgers.create("first", SUBMITTER), _ledger);
    }

    function test_a_salt_makes_one_ledger() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgers.LedgerExists.selector, _ledger));
        vm.prank(OWNER);
        _ledgers.create("first", STRANGER);
        vm.assertEq(_ledgers.submitterOf(_ledger), SUBMITTER);
    }

    function test_a_ledger_without_a_submitter_is_refused() public {
        bytes32 id =
            keccak256(abi.encode(block.chainid, address(_ledgers), OWNER, bytes32("second")));
        vm.expectRevert(abi.encodeWithSelector(ILedgers.ZeroSubmitter.selector, id));
        vm.prank(OWNER);
        _ledgers.create("second", address(0));
        vm.expectRevert(abi.encodeWithSelector(ILedgers.ZeroSubmitter.selector, _ledger));
        vm.prank(OWNER);
        _ledgers.setSubmitter(_ledger, address(0));
    }

    function test_ownership_takes_two_steps() public {
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.OwnershipOffered(_ledger, STRANGER);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        vm.assertEq(_ledgers.ownerOf(_ledger), OWNER);
        vm.assertEq(_ledgers.pendingOwnerOf(_ledger), STRANGER);
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.OwnershipTaken(_ledger, STRANGER);
        vm.prank(STRANGER);
        _ledgers.takeOwnership(_ledger);
        vm.assertEq(_ledgers.ownerOf(_ledger), STRANGER);
        vm.assertEq(_ledgers.pendingOwnerOf(_ledger), address(0));
        vm.assertEq(_ledgers.submitterOf(_ledger), SUBMITTER);
        vm.expectRevert(_notOwner(OWNER, STRANGER));
        vm.prank(OWNER);
        _ledgers.setSubmitter(_ledger, OWNER);
    }

    function test_an_offer_is_replaced_withdrawn_and_taken_once() public {
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, SUBMITTER);
        _assertCannotTake(STRANGER, SUBMITTER);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, address(0));
        _assertCannotTake(SUBMITTER, address(0));
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        vm.prank(STRANGER);
        _ledgers.takeOwnership(_ledger);
        _assertCannotTake(STRANGER, address(0));
    }

    function test_a_rotated_submitter_anchors_and_the_old_one_no_more() public {
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.SubmitterChanged(_ledger, STRANGER);
        vm.prank(OWNER);
        _ledgers.setSubmitter(_ledger, STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgers.NotSubmitter.selector, _ledger, SUBMITTER, STRANGER)
        );
        vm.prank(SUBMITTER);
        _ledgers.anchor(_ledger, 1, "root", _none(), CID);
        vm.prank(STRANGER);
        _ledgers.anchor(_ledger, 1, "root", _none(), CID);
        vm.assertEq(_ledgers.sizeOf(_ledger), 1);
    }

    function test_rotating_the_submitter_keeps_the_checkpoints() public {
        _anchor(3);
        vm.prank(OWNER);
        _ledgers.setSubmitter(_ledger, STRANGER);
        vm.assertEq(_ledgers.sizeOf(_ledger), 3);
        vm.assertEq(_ledgers.rootAt(_ledger, 3), _root(3));
    }

    function testFuzz_a_stranger_changes_nothing(address caller, address to, bytes32 next) public {
        vm.assume(caller != OWNER);
        bytes memory refusal = _notOwner(caller, OWNER);
        vm.expectRevert(refusal);
        vm.prank(caller);
        _ledgers.offerOwnership(_ledger, to);
        vm.expectRevert(refusal);
        vm.prank(caller);
        _ledgers.setSubmitter(_ledger, to);
        vm.expectRevert(refusal);
        vm.prank(caller);
        _ledgers.close(_ledger, next);
        vm.assume(caller != address(0));
        _assertCannotTake(caller, address(0));
    }

    function testFuzz_nothing_is_done_to_an_unknown_ledger(bytes32 id) public {
        vm.assume(id != _ledger);
        bytes memory refusal = abi.encodeWithSelector(ILedgers.UnknownLedger.selector, id);
        vm.expectRevert(refusal);
        _ledgers.offerOwnership(id, STRANGER);
        vm.expectRevert(refusal);
        _ledgers.takeOwnership(id);
        vm.expectRevert(refusal);
        _ledgers.setSubmitter(id, STRANGER);
        vm.expectRevert(refusal);
        _ledgers.close(id, 0);
        vm.assertEq(_ledgers.ownerOf(id), address(0));
        vm.assertEq(_ledgers.submitterOf(id), address(0));
        vm.assertEq(_ledgers.rootAt(id, 1), 0);
        _assertOpen(id);
    }

    function testFuzz_a_closed_ledger_never_changes_again(bytes32 successor) public {
        vm.assume(successor != _ledger);
        _anchor(3);
        bytes32 accumulator = _ledgers.accumulatorOf(_ledger);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        vm.expectEmit(true, true, true, true, address(_ledgers));
        emit ILedgers.Closed(_ledger, successor);
        vm.prank(OWNER);
        _ledgers.close(_ledger, successor);

        bytes memory refusal =
            abi.encodeWithSelector(ILedgers.LedgerClosed.selector, _ledger, successor);
        bytes32[] memory proof = _proof(3, 4);
        bytes32 root = _root(4);
        vm.expectRevert(refusal);
        vm.prank(SUBMITTER);
        _ledgers.anchor(_ledger, 4, root, proof, CID);
        vm.expectRevert(refusal);
        vm.prank(STRANGER);
        _ledgers.takeOwnership(_ledger);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        _ledgers.setSubmitter(_ledger, STRANGER);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        _ledgers.close(_ledger, "another");

        (bool closed, bytes32 named) = _ledgers.successorOf(_ledger);
        vm.assertTrue(closed);
        vm.assertEq(named, successor);
        vm.assertEq(_ledgers.pendingOwnerOf(_ledger), address(0));
        vm.assertEq(_ledgers.sizeOf(_ledger), 3);
        vm.assertEq(_ledgers.rootAt(_ledger, 3), _root(3));
        vm.assertEq(_ledgers.accumulatorOf(_ledger), accumulator);
    }

    function test_a_ledger_does_not_succeed_itself() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgers.OwnSuccessor.selector, _ledger));
        vm.prank(OWNER);
        _ledgers.close(_ledger, _ledger);
        _assertOpen(_ledger);
    }

    /// @dev Off chain these slots are proven: they must not move.
    function test_storage_lies_where_the_readme_says() public {
        _anchor(3);
        vm.prank(OWNER);
        _ledgers.offerOwnership(_ledger, STRANGER);
        uint256 base = uint256(keccak256(abi.encode(_ledger, 0)));
        vm.assertEq(_slot(base), bytes32(uint256(uint160(SUBMITTER)) | (3 << 160)));
        vm.assertEq(_slot(base + 1), _ledgers.accumulatorOf(_ledger));
        vm.assertEq(_slot(base + 2), bytes32(uint256(uint160(OWNER))));
        vm.assertEq(_slot(base + 3), bytes32(uint256(uint160(STRANGER))));
        vm.assertEq(_slot(uint256(keccak256(abi.encode(3, base + 5)))), _root(3));
        vm.prank(OWNER);
        _ledgers.close(_ledger, "successor");
        vm.assertEq(_slot(base), bytes32(uint256(uint160(SUBMITTER)) | (3 << 160) | (1 << 224)));
        vm.assertEq(_slot(base + 4), "successor");
    }

    function _slot(uint256 slot) private view returns (bytes32) {
        return vm.load(address(_ledgers), bytes32(slot));
    }

    function _assertOpen(bytes32 id) private view {
        (bool closed, bytes32 successor) = _ledgers.successorOf(id);
        vm.assertFalse(closed);
        vm.assertEq(successor, 0);
    }

    function _assertCannotTake(address caller, address pending) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgers.NotPendingOwner.selector, _ledger, caller, pending)
        );
        vm.prank(caller);
        _ledgers.takeOwnership(_ledger);
    }

    function _notOwner(address caller, address owner) private view returns (bytes memory) {
        return abi.encodeWithSelector(ILedgers.NotOwner.selector, _ledger, caller, owner);
    }
}
