// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "../../src/ILedgers.sol";
import {Ledgers} from "../../src/Ledgers.sol";
import {ReferenceTree} from "./ReferenceTree.sol";
import {vm} from "./Vm.sol";

/// @notice One ledger with an owner and a submitter, and the leaves that it will hold.
abstract contract LedgerFixture {
    address internal constant OWNER = address(0xA1);
    address internal constant SUBMITTER = address(0xB2);
    address internal constant STRANGER = address(0xC3);
    bytes internal constant CID =
        hex"015512200102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
    uint256 internal constant SEED = 11;

    ILedgers internal _ledgers;
    bytes32 internal _ledger;

    function setUp() public virtual {
        vm.warp(1_764_000_000);
        _ledgers = new Ledgers();
        vm.prank(OWNER);
        _ledger = _ledgers.create("first", SUBMITTER);
    }

    function _root(uint256 size) internal pure returns (bytes32) {
        return ReferenceTree.root(ReferenceTree.leaves(SEED, size), 0, size);
    }

    function _proof(uint256 old, uint256 size) internal pure returns (bytes32[] memory) {
        return ReferenceTree.consistency(ReferenceTree.leaves(SEED, size), old, size);
    }

    /// @dev Anchors honestly from whatever size the ledger has.
    function _anchor(uint256 size) internal {
        bytes32[] memory proof = _proof(_ledgers.sizeOf(_ledger), size);
        bytes32 root = _root(size);
        vm.prank(SUBMITTER);
        _ledgers.anchor(_ledger, uint64(size), root, proof, CID);
    }

    /// @dev Says whether the submitter's anchor is refused, without undoing the test.
    function _refused(uint64 size, bytes32 root, bytes32[] memory proof) internal returns (bool) {
        vm.prank(SUBMITTER);
        try _ledgers.anchor(_ledger, size, root, proof, CID) {
            return false;
        } catch {
            return true;
        }
    }

    function _none() internal pure returns (bytes32[] memory) {
        return new bytes32[](0);
    }
}
