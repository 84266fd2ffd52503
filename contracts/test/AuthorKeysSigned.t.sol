// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorKeys} from "../src/AuthorKeys.sol";
import {IAuthorKeys} from "../src/IAuthorKeys.sol";
import {AuthorFixture} from "./support/AuthorFixture.sol";
import {vm} from "./support/Vm.sol";
import {Parrot, Wallet} from "./support/Wallets.sol";

/// @notice What an author signs and anybody sends, and what a thief may try with it.
contract AuthorKeysSignedTest is AuthorFixture {
    uint256 private constant ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function testFuzz_anybody_sends_what_the_author_signed(address relayer) public {
        bytes memory signature = _sign(KEY, _delegateDigest(_author, DELEGATE, 0));
        vm.expectEmit(true, true, true, false, address(_keys));
        emit IAuthorKeys.Delegated(_author, DELEGATE, 3, FROM, UNTIL, 0);
        vm.prank(relayer);
        _keys.delegateFor(_author, DELEGATE, 3, FROM, UNTIL, DEADLINE, signature);
        vm.assertEq(_keys.nonceOf(_author), 1);

        signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 1));
        vm.prank(relayer);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        vm.assertEq(_keys.nonceOf(_author), 2);

        signature = _sign(KEY, _revokeDigest(_author, DELEGATE, 2));
        vm.prank(relayer);
        _keys.revokeFor(_author, DELEGATE, DEADLINE, signature);
        vm.assertEq(_keys.nonceOf(_author), 3);
        vm.assertFalse(_keys.retired(_author));
    }

    function test_the_three_leave_the_same_history_signed_or_sent() public {
        vm.prank(_author);
        _keys.delegate(DELEGATE, 3, FROM, UNTIL);
        bytes32 sent = _keys.historyOf(_author);
        _keys = new AuthorKeys();
        _delegateSigned(_sign(KEY, _delegateDigest(_author, DELEGATE, 0)));
        vm.assertEq(_keys.historyOf(_author), sent);
    }

    function test_a_signature_works_once() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        _assertWithdrawalRefused(signature, 1);
    }

    function test_a_signature_with_another_nonce_is_refused() public {
        _assertWithdrawalRefused(_sign(KEY, _withdrawDigest(_author, CLAIM, 1)), 0);
    }

    function test_the_malleable_twin_and_other_encodings_are_refused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        bytes32 twin = bytes32(ORDER - uint256(s));
        _assertWithdrawalRefused(abi.encodePacked(r, twin, v == 27 ? 28 : 27), 0);
        _assertWithdrawalRefused(abi.encodePacked(r, twin, v), 0);
        _assertWithdrawalRefused(abi.encodePacked(r, s, v - 27), 0);
        _assertWithdrawalRefused(abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)), 0);
        _assertWithdrawalRefused(abi.encodePacked(r, s, v, uint8(0)), 0);
        bytes32 compact = bytes32(uint256(s) | (uint256(v - 27) << 255));
        _assertWithdrawalRefused(abi.encodePacked(r, compact), 0);
        _assertWithdrawalRefused("", 0);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, abi.encodePacked(r, s, v));
    }

    function test_any_flipped_bit_of_a_signature_is_refused() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        for (uint256 bit = 0; bit < 65 * 8; ++bit) {
            signature[bit / 8] ^= bytes1(uint8(1 << bit % 8));
            try _keys.withdrawFor(_author, CLAIM, DEADLINE, signature) {
                revert("a flipped bit was accepted");
            } catch {}
            signature[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        }
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
    }

    function testFuzz_bytes_that_nobody_signed_are_refused(bytes calldata signature) public {
        _assertWithdrawalRefused(signature, 0);
    }

    function testFuzz_zero_never_signed_anything(bytes32 r, bytes32 s, bool odd) public {
        bytes memory signature = abi.encodePacked(r, s, odd ? uint8(28) : uint8(27));
        bytes32 digest = _withdrawDigest(address(0), CLAIM, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuthorKeys.NotSigned.selector, address(0), digest));
        _keys.withdrawFor(address(0), CLAIM, DEADLINE, signature);
    }

    function test_a_signature_for_another_contract_is_refused() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        _keys = new AuthorKeys();
        _assertWithdrawalRefused(signature, 0);
    }

    function test_a_signature_for_another_chain_is_refused() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        vm.chainId(block.chainid + 1);
        _assertWithdrawalRefused(signature, 0);
    }

    function test_a_signature_for_one_act_does_nothing_else() public {
        bytes memory signature = _sign(KEY, _revokeDigest(_author, DELEGATE, 0));
        _assertWithdrawalRefused(signature, 0);
        bytes32 retiring = _revokeDigest(_author, _author, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuthorKeys.NotSigned.selector, _author, retiring));
        _keys.revokeFor(_author, _author, DEADLINE, signature);
    }

    function test_another_key_cannot_sign_for_the_author_nor_can_a_delegate() public {
        address delegate = vm.addr(OTHER_KEY);
        _delegateSigned(_sign(KEY, _delegateDigest(_author, DELEGATE, 0)));
        vm.prank(_author);
        _keys.delegate(delegate, 3, FROM, UNTIL);
        _assertWithdrawalRefused(_sign(OTHER_KEY, _withdrawDigest(_author, CLAIM, 1)), 1);
    }

    function test_a_deadline_is_the_last_second() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAuthorKeys.Expired.selector, DEADLINE, DEADLINE + 1)
        );
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        bytes32 later = _withdrawDigest(_author, CLAIM, 0);
        vm.assertEq(keccak256(_sign(KEY, later)), keccak256(signature));
        vm.warp(DEADLINE);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
    }

    function test_a_stretched_deadline_is_refused() public {
        bytes memory signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
        try _keys.withdrawFor(_author, CLAIM, DEADLINE + 1, signature) {
            revert("a stretched deadline was accepted");
        } catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == IAuthorKeys.NotSigned.selector);
        }
    }

    function test_a_retired_author_cannot_act_by_signature() public {
        _keys.revokeFor(_author, _author, DEADLINE, _sign(KEY, _revokeDigest(_author, _author, 0)));
        vm.assertTrue(_keys.retired(_author));
        bytes memory refusal = abi.encodeWithSelector(IAuthorKeys.AuthorRetired.selector, _author);
        bytes memory signature = _sign(KEY, _delegateDigest(_author, DELEGATE, 1));
        vm.expectRevert(refusal);
        _delegateSigned(signature);
        signature = _sign(KEY, _revokeDigest(_author, DELEGATE, 1));
        vm.expectRevert(refusal);
        _keys.revokeFor(_author, DELEGATE, DEADLINE, signature);
        signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 1));
        vm.expectRevert(refusal);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        // Code put at the retired address (EIP-7702) does not bring it back.
        vm.etch(_author, address(new Wallet(vm.addr(OTHER_KEY))).code);
        signature = _sign(OTHER_KEY, _withdrawDigest(_author, CLAIM, 1));
        vm.expectRevert(refusal);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
    }

    function test_a_wallet_signs_by_eip_1271() public {
        _author = address(new Wallet(vm.addr(OTHER_KEY)));
        bytes32 digest = _withdrawDigest(_author, CLAIM, 0);
        _assertWithdrawalRefused(_sign(KEY, digest), 0);
        _keys.withdrawFor(_author, CLAIM, DEADLINE, _sign(OTHER_KEY, digest));
        _assertWithdrawalRefused(_sign(OTHER_KEY, digest), 1);
    }

    function test_an_account_with_code_signs_by_its_own_key_too() public {
        vm.etch(_author, address(new Wallet(vm.addr(OTHER_KEY))).code); // as by EIP-7702
        _keys.withdrawFor(_author, CLAIM, DEADLINE, _sign(KEY, _withdrawDigest(_author, CLAIM, 0)));
        bytes memory signature = _sign(OTHER_KEY, _withdrawDigest(_author, CLAIM, 1));
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        vm.assertEq(_keys.nonceOf(_author), 2);
    }

    function test_a_contract_that_does_not_say_yes_says_no() public {
        bytes32 word = bytes32(bytes4(0x1626ba7e));
        bytes[5] memory answers = [
            bytes(""),
            abi.encodePacked(bytes4(0x1626ba7e)),
            abi.encode(bytes4(0xffffffff)),
            abi.encode(uint32(0x1626ba7e)),
            abi.encode(word | bytes32(uint256(1)))
        ];
        for (uint256 i = 0; i < answers.length; ++i) {
            _author = address(new Parrot(answers[i], false));
            _assertWithdrawalRefused("anything", 0);
        }
        _author = address(new Parrot(abi.encode(word), true));
        _assertWithdrawalRefused("anything", 0);
        _author = address(new Parrot(abi.encode(word), false));
        _keys.withdrawFor(_author, CLAIM, DEADLINE, "anything");
    }

    function _delegateSigned(bytes memory signature) private {
        _keys.delegateFor(_author, DELEGATE, 3, FROM, UNTIL, DEADLINE, signature);
    }

    function _assertWithdrawalRefused(bytes memory signature, uint256 nonce) private {
        bytes32 digest = _withdrawDigest(_author, CLAIM, nonce);
        bytes32 history = _keys.historyOf(_author);
        vm.expectRevert(abi.encodeWithSelector(IAuthorKeys.NotSigned.selector, _author, digest));
        _keys.withdrawFor(_author, CLAIM, DEADLINE, signature);
        vm.assertEq(_keys.historyOf(_author), history);
        vm.assertEq(_keys.nonceOf(_author), nonce);
    }
}
