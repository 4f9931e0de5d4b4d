// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Keeps the roots of transparency logs where nobody can take them back.
///
/// A log is named by the SHA-256 of its checkpoint origin. Roots are stored, not only emitted, so
/// that `eth_getProof` proves an anchor offline. The owner names who may anchor which log; it
/// cannot change or remove a root, and nobody can anchor a size at or below the latest one.
contract CheckpointAnchor {
    address public immutable owner;

    mapping(bytes32 originHash => mapping(address sender => bool)) public allowed;
    mapping(bytes32 originHash => uint64 size) public latestSize;
    mapping(bytes32 originHash => mapping(uint64 size => bytes32)) public rootAt;

    event Anchored(bytes32 indexed originHash, uint64 indexed size, bytes32 root);
    event SenderChanged(bytes32 indexed originHash, address indexed sender, bool allowed);

    error NotOwner(address sender);
    error NotAllowed(address sender);
    error NotNewer(uint64 latest, uint64 offered);
    error EmptyRoot();

    /// The deployer owns the contract; `sender` may anchor the log `originHash` from the start.
    constructor(bytes32 originHash, address sender) {
        owner = msg.sender;
        allowed[originHash][sender] = true;
        emit SenderChanged(originHash, sender, true);
    }

    /// Lets `sender` anchor the log `originHash`, or stops it. Roots that stand are untouched.
    function setSender(bytes32 originHash, address sender, bool isAllowed) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        allowed[originHash][sender] = isAllowed;
        emit SenderChanged(originHash, sender, isAllowed);
    }

    /// Stores the root of the log's first `size` leaves. Sizes only grow; zero is no checkpoint,
    /// and a zero root could not be told from an absent one.
    function anchor(bytes32 originHash, uint64 size, bytes32 root) external {
        if (!allowed[originHash][msg.sender]) revert NotAllowed(msg.sender);
        uint64 latest = latestSize[originHash];
        if (size <= latest) revert NotNewer(latest, size);
        if (root == bytes32(0)) revert EmptyRoot();
        latestSize[originHash] = size;
        rootAt[originHash][size] = root;
        emit Anchored(originHash, size, root);
    }
}
