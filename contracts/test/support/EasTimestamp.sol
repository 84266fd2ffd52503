// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What EAS's `timestamp(bytes32)` does, for gas figures beside ours: one slot, one event.
contract EasTimestamp {
    mapping(bytes32 data => uint64 time) private _timestamps;

    event Timestamped(bytes32 indexed data, uint64 indexed timestamp);

    error AlreadyTimestamped();

    function timestamp(bytes32 data) external returns (uint64) {
        uint64 time = uint64(block.timestamp);
        if (_timestamps[data] != 0) revert AlreadyTimestamped();
        _timestamps[data] = time;
        emit Timestamped(data, time);
        return time;
    }
}
