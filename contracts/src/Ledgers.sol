// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgers} from "./ILedgers.sol";
import {MerkleProof} from "./MerkleProof.sol";

/// @title Append-only ledgers of hashes, anchored by proof.
/// @notice See ILedgers. No constructor argument, no immutable, no owner over the whole.
contract Ledgers is ILedgers {
    /// @dev The first three share a slot, so that an anchor reads and writes one for all of them.
    struct Ledger {
        address submitter;
        uint64 size;
        bool closed;
        bytes32 accumulator;
        address owner;
        address pendingOwner;
        bytes32 successor;
        mapping(uint64 size => bytes32 root) roots;
    }

    /// @dev 2^20 leaves make a manifest of a few hundred megabytes: more cannot be read as one.
    uint64 private constant MAX_BATCH = 1 << 20;

    /// @dev A CIDv1 of SHA-256 has 36 bytes, of a 512-bit hash 68 at most in theory, 64 in use.
    uint256 private constant MAX_MANIFEST_CID = 64;

    /// @dev The one storage variable, at slot 0: storage proofs are made against this.
    mapping(bytes32 id => Ledger) private _ledgers;

    /// @inheritdoc ILedgers
    function create(bytes32 salt, address submitter) external returns (bytes32 ledger) {
        ledger = keccak256(abi.encode(block.chainid, address(this), msg.sender, salt));
        Ledger storage it = _ledgers[ledger];
        if (it.owner != address(0)) revert LedgerExists(ledger);
        if (submitter == address(0)) revert ZeroSubmitter(ledger);
        it.owner = msg.sender;
        it.submitter = submitter;
        emit Created(ledger, msg.sender, submitter);
    }

    /// @inheritdoc ILedgers
    function anchor(
        bytes32 ledger,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof,
        bytes calldata manifestCid
    ) external {
        Ledger storage it = _ledgers[ledger];
        uint64 oldSize = it.size;
        if (msg.sender != it.submitter) {
            if (it.owner == address(0)) revert UnknownLedger(ledger);
            revert NotSubmitter(ledger, msg.sender, it.submitter);
        }
        if (it.closed) revert LedgerClosed(ledger, it.successor);
        if (size <= oldSize) revert SizeNotGrown(ledger, oldSize, size);
        unchecked {
            if (size - oldSize > MAX_BATCH) {
                revert BatchTooLarge(ledger, oldSize, size, MAX_BATCH);
            }
            // One comparison for both ends: a length of zero wraps round.
            if (manifestCid.length - 1 >= MAX_MANIFEST_CID) {
                revert ManifestCidLength(manifestCid.length, MAX_MANIFEST_CID);
            }
        }
        if (root == bytes32(0)) revert ZeroRoot(ledger);
        if (oldSize == 0) {
            if (proof.length != 0) revert NotAnExtension(ledger, 0, 0, size, root);
        } else {
            bytes32 oldRoot = it.roots[oldSize];
            if (!MerkleProof.verifyConsistency(oldSize, oldRoot, size, root, proof)) {
                revert NotAnExtension(ledger, oldSize, oldRoot, size, root);
            }
        }

        bytes32 accumulator = keccak256(
            abi.encode(it.accumulator, ledger, size, root, keccak256(manifestCid), block.timestamp)
        );
        it.size = size;
        it.accumulator = accumulator;
        it.roots[size] = root;
        emit Anchored(ledger, size, root, manifestCid, accumulator);
    }

    /// @inheritdoc ILedgers
    function offerOwnership(bytes32 ledger, address to) external {
        Ledger storage it = _openAndOwned(ledger);
        it.pendingOwner = to;
        emit OwnershipOffered(ledger, to);
    }

    /// @inheritdoc ILedgers
    function takeOwnership(bytes32 ledger) external {
        Ledger storage it = _ledgers[ledger];
        if (it.owner == address(0)) revert UnknownLedger(ledger);
        if (it.closed) revert LedgerClosed(ledger, it.successor);
        if (msg.sender != it.pendingOwner) {
            revert NotPendingOwner(ledger, msg.sender, it.pendingOwner);
        }
        it.owner = msg.sender;
        it.pendingOwner = address(0);
        emit OwnershipTaken(ledger, msg.sender);
    }

    /// @inheritdoc ILedgers
    function setSubmitter(bytes32 ledger, address submitter) external {
        Ledger storage it = _openAndOwned(ledger);
        if (submitter == address(0)) revert ZeroSubmitter(ledger);
        it.submitter = submitter;
        emit SubmitterChanged(ledger, submitter);
    }

    /// @inheritdoc ILedgers
    function close(bytes32 ledger, bytes32 successor) external {
        Ledger storage it = _openAndOwned(ledger);
        if (successor == ledger) revert OwnSuccessor(ledger);
        it.closed = true;
        it.successor = successor;
        it.pendingOwner = address(0);
        emit Closed(ledger, successor);
    }

    /// @inheritdoc ILedgers
    function rootAt(bytes32 ledger, uint64 size) external view returns (bytes32 root) {
        return _ledgers[ledger].roots[size];
    }

    /// @inheritdoc ILedgers
    function sizeOf(bytes32 ledger) external view returns (uint64 size) {
        return _ledgers[ledger].size;
    }

    /// @inheritdoc ILedgers
    function accumulatorOf(bytes32 ledger) external view returns (bytes32 accumulator) {
        return _ledgers[ledger].accumulator;
    }

    /// @inheritdoc ILedgers
    function ownerOf(bytes32 ledger) external view returns (address owner) {
        return _ledgers[ledger].owner;
    }

    /// @inheritdoc ILedgers
    function submitterOf(bytes32 ledger) external view returns (address submitter) {
        return _ledgers[ledger].submitter;
    }

    /// @inheritdoc ILedgers
    function pendingOwnerOf(bytes32 ledger) external view returns (address pendingOwner) {
        return _ledgers[ledger].pendingOwner;
    }

    /// @inheritdoc ILedgers
    function successorOf(bytes32 ledger) external view returns (bool closed, bytes32 successor) {
        Ledger storage it = _ledgers[ledger];
        return (it.closed, it.successor);
    }

    /// @inheritdoc ILedgers
    function verifyInclusion(
        bytes32 ledger,
        uint64 size,
        uint64 index,
        bytes32 leafHash,
        bytes32[] calldata proof
    ) external view returns (bool proven) {
        bytes32 root = _ledgers[ledger].roots[size];
        return root != bytes32(0) && MerkleProof.verifyInclusion(leafHash, index, size, proof, root);
    }

    /// @dev The ledger, if it exists, is open, and the caller owns it; reverts otherwise.
    function _openAndOwned(bytes32 ledger) private view returns (Ledger storage it) {
        it = _ledgers[ledger];
        if (it.owner == address(0)) revert UnknownLedger(ledger);
        if (msg.sender != it.owner) revert NotOwner(ledger, msg.sender, it.owner);
        if (it.closed) revert LedgerClosed(ledger, it.successor);
    }
}
