// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "../src/ILedgers.sol";
import {Ledgers} from "../src/Ledgers.sol";
import {LedgerActors} from "./support/LedgerActors.sol";
import {ReferenceTree} from "./support/ReferenceTree.sol";
import {vm} from "./support/Vm.sol";

/// @notice What holds after any sequence of acts, honest or not.
contract LedgersInvariantTest {
    ILedgers private _ledgers;
    LedgerActors private _actors;

    function setUp() public {
        vm.warp(1_764_000_000);
        _ledgers = new Ledgers();
        _actors = new LedgerActors(_ledgers);
    }

    /// @dev Read by forge: the one contract that it calls at random.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actors);
    }

    function invariant_every_checkpoint_stays_and_is_a_prefix_of_one_tree() public view {
        LedgerActors.Checkpoint[] memory all = _actors.checkpoints();
        uint64 last = all.length == 0 ? 0 : all[all.length - 1].size;
        vm.assertEq(_ledgers.sizeOf(_actors.LEDGER()), last);
        bytes32[] memory leaves = ReferenceTree.leaves(_actors.SEED(), last);
        for (uint256 i = 0; i < all.length; ++i) {
            vm.assertEq(_ledgers.rootAt(_actors.LEDGER(), all[i].size), all[i].root);
            vm.assertEq(ReferenceTree.root(leaves, 0, all[i].size), all[i].root);
        }
    }

    function invariant_the_accumulator_binds_every_anchor() public view {
        vm.assertEq(_ledgers.accumulatorOf(_actors.LEDGER()), _actors.accumulator());
    }

    function invariant_roles_change_only_by_those_who_hold_them() public view {
        bytes32 ledger = _actors.LEDGER();
        vm.assertEq(_ledgers.ownerOf(ledger), _actors.owner());
        vm.assertEq(_ledgers.pendingOwnerOf(ledger), _actors.pendingOwner());
        vm.assertEq(_ledgers.submitterOf(ledger), _actors.submitter());
        (bool closed,) = _ledgers.successorOf(ledger);
        vm.assertEq(closed, _actors.closed());
    }
}
