// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthorKeys} from "./IAuthorKeys.sol";
import {Signatures} from "./Signatures.sol";

/// @title Which keys speak for an author, and what the author took back.
/// @notice See IAuthorKeys. No constructor argument, no immutable, no owner over the whole.
contract AuthorKeys is IAuthorKeys {
    struct Author {
        bytes32 history;
        uint248 nonce;
        bool retired;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant DELEGATE_TYPEHASH = keccak256(
        "Delegate(address author,address delegate,uint8 purposes,uint64 notBefore,uint64 notAfter,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant REVOKE_TYPEHASH =
        keccak256("Revoke(address author,address delegate,uint256 nonce,uint64 deadline)");
    bytes32 private constant WITHDRAW_TYPEHASH =
        keccak256("Withdraw(address author,bytes32 claimId,uint256 nonce,uint64 deadline)");

    /// @dev Claims and process checkpoints: every purpose that there is.
    uint8 private constant ALL_PURPOSES = 3;

    /// @dev The one storage variable, at slot 0: storage proofs are made against this.
    mapping(address who => Author) private _authors;

    /// @inheritdoc IAuthorKeys
    function delegate(address key, uint8 purposes, uint64 notBefore, uint64 notAfter) external {
        _delegate(msg.sender, key, purposes, notBefore, notAfter);
    }

    /// @inheritdoc IAuthorKeys
    function revoke(address key) external {
        _revoke(msg.sender, key);
    }

    /// @inheritdoc IAuthorKeys
    function withdraw(bytes32 claimId) external {
        _withdraw(msg.sender, claimId);
    }

    /// @inheritdoc IAuthorKeys
    function delegateFor(
        address author,
        address key,
        uint8 purposes,
        uint64 notBefore,
        uint64 notAfter,
        uint64 deadline,
        bytes calldata signature
    ) external {
        bytes32 message = keccak256(
            abi.encode(
                DELEGATE_TYPEHASH,
                author,
                key,
                purposes,
                notBefore,
                notAfter,
                _useNonce(author),
                deadline
            )
        );
        _requireSigned(author, message, deadline, signature);
        _delegate(author, key, purposes, notBefore, notAfter);
    }

    /// @inheritdoc IAuthorKeys
    function revokeFor(address author, address key, uint64 deadline, bytes calldata signature)
        external
    {
        bytes32 message =
            keccak256(abi.encode(REVOKE_TYPEHASH, author, key, _useNonce(author), deadline));
        _requireSigned(author, message, deadline, signature);
        _revoke(author, key);
    }

    /// @inheritdoc IAuthorKeys
    function withdrawFor(address author, bytes32 claimId, uint64 deadline, bytes calldata signature)
        external
    {
        bytes32 message =
            keccak256(abi.encode(WITHDRAW_TYPEHASH, author, claimId, _useNonce(author), deadline));
        _requireSigned(author, message, deadline, signature);
        _withdraw(author, claimId);
    }

    /// @inheritdoc IAuthorKeys
    function nonceOf(address author) external view returns (uint256 nonce) {
        return _authors[author].nonce;
    }

    /// @inheritdoc IAuthorKeys
    function historyOf(address author) external view returns (bytes32 history) {
        return _authors[author].history;
    }

    /// @inheritdoc IAuthorKeys
    function retired(address author) external view returns (bool yes) {
        return _authors[author].retired;
    }

    /// @inheritdoc IAuthorKeys
    function domainSeparator() public view returns (bytes32 separator) {
        // Built at each call: the code then has no immutables, so its hash is one everywhere, and
        // a chain that splits in two has two domains.
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256("Sealbook"), keccak256("1"), block.chainid, address(this)
            )
        );
    }

    function _delegate(
        address author,
        address key,
        uint8 purposes,
        uint64 notBefore,
        uint64 notAfter
    ) private {
        if (key == address(0) || key == author) revert NotADelegate(author, key);
        if (purposes == 0 || purposes > ALL_PURPOSES) revert UnknownPurposes(purposes);
        if (notAfter <= notBefore) revert EmptyPeriod(notBefore, notAfter);
        Author storage it = _inOffice(author);
        bytes32 history = keccak256(
            abi.encode(
                it.history,
                Delegated.selector,
                author,
                key,
                purposes,
                notBefore,
                notAfter,
                block.timestamp
            )
        );
        it.history = history;
        emit Delegated(author, key, purposes, notBefore, notAfter, history);
    }

    function _revoke(address author, address key) private {
        Author storage it = _inOffice(author);
        bytes32 history =
            keccak256(abi.encode(it.history, Revoked.selector, author, key, block.timestamp));
        it.history = history;
        if (key == author) it.retired = true;
        emit Revoked(author, key, history);
    }

    function _withdraw(address author, bytes32 claimId) private {
        Author storage it = _inOffice(author);
        bytes32 history =
            keccak256(abi.encode(it.history, Withdrawn.selector, author, claimId, block.timestamp));
        it.history = history;
        emit Withdrawn(author, claimId, history);
    }

    /// @dev The author, unless they retired.
    function _inOffice(address author) private view returns (Author storage it) {
        it = _authors[author];
        if (it.retired) revert AuthorRetired(author);
    }

    /// @dev Used before the signature is judged: a wallet that is asked cannot use it again.
    function _useNonce(address author) private returns (uint256 nonce) {
        Author storage it = _inOffice(author);
        nonce = it.nonce++;
    }

    function _requireSigned(
        address author,
        bytes32 message,
        uint64 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domainSeparator(), message));
        if (!Signatures.signed(author, digest, signature)) revert NotSigned(author, digest);
    }
}
