// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthorKeys} from "../../src/IAuthorKeys.sol";
import {vm, Vm} from "./Vm.sol";

/// @notice Three authors who act at random, and what a verifier makes of the logs alone.
contract AuthorActors {
    IAuthorKeys public immutable KEYS;
    uint256 public constant AUTHORS = 3;

    mapping(address author => bytes32 history) public folded;
    mapping(address author => bool retired) public retiredByLogs;
    mapping(address author => uint256 used) public signedMessages;

    constructor(IAuthorKeys keys) {
        KEYS = keys;
    }

    function author(uint256 which) public pure returns (address) {
        return vm.addr(_key(which));
    }

    function delegate(uint256 who, address key, uint8 purposes, uint64 from, uint64 length)
        external
    {
        if (from > type(uint64).max - 1) return;
        uint64 until = from + 1 + length % (type(uint64).max - from);
        purposes = 1 + purposes % 3;
        bool refused = key == address(0) || key == author(who) || retiredByLogs[author(who)];
        _act(who, abi.encodeCall(IAuthorKeys.delegate, (key, purposes, from, until)), refused);
    }

    /// @dev Seldom the author's own, which ends their part in the run.
    function revoke(uint256 who, uint256 key, uint256 later) external {
        vm.warp(block.timestamp + later % 1 days);
        address revoked = key % 12 == 0 ? author(who) : address(uint160(key));
        bool refused = retiredByLogs[author(who)];
        _act(who, abi.encodeCall(IAuthorKeys.revoke, (revoked)), refused);
    }

    function withdraw(uint256 who, bytes32 claimId) external {
        bool refused = retiredByLogs[author(who)];
        _act(who, abi.encodeCall(IAuthorKeys.withdraw, (claimId)), refused);
    }

    function withdrawSigned(uint256 who, uint256 signer, bytes32 claimId) external {
        address by = author(who);
        uint256 nonce = KEYS.nonceOf(by);
        bytes32 kind =
            keccak256("Withdraw(address author,bytes32 claimId,uint256 nonce,uint64 deadline)");
        uint64 deadline = uint64(block.timestamp);
        bytes32 message = keccak256(abi.encode(kind, by, claimId, nonce, deadline));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", KEYS.domainSeparator(), message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(signer), digest);
        bool refused = retiredByLogs[by] || author(signer) != by;
        _act(
            who,
            abi.encodeCall(
                IAuthorKeys.withdrawFor, (by, claimId, deadline, abi.encodePacked(r, s, v))
            ),
            refused
        );
        if (!refused) ++signedMessages[by];
    }

    function _act(uint256 who, bytes memory data, bool refused) private {
        vm.recordLogs();
        vm.prank(author(who));
        (bool done,) = address(KEYS).call(data);
        require(done != refused, "done and refused must differ");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        require(logs.length == (done ? 1 : 0), "one act, one event");
        if (done) _fold(logs[0]);
    }

    /// @dev The rule of historyOf, applied to a log: topic 0, the author, the other arguments.
    function _fold(Vm.Log memory log) private {
        address by = address(uint160(uint256(log.topics[1])));
        bytes memory head = abi.encode(folded[by], log.topics[0], by, log.topics[2]);
        bytes32 said;
        bytes memory rest;
        if (log.topics[0] == IAuthorKeys.Delegated.selector) {
            (uint256 purposes, uint256 from, uint256 until, bytes32 history) =
                abi.decode(log.data, (uint256, uint256, uint256, bytes32));
            rest = abi.encode(purposes, from, until);
            said = history;
        } else {
            said = abi.decode(log.data, (bytes32));
        }
        folded[by] = keccak256(bytes.concat(head, rest, abi.encode(block.timestamp)));
        require(folded[by] == said, "the event says another history");
        if (log.topics[0] == IAuthorKeys.Revoked.selector && log.topics[2] == log.topics[1]) {
            retiredByLogs[by] = true;
        }
    }

    function _key(uint256 which) private pure returns (uint256) {
        return 0xA11CE + which % AUTHORS;
    }
}
