// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthorKeys} from "../src/IAuthorKeys.sol";
import {ILedgers} from "../src/ILedgers.sol";
import {AuthorFixture} from "./support/AuthorFixture.sol";
import {EasTimestamp} from "./support/EasTimestamp.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {UniformTree} from "./support/UniformTree.sol";
import {vm} from "./support/Vm.sol";

/// @notice One act each, for .gas-snapshot: no randomness, and everything made ready in setUp, so
/// that a figure moves only when the contracts do. Whole transactions: benchmarks/gas.py.
contract LedgersGasTest is LedgerFixture {
    bytes private _inclusion;
    mapping(uint256 old => bytes call) private _calls;

    function setUp() public override {
        super.setUp();
        _prepare(60_000);
        _prepare(60_001);
        _prepare(65_535);
        bytes32[] memory path = UniformTree.inclusion(41_234, 65_535);
        _inclusion = abi.encodeCall(
            ILedgers.verifyInclusion, (_id(65_535), 65_535, 41_234, UniformTree.LEAF, path)
        );
    }

    function test_anchor_60000_to_61024() public {
        _send(SUBMITTER, _calls[60_000]);
    }

    function test_anchor_60001_to_61025() public {
        _send(SUBMITTER, _calls[60_001]);
    }

    function test_anchor_65535_to_66559() public {
        _send(SUBMITTER, _calls[65_535]);
    }

    function test_verify_inclusion() public {
        vm.assertTrue(abi.decode(_send(SUBMITTER, _inclusion), (bool)));
    }

    function test_create() public {
        _send(OWNER, abi.encodeCall(ILedgers.create, ("another", SUBMITTER)));
    }

    function test_close() public {
        _send(OWNER, abi.encodeCall(ILedgers.close, (_ledger, "successor")));
    }

    function _prepare(uint256 old) private {
        vm.prank(OWNER);
        bytes32 id = _ledgers.create(bytes32(old), SUBMITTER);
        bytes32 oldRoot = UniformTree.root(old);
        vm.prank(SUBMITTER);
        _ledgers.anchor(id, uint64(old), oldRoot, _none(), CID);
        uint256 size = old + 1_024;
        bytes32[] memory proof = UniformTree.consistency(old, size);
        bytes32 root = UniformTree.root(size);
        _calls[old] = abi.encodeCall(ILedgers.anchor, (id, uint64(size), root, proof, CID));
    }

    function _id(uint256 old) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(_ledgers), OWNER, bytes32(old)));
    }

    function _send(address from, bytes memory call) private returns (bytes memory answer) {
        bool done;
        vm.prank(from);
        (done, answer) = address(_ledgers).call(call);
        require(done, "refused");
    }
}

/// @notice The same for the authors' keys, and a timestamp as EAS makes it.
contract AuthorKeysGasTest is AuthorFixture {
    EasTimestamp private _eas;
    bytes private _signature;

    function setUp() public override {
        super.setUp();
        _eas = new EasTimestamp();
        _signature = _sign(KEY, _withdrawDigest(_author, CLAIM, 0));
    }

    function test_delegate() public {
        vm.prank(_author);
        _keys.delegate(DELEGATE, 3, FROM, UNTIL);
    }

    function test_revoke() public {
        vm.prank(_author);
        _keys.revoke(DELEGATE);
    }

    function test_withdraw() public {
        vm.prank(_author);
        _keys.withdraw(CLAIM);
    }

    function test_withdraw_signed() public {
        _keys.withdrawFor(_author, CLAIM, DEADLINE, _signature);
    }

    function test_eas_timestamp() public {
        _eas.timestamp(CLAIM);
    }
}
