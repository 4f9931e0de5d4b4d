-- What proves an anchor without its chain: the header of its block, and the trie nodes from that
-- block's state root to the root in the contract, as eth_getProof gave them. All three or none:
-- a chain without eth_getProof (FISCO BCOS), or a node that dropped the state, has none.
alter table anchors
  add column header bytea check (octet_length(header) <= 65536),
  add column account_proof bytea[],
  add column storage_proof bytea[],
  add constraint anchors_state_whole check (
    num_nulls(header, account_proof, storage_proof) in (0, 3)
    and (header is null or state in ('final', 'failed')));
