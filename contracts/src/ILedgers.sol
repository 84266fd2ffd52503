// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Append-only ledgers of hashes, anchored by proof.
/// @notice Each ledger is an RFC 9162 SHA-256 tree whose checkpoints (size, root) are anchored
/// here. A checkpoint is accepted only with a proof that it extends the last one, so nothing that
/// was anchored can be taken back, by its owner neither. Nobody owns the whole.
interface ILedgers {
    /// @notice A ledger came to be, empty.
    /// @param ledger its id
    /// @param owner who made it, and names its submitter
    /// @param submitter the account that may anchor
    event Created(bytes32 indexed ledger, address indexed owner, address submitter);

    /// @notice A checkpoint was anchored.
    /// @param ledger the ledger's id
    /// @param size how many leaves its tree now has
    /// @param root the RFC 9162 root of those leaves
    /// @param manifestCid the binary CIDv1 of the manifest that lists the new leaves
    /// @param accumulator the ledger's accumulator after this anchor
    event Anchored(
        bytes32 indexed ledger,
        uint64 indexed size,
        bytes32 root,
        bytes manifestCid,
        bytes32 accumulator
    );

    /// @notice The owner offered the ledger to another account, which has yet to take it.
    /// @param ledger the ledger's id
    /// @param to who may take it; zero when the offer was withdrawn
    event OwnershipOffered(bytes32 indexed ledger, address indexed to);

    /// @notice The ledger has a new owner.
    /// @param ledger the ledger's id
    /// @param owner who took it
    event OwnershipTaken(bytes32 indexed ledger, address indexed owner);

    /// @notice Another account anchors from now on.
    /// @param ledger the ledger's id
    /// @param submitter the account that may anchor
    event SubmitterChanged(bytes32 indexed ledger, address indexed submitter);

    /// @notice The ledger was closed for good: its checkpoints stay, no other follows.
    /// @param ledger the ledger's id
    /// @param successor the ledger that goes on, perhaps on another chain; zero for none
    event Closed(bytes32 indexed ledger, bytes32 indexed successor);

    /// @notice No such ledger was created here.
    /// @param ledger the id that was asked for
    error UnknownLedger(bytes32 ledger);

    /// @notice The caller already made a ledger with this salt.
    /// @param ledger the id that it has
    error LedgerExists(bytes32 ledger);

    /// @notice The ledger is closed: nothing about it changes any more.
    /// @param ledger the ledger's id
    /// @param successor where to go on; zero for nowhere
    error LedgerClosed(bytes32 ledger, bytes32 successor);

    /// @notice Only the owner may do this.
    /// @param ledger the ledger's id
    /// @param caller who tried
    /// @param owner who may
    error NotOwner(bytes32 ledger, address caller, address owner);

    /// @notice Only the account to which the ledger was offered may take it.
    /// @param ledger the ledger's id
    /// @param caller who tried
    /// @param pendingOwner who may; zero when nobody was offered it
    error NotPendingOwner(bytes32 ledger, address caller, address pendingOwner);

    /// @notice Only the submitter may anchor.
    /// @param ledger the ledger's id
    /// @param caller who tried
    /// @param submitter who may
    error NotSubmitter(bytes32 ledger, address caller, address submitter);

    /// @notice A ledger needs an account that may anchor.
    /// @param ledger the ledger's id
    error ZeroSubmitter(bytes32 ledger);

    /// @notice A ledger cannot succeed itself.
    /// @param ledger the ledger's id
    error OwnSuccessor(bytes32 ledger);

    /// @notice A checkpoint must hold more leaves than the last.
    /// @param ledger the ledger's id
    /// @param oldSize leaves in the last checkpoint
    /// @param size leaves in the one refused
    error SizeNotGrown(bytes32 ledger, uint64 oldSize, uint64 size);

    /// @notice One checkpoint may add only so many leaves, so that its manifest can be read.
    /// @param ledger the ledger's id
    /// @param oldSize leaves in the last checkpoint
    /// @param size leaves in the one refused
    /// @param limit leaves that one checkpoint may add
    error BatchTooLarge(bytes32 ledger, uint64 oldSize, uint64 size, uint64 limit);

    /// @notice A manifest's CID has at least one byte and at most `limit`.
    /// @param length bytes that were given
    /// @param limit bytes that may be given
    error ManifestCidLength(uint256 length, uint256 limit);

    /// @notice Zero is no root: here it means that nothing was anchored.
    /// @param ledger the ledger's id
    error ZeroRoot(bytes32 ledger);

    /// @notice The proof does not show the last checkpoint to be a prefix of this one.
    /// @param ledger the ledger's id
    /// @param oldSize leaves in the last checkpoint
    /// @param oldRoot its root
    /// @param size leaves in the one refused
    /// @param root its root
    error NotAnExtension(
        bytes32 ledger, uint64 oldSize, bytes32 oldRoot, uint64 size, bytes32 root
    );

    /// @notice Make an empty ledger, owned by the caller.
    /// @dev The id binds chain, contract and creator: nobody can take it first, nor use it elsewhere.
    /// @param salt any 32 bytes that the caller has not used yet
    /// @param submitter the account that may anchor
    /// @return ledger keccak256(abi.encode(block.chainid, address(this), msg.sender, salt))
    function create(bytes32 salt, address submitter) external returns (bytes32 ledger);

    /// @notice Anchor the next checkpoint. Submitter only.
    /// @param ledger the ledger's id
    /// @param size leaves in the new tree: more than before, by at most 2^20
    /// @param root the new tree's RFC 9162 root
    /// @param proof RFC 9162 §2.1.4 consistency proof from the last checkpoint; empty for the first
    /// @param manifestCid the binary CIDv1 of the batch's manifest, 1 to 64 bytes
    function anchor(
        bytes32 ledger,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof,
        bytes calldata manifestCid
    ) external;

    /// @notice Offer the ledger to another account. Owner only; not when closed.
    /// @dev A second offer takes the place of the first.
    /// @param ledger the ledger's id
    /// @param to who may take it; zero withdraws the offer
    function offerOwnership(bytes32 ledger, address to) external;

    /// @notice Take a ledger that was offered to the caller. Not when closed.
    /// @dev The submitter stays: the new owner changes it when it should go.
    /// @param ledger the ledger's id
    function takeOwnership(bytes32 ledger) external;

    /// @notice Let another account anchor, and the present one no more. Owner only; not when closed.
    /// @param ledger the ledger's id
    /// @param submitter the account that may anchor
    function setSubmitter(bytes32 ledger, address submitter) external;

    /// @notice Close a ledger for good. Owner only. An open offer of it lapses.
    /// @dev The answer to a thief of the submitter's key who anchors a root that nobody can extend.
    /// @param ledger the ledger's id
    /// @param successor the ledger that goes on, perhaps on another chain, so unchecked; zero for none
    function close(bytes32 ledger, bytes32 successor) external;

    /// @notice The root that was anchored at a size.
    /// @param ledger the ledger's id
    /// @param size leaves in the checkpoint
    /// @return root zero if no checkpoint of that size was anchored
    function rootAt(bytes32 ledger, uint64 size) external view returns (bytes32 root);

    /// @notice How many leaves the last checkpoint holds.
    /// @param ledger the ledger's id
    /// @return size zero when empty or unknown
    function sizeOf(bytes32 ledger) external view returns (uint64 size);

    /// @notice One hash over all anchors of a ledger, in order: whoever knows it misses none.
    /// @dev h = keccak256(abi.encode(h, ledger, size, root, keccak256(manifestCid),
    /// block.timestamp)) at each anchor, from zero.
    /// @param ledger the ledger's id
    /// @return accumulator zero when empty or unknown
    function accumulatorOf(bytes32 ledger) external view returns (bytes32 accumulator);

    /// @notice Who owns a ledger.
    /// @param ledger the ledger's id
    /// @return owner zero when unknown
    function ownerOf(bytes32 ledger) external view returns (address owner);

    /// @notice Who may anchor.
    /// @param ledger the ledger's id
    /// @return submitter zero when unknown
    function submitterOf(bytes32 ledger) external view returns (address submitter);

    /// @notice Who was offered a ledger and has not taken it.
    /// @param ledger the ledger's id
    /// @return pendingOwner zero for nobody
    function pendingOwnerOf(bytes32 ledger) external view returns (address pendingOwner);

    /// @notice Whether a ledger is closed, and what goes on in its place.
    /// @param ledger the ledger's id
    /// @return closed whether it is
    /// @return successor the ledger named when it was closed; zero for none
    function successorOf(bytes32 ledger) external view returns (bool closed, bytes32 successor);

    /// @notice Whether a leaf is in a past checkpoint, by an RFC 9162 §2.1.3 inclusion proof.
    /// @dev A leaf hash proves its index only in the checkpoint's own size, which is why the size
    /// chooses the root.
    /// @param ledger the ledger's id
    /// @param size leaves in the checkpoint
    /// @param index the leaf's place, from zero
    /// @param leafHash the leaf's hash
    /// @param proof the sibling nodes, from the leaf up
    /// @return proven false too when no such checkpoint was anchored
    function verifyInclusion(
        bytes32 ledger,
        uint64 size,
        uint64 index,
        bytes32 leafHash,
        bytes32[] calldata proof
    ) external view returns (bool proven);
}
