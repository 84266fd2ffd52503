// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthorKeys} from "../src/IAuthorKeys.sol";
import {AuthorFixture} from "./support/AuthorFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What authors do in their own transactions.
contract AuthorKeysTest is AuthorFixture {
    function testFuzz_an_author_delegates(
        address author,
        address delegate,
        uint8 purposes,
        uint64 from,
        uint64 until
    ) public {
        vm.assume(delegate != address(0) && delegate != author && from != type(uint64).max);
        purposes = 1 + purposes % 3;
        until = from + 1 + until % (type(uint64).max - from);
        bytes32 h = keccak256(
            abi.encode(
                bytes32(0),
                keccak256("Delegated(address,address,uint8,uint64,uint64,bytes32)"),
                author,
                delegate,
                purposes,
                from,
                until,
                block.timestamp
            )
        );
        vm.expectEmit(true, true, true, true, address(_keys));
        emit IAuthorKeys.Delegated(author, delegate, purposes, from, until, h);
        vm.prank(author);
        _keys.delegate(delegate, purposes, from, until);
        vm.assertEq(_keys.historyOf(author), h);
        vm.assertEq(_keys.nonceOf(author), 0);
        vm.assertFalse(_keys.retired(author));
    }

    function test_history_folds_every_event_of_an_author_and_of_nobody_else() public {
        vm.prank(_author);
        _keys.delegate(DELEGATE, 1, FROM, UNTIL);
        bytes32 h = _keys.historyOf(_author);
        vm.prank(RELAYER);
        _keys.withdraw(CLAIM);
        vm.assertEq(_keys.historyOf(_author), h);

        vm.warp(block.timestamp + 60);
        h = keccak256(
            abi.encode(
                h, keccak256("Revoked(address,address,bytes32)"), _author, DELEGATE, block.timestamp
            )
        );
        vm.expectEmit(true, true, true, true, address(_keys));
        emit IAuthorKeys.Revoked(_author, DELEGATE, h);
        vm.prank(_author);
        _keys.revoke(DELEGATE);
        vm.assertFalse(_keys.retired(_author));

        h = keccak256(
            abi.encode(
                h, keccak256("Withdrawn(address,bytes32,bytes32)"), _author, CLAIM, block.timestamp
            )
        );
        vm.expectEmit(true, true, true, true, address(_keys));
        emit IAuthorKeys.Withdrawn(_author, CLAIM, h);
        vm.prank(_author);
        _keys.withdraw(CLAIM);
        vm.assertEq(_keys.historyOf(_author), h);
    }

    function test_a_delegate_is_another_account_than_the_author() public {
        address[2] memory wrong = [address(0), _author];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAuthorKeys.NotADelegate.selector, _author, wrong[i])
            );
            vm.prank(_author);
            _keys.delegate(wrong[i], 1, FROM, UNTIL);
        }
    }

    function testFuzz_unknown_purposes_are_refused(uint8 purposes) public {
        vm.assume(purposes == 0 || purposes > 3);
        vm.expectRevert(abi.encodeWithSelector(IAuthorKeys.UnknownPurposes.selector, purposes));
        vm.prank(_author);
        _keys.delegate(DELEGATE, purposes, FROM, UNTIL);
    }

    function testFuzz_a_delegation_ends_after_it_begins(uint64 from, uint64 until) public {
        if (until > from) (from, until) = (until, from);
        vm.expectRevert(abi.encodeWithSelector(IAuthorKeys.EmptyPeriod.selector, from, until));
        vm.prank(_author);
        _keys.delegate(DELEGATE, 1, from, until);
    }

    function test_a_retired_author_does_nothing_more() public {
        vm.prank(_author);
        _keys.delegate(DELEGATE, 3, FROM, UNTIL);
        vm.prank(_author);
        _keys.revoke(_author);
        vm.assertTrue(_keys.retired(_author));
        bytes32 h = _keys.historyOf(_author);

        bytes memory refusal = abi.encodeWithSelector(IAuthorKeys.AuthorRetired.selector, _author);
        vm.expectRevert(refusal);
        vm.prank(_author);
        _keys.delegate(DELEGATE, 1, FROM, UNTIL);
        vm.expectRevert(refusal);
        vm.prank(_author);
        _keys.revoke(DELEGATE);
        vm.expectRevert(refusal);
        vm.prank(_author);
        _keys.revoke(_author);
        vm.expectRevert(refusal);
        vm.prank(_author);
        _keys.withdraw(CLAIM);
        vm.assertEq(_keys.historyOf(_author), h);
    }

    function testFuzz_retiring_one_author_leaves_the_others(address other) public {
        vm.assume(other != _author);
        vm.prank(_author);
        _keys.revoke(_author);
        vm.prank(other);
        _keys.withdraw(CLAIM);
        vm.assertFalse(_keys.retired(other));
        // Revoking another author's address as a delegate does not retire them.
        vm.prank(RELAYER);
        _keys.revoke(other);
        vm.assertEq(_keys.retired(other), other == RELAYER);
    }

    function test_a_delegate_speaks_only_for_itself() public {
        vm.prank(_author);
        _keys.delegate(DELEGATE, 3, FROM, UNTIL);
        bytes32 h = _keys.historyOf(_author);
        vm.prank(DELEGATE);
        _keys.withdraw(CLAIM);
        vm.prank(DELEGATE);
        _keys.delegate(RELAYER, 3, FROM, UNTIL);
        vm.prank(DELEGATE);
        _keys.revoke(_author);
        vm.assertEq(_keys.historyOf(_author), h);
        vm.assertFalse(_keys.retired(_author));
    }

    function test_the_domain_is_built_for_this_chain_and_contract() public {
        vm.assertEq(_keys.domainSeparator(), _domain());
        bytes32 here = _keys.domainSeparator();
        vm.chainId(5);
        vm.assertEq(_keys.domainSeparator(), _domain());
        vm.assertNotEq(_keys.domainSeparator(), here);
    }

    /// @dev Off chain these slots are proven: they must not move.
    function test_storage_lies_where_the_readme_says() public {
        bytes32 digest = _revokeDigest(_author, _author, 0);
        _keys.revokeFor(_author, _author, DEADLINE, _sign(KEY, digest));
        uint256 base = uint256(keccak256(abi.encode(_author, 0)));
        vm.assertEq(vm.load(address(_keys), bytes32(base)), _keys.historyOf(_author));
        vm.assertEq(vm.load(address(_keys), bytes32(base + 1)), bytes32(uint256(1 | (1 << 248))));
    }
}
