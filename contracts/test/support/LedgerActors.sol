// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "../../src/ILedgers.sol";
import {ReferenceTree} from "./ReferenceTree.sol";
import {vm} from "./Vm.sol";

/// @notice Everybody who acts on one ledger, honest or not, and a model of what it must then be.
contract LedgerActors {
    struct Checkpoint {
        uint64 size;
        bytes32 root;
    }

    ILedgers public immutable LEDGERS;
    bytes32 public immutable LEDGER;
    uint256 public constant SEED = 23;

    address public owner = address(0xA1);
    address public pendingOwner;
    address public submitter = address(0xB2);
    bytes32 public accumulator;
    bool public closed;
    uint256 public refusals;
    Checkpoint[] private _checkpoints;

    constructor(ILedgers ledgers) {
        LEDGERS = ledgers;
        vm.prank(owner);
        LEDGER = ledgers.create("invariant", submitter);
    }

    function grow(uint256 by, uint256 later) external {
        uint64 size = _size() + uint64(1 + by % 12);
        bytes32[] memory all = ReferenceTree.leaves(SEED, size);
        bytes32[] memory proof = ReferenceTree.consistency(all, _size(), size);
        bytes32 root = ReferenceTree.root(all, 0, size);
        bytes memory cid = abi.encodePacked(hex"01551220", root);
        vm.warp(block.timestamp + later % 1 days);
        vm.prank(submitter);
        try LEDGERS.anchor(LEDGER, size, root, proof, cid) {
            require(!closed, "a closed ledger grew");
            _checkpoints.push(Checkpoint(size, root));
            accumulator = keccak256(
                abi.encode(accumulator, LEDGER, size, root, keccak256(cid), block.timestamp)
            );
        } catch {
            require(closed, "an honest anchor was refused");
        }
    }

    /// @dev The submitter rewrites one old leaf and proves the forged tree as well as can be.
    function rewrite(uint256 by, uint256 which) external {
        uint64 old = _size();
        if (old == 0) return;
        uint64 size = old + uint64(1 + by % 12);
        bytes32[] memory all = ReferenceTree.leaves(SEED, size);
        all[which % old] ^= bytes32(uint256(1));
        bytes32[] memory proof = ReferenceTree.consistency(all, old, size);
        _mustRefuse(submitter, size, ReferenceTree.root(all, 0, size), proof);
    }

    /// @dev The submitter anchors a past or present size again.
    function shrink(uint256 size) external {
        _mustRefuse(submitter, uint64(size % (_size() + 1)), "rewritten", new bytes32[](0));
    }

    /// @dev A stranger brings a perfect proof, and tries everything else that they may not do.
    function intrude(address stranger) external {
        if (stranger == owner || stranger == submitter || stranger == pendingOwner) return;
        if (stranger == address(0)) return;
        uint64 size = _size() + 1;
        bytes32[] memory all = ReferenceTree.leaves(SEED, size);
        bytes32[] memory proof = ReferenceTree.consistency(all, size - 1, size);
        _mustRefuse(stranger, size, ReferenceTree.root(all, 0, size), proof);
        bytes[4] memory calls = [
            abi.encodeCall(ILedgers.setSubmitter, (LEDGER, stranger)),
            abi.encodeCall(ILedgers.offerOwnership, (LEDGER, stranger)),
            abi.encodeCall(ILedgers.takeOwnership, (LEDGER)),
            abi.encodeCall(ILedgers.close, (LEDGER, bytes32(0)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            require(!_try(stranger, calls[i]), "a stranger changed the ledger");
        }
    }

    function rotate(address next) external {
        if (next == address(0)) return;
        bool done = _try(owner, abi.encodeCall(ILedgers.setSubmitter, (LEDGER, next)));
        require(done == !closed, "the owner may rotate an open ledger's submitter");
        if (done) submitter = next;
    }

    function offer(address next) external {
        bool done = _try(owner, abi.encodeCall(ILedgers.offerOwnership, (LEDGER, next)));
        require(done == !closed, "the owner may offer an open ledger");
        if (done) pendingOwner = next;
    }

    function take() external {
        if (pendingOwner == address(0)) return;
        require(_try(pendingOwner, abi.encodeCall(ILedgers.takeOwnership, (LEDGER))), "not taken");
        owner = pendingOwner;
        pendingOwner = address(0);
    }

    /// @dev Seldom, or every run would be about closed ledgers.
    function close(uint256 chance, bytes32 successor) external {
        if (chance % 16 != 0 || successor == LEDGER) return;
        bool done = _try(owner, abi.encodeCall(ILedgers.close, (LEDGER, successor)));
        require(done == !closed, "the owner may close a ledger once");
        closed = true;
        pendingOwner = address(0);
    }

    function checkpoints() external view returns (Checkpoint[] memory) {
        return _checkpoints;
    }

    function _size() private view returns (uint64) {
        return _checkpoints.length == 0 ? 0 : _checkpoints[_checkpoints.length - 1].size;
    }

    function _mustRefuse(address caller, uint64 size, bytes32 root, bytes32[] memory proof)
        private
    {
        vm.prank(caller);
        try LEDGERS.anchor(LEDGER, size, root, proof, hex"01") {
            revert("a forged anchor was accepted");
        } catch {
            ++refusals;
        }
    }

    function _try(address caller, bytes memory data) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(LEDGERS).call(data);
    }
}
