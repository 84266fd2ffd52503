// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which keys speak for an author, and what the author took back.
/// @notice An author is an address on this chain, their home chain. Here they let another key sign
/// for them, for a purpose and a time, take that back, retire their own key, and withdraw claims.
/// Everybody speaks for themselves only; nobody owns the whole. What a delegation, a revocation or
/// a withdrawal is worth is judged off chain, from the events and their blocks.
interface IAuthorKeys {
    /// @notice An author let another key sign for them.
    /// @param author who
    /// @param delegate the key's address
    /// @param purposes 1 signs claims, 2 signs process checkpoints, 3 signs both
    /// @param notBefore Unix seconds from which it may
    /// @param notAfter Unix seconds until which it may
    /// @param history the author's history after this event
    event Delegated(
        address indexed author,
        address indexed delegate,
        uint8 purposes,
        uint64 notBefore,
        uint64 notAfter,
        bytes32 history
    );

    /// @notice A key does not sign for an author any more.
    /// @param author who
    /// @param delegate the key's address; the author's own when they retired it
    /// @param history the author's history after this event
    event Revoked(address indexed author, address indexed delegate, bytes32 history);

    /// @notice Somebody withdrew a claim; off chain is judged whether it was theirs.
    /// @param author who
    /// @param claimId the claim's EIP-712 digest
    /// @param history the author's history after this event
    event Withdrawn(address indexed author, bytes32 indexed claimId, bytes32 history);

    /// @notice The author retired: nothing can be done in their name any more.
    /// @param author who
    error AuthorRetired(address author);

    /// @notice A delegate is another account than the author, and not zero.
    /// @param author who
    /// @param delegate the key's address
    error NotADelegate(address author, address delegate);

    /// @notice Purposes are 1 (claims), 2 (process checkpoints) or 3 (both).
    /// @param purposes what was given
    error UnknownPurposes(uint8 purposes);

    /// @notice A delegation must end after it begins.
    /// @param notBefore its first second
    /// @param notAfter its last second
    error EmptyPeriod(uint64 notBefore, uint64 notAfter);

    /// @notice The signed message was to be used by an earlier time.
    /// @param deadline the last second at which it could be used
    /// @param time the block's
    error Expired(uint64 deadline, uint256 time);

    /// @notice The author did not sign this, or not with the nonce that is theirs now.
    /// @param author who should have signed
    /// @param digest the EIP-712 digest that they should have signed
    error NotSigned(address author, bytes32 digest);

    /// @notice Let another key sign for the caller. It can neither delegate nor withdraw.
    /// @param key the delegate's address
    /// @param purposes 1 signs claims, 2 signs process checkpoints, 3 signs both
    /// @param notBefore Unix seconds from which it may
    /// @param notAfter Unix seconds until which it may, later than `notBefore`
    function delegate(address key, uint8 purposes, uint64 notBefore, uint64 notAfter) external;

    /// @notice Let a key sign for the caller no more.
    /// @dev Naming the caller themselves retires them for good: it cannot be undone, and neither
    /// their key nor their wallet's code acts here again. So revoke delegates first.
    /// @param key the delegate's address
    function revoke(address key) external;

    /// @notice Withdraw a claim of the caller's.
    /// @param claimId the claim's EIP-712 digest
    function withdraw(bytes32 claimId) external;

    /// @notice `delegate`, signed by the author and sent by anybody, so that the author needs no gas.
    /// @dev Delegate(address author,address delegate,uint8 purposes,uint64 notBefore,uint64
    /// notAfter,uint256 nonce,uint64 deadline), where nonce is nonceOf(author).
    /// @param author who signed
    /// @param key the delegate's address
    /// @param purposes 1 signs claims, 2 signs process checkpoints, 3 signs both
    /// @param notBefore Unix seconds from which it may
    /// @param notAfter Unix seconds until which it may, later than `notBefore`
    /// @param deadline the last second at which this can be sent
    /// @param signature 65 bytes r, s, v with low s and v 27 or 28; or what the author's EIP-1271
    /// wallet accepts
    function delegateFor(
        address author,
        address key,
        uint8 purposes,
        uint64 notBefore,
        uint64 notAfter,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice `revoke`, signed by the author and sent by anybody.
    /// @dev Revoke(address author,address delegate,uint256 nonce,uint64 deadline)
    /// @param author who signed
    /// @param key the delegate's address; the author's own retires them for good
    /// @param deadline the last second at which this can be sent
    /// @param signature as for delegateFor
    function revokeFor(address author, address key, uint64 deadline, bytes calldata signature)
        external;

    /// @notice `withdraw`, signed by the author and sent by anybody.
    /// @dev Withdraw(address author,bytes32 claimId,uint256 nonce,uint64 deadline)
    /// @param author who signed
    /// @param claimId the claim's EIP-712 digest
    /// @param deadline the last second at which this can be sent
    /// @param signature as for delegateFor
    function withdrawFor(address author, bytes32 claimId, uint64 deadline, bytes calldata signature)
        external;

    /// @notice How many signed messages of an author were used: the nonce of the next.
    /// @param author who
    /// @return nonce it goes up by one with each
    function nonceOf(address author) external view returns (uint256 nonce);

    /// @notice One hash over all events of an author, in order: whoever knows it misses none.
    /// @dev h = keccak256(abi.encode(h, topic 0 of the event, author, the event's other arguments
    /// without history, block.timestamp)) at each event, from zero.
    /// @param author who
    /// @return history zero when they never did anything here
    function historyOf(address author) external view returns (bytes32 history);

    /// @notice The EIP-712 domain separator, for this chain and this contract.
    /// @return separator of {name "Sealbook", version "1", chainId, verifyingContract}
    function domainSeparator() external view returns (bytes32 separator);

    /// @notice Whether an author retired their own key.
    /// @param author who
    /// @return yes for good
    function retired(address author) external view returns (bool yes);
}
