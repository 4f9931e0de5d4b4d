// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Keeps which terms the parties of an agreement signed, where nobody can take them back.
///
/// The terms come as EIP-712 typed data, the very struct that a wallet showed to its owner. The
/// contract computes the digest itself and checks one signature for each party, so what stands
/// here was signed by everybody it names. Digests are stored, not only emitted: `eth_getProof`
/// proves one offline. The owner names who may register, because the first to come takes an
/// agreement's version for good; it can neither change nor remove what stands.
contract AgreementRegistry {
    struct Party {
        string organisationId;
        string role;
        address signer;
    }

    /// `termsHash` stands for all of the terms; parties and script are what a wallet shows of them.
    struct Agreement {
        string agreementId;
        uint32 version;
        Party[] parties;
        string script;
        bytes32 termsHash;
    }

    bytes private constant PARTY = "Party(string organisationId,string role,address signer)";
    bytes private constant AGREEMENT =
        "Agreement(string agreementId,uint32 version,Party[] parties,string script,"
        "bytes32 termsHash)";

    /// Half the order of secp256k1: of the two forms of a signature only the lower one counts.
    uint256 private constant HALF_ORDER =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    address public immutable owner;
    bytes32 public immutable domainSeparator;

    mapping(address sender => bool) public allowed;
    /// By SHA-256 of the agreement's id and by version; zero when there is none.
    mapping(bytes32 idHash => mapping(uint32 version => bytes32)) public digestAt;

    event Registered(bytes32 indexed idHash, uint32 indexed version, bytes32 digest);
    event SenderChanged(address indexed sender, bool allowed);

    error NotOwner(address sender);
    error NotAllowed(address sender);
    error AlreadyRegistered(bytes32 digest);
    error NoParties();
    error OneSignatureEach(uint256 parties, uint256 signatures);
    error NotSignedBy(address signer);

    /// `cloudHash` is SHA-256 of the cloud's name, the salt of its agreements' EIP-712 domain.
    constructor(bytes32 cloudHash, address sender) {
        owner = msg.sender;
        domainSeparator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,bytes32 salt)"),
                keccak256("Tillproof Agreement"),
                keccak256("2"),
                cloudHash
            )
        );
        allowed[sender] = true;
        emit SenderChanged(sender, true);
    }

    /// Lets `sender` register agreements, or stops it. What stands is untouched.
    function setSender(address sender, bool isAllowed) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        allowed[sender] = isAllowed;
        emit SenderChanged(sender, isAllowed);
    }

    /// Stores the digest of one version. `signatures` are in the order of the parties, 65 bytes
    /// each: r, s, v.
    function register(Agreement calldata agreement, bytes[] calldata signatures) external {
        if (!allowed[msg.sender]) revert NotAllowed(msg.sender);
        bytes32 idHash = sha256(bytes(agreement.agreementId));
        bytes32 standing = digestAt[idHash][agreement.version];
        if (standing != bytes32(0)) revert AlreadyRegistered(standing);
        bytes32 digest = digestOf(agreement);
        requireSigned(agreement.parties, signatures, digest);
        digestAt[idHash][agreement.version] = digest;
        emit Registered(idHash, agreement.version, digest);
    }

    /// What each party signs for these terms.
    function digestOf(Agreement calldata agreement) public view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domainSeparator, hashAgreement(agreement)));
    }

    function requireSigned(Party[] calldata parties, bytes[] calldata signatures, bytes32 digest)
        private
        pure
    {
        if (parties.length == 0) revert NoParties();
        if (parties.length != signatures.length) {
            revert OneSignatureEach(parties.length, signatures.length);
        }
        for (uint256 i = 0; i < parties.length; i++) {
            address signer = parties[i].signer;
            if (signer == address(0) || recover(digest, signatures[i]) != signer) {
                revert NotSignedBy(signer);
            }
        }
    }

    /// The signer's address, or zero when these bytes are no signature.
    function recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 r = bytes32(signature[:32]);
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(digest, uint8(signature[64]), r, s);
    }

    function hashAgreement(Agreement calldata agreement) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(bytes.concat(AGREEMENT, PARTY)),
                keccak256(bytes(agreement.agreementId)),
                agreement.version,
                hashParties(agreement.parties),
                keccak256(bytes(agreement.script)),
                agreement.termsHash
            )
        );
    }

    function hashParties(Party[] calldata parties) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](parties.length);
        for (uint256 i = 0; i < parties.length; i++) {
            hashes[i] = keccak256(
                abi.encode(
                    keccak256(PARTY),
                    keccak256(bytes(parties[i].organisationId)),
                    keccak256(bytes(parties[i].role)),
                    parties[i].signer
                )
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
