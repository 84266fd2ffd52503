// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorKeys} from "../src/AuthorKeys.sol";
import {IAuthorKeys} from "../src/IAuthorKeys.sol";
import {AuthorActors} from "./support/AuthorActors.sol";
import {vm} from "./support/Vm.sol";

/// @notice The logs say all: whoever folds them knows what one storage read says.
contract AuthorKeysInvariantTest {
    IAuthorKeys private _keys;
    AuthorActors private _actors;

    function setUp() public {
        vm.warp(1_764_000_000);
        _keys = new AuthorKeys();
        _actors = new AuthorActors(_keys);
    }

    /// @dev Read by forge: the one contract that it calls at random.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actors);
    }

    function invariant_history_and_retirement_follow_from_the_events() public view {
        for (uint256 i = 0; i < _actors.AUTHORS(); ++i) {
            address author = _actors.author(i);
            vm.assertEq(_keys.historyOf(author), _actors.folded(author));
            vm.assertEq(_keys.retired(author), _actors.retiredByLogs(author));
            vm.assertEq(_keys.nonceOf(author), _actors.signedMessages(author));
        }
    }
}
