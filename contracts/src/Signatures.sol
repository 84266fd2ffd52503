// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Whether an account signed a digest: by its own key first, else by its contract's word.
/// @notice ECDSA in the one strict form, then EIP-1271, so that an EIP-7702 account works either way.
library Signatures {
    /// @dev Half of the secp256k1 order: a higher s is the same signature written twice (EIP-2).
    uint256 private constant MAX_S =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev isValidSignature(bytes32,bytes), which is also what a wallet answers (EIP-1271).
    bytes4 private constant IS_VALID_SIGNATURE = 0x1626ba7e;

    /// @notice Whether `signer` signed `digest`.
    /// @param signer an account: a key's address or a contract
    /// @param digest the 32 bytes that were signed
    /// @param signature 65 bytes r, s, v with low s and v 27 or 28; or what the wallet accepts
    /// @return yes false for whatever is malformed
    function signed(address signer, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool yes)
    {
        return _byKey(signer, digest, signature) || _byContract(signer, digest, signature);
    }

    function _byKey(address signer, bytes32 digest, bytes calldata signature)
        private
        pure
        returns (bool)
    {
        if (signature.length != 65) return false;
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (uint256(s) > MAX_S || (v != 27 && v != 28)) return false;
        // ecrecover says zero when there is no such key: zero has never signed anything.
        return signer != address(0) && ecrecover(digest, v, r, s) == signer;
    }

    function _byContract(address signer, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool)
    {
        if (signer.code.length == 0) return false;
        // A low-level call: what a broken wallet answers, or reverts with, is a no, not our revert.
        (bool answered, bytes memory answer) =
            signer.staticcall(abi.encodeWithSelector(IS_VALID_SIGNATURE, digest, signature));
        return answered && answer.length >= 32
            && abi.decode(answer, (bytes32)) == bytes32(IS_VALID_SIGNATURE);
    }
}
