-- Evidence: the cloud's transparency log, its checkpoints and their anchors.
-- The log is public by design and holds hashes and signed heads only, nothing of a tenant's: hence
-- no operator_id and no row-level security here. Producers stage; the sequencer alone numbers.

-- One row: the committed tree. `epoch` fences: whoever claims the log raises it, and a writer
-- with an older one finds no row to move. `peaks` are the roots of the perfect subtrees.
create table log_heads (
  only_row boolean primary key default true check (only_row),
  origin text not null,
  epoch bigint not null check (epoch > 0),
  holder text not null,
  lease_until timestamptz not null,
  size bigint not null check (size >= 0),
  peaks bytea not null
);

-- Leaves that a committed transaction promised to the log, not yet numbered.
create table log_staged (
  id bigint generated always as identity primary key,
  type text not null check (type ~ '^[a-z][a-z-]{1,39}$'),
  body bytea not null check (octet_length(body) between 1 and 60000),
  ref text,
  staged_at timestamptz not null default now()
);

-- Numbered leaves. `entry` is what the tree hashes: "tillproof/<type>/v1" newline body.
create table log_leaves (
  log_index bigint primary key check (log_index >= 0),
  staged_id bigint not null unique,
  type text not null,
  ref text,
  entry bytea not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  sequenced_at timestamptz not null default now()
);
create index log_leaves_by_hash on log_leaves (leaf_hash);
create index log_leaves_by_ref on log_leaves (type, ref) where ref is not null;

-- Hash tiles as in tlog-tiles: up to 256 hashes; narrower ones are prefixes of what lies here.
create table log_tiles (
  level smallint not null check (level between 0 and 63),
  tile_index bigint not null check (tile_index >= 0),
  hashes bytea not null
    check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (level, tile_index)
);

-- Signed checkpoints: at most one waits for its witnesses, the others are published.
-- `note` of a published one carries its cosignatures.
create table log_checkpoints (
  size bigint primary key check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  state text not null check (state in ('pending', 'published')),
  signed_at timestamptz not null default now(),
  published_at timestamptz,
  cosignatures integer not null default 0,
  check ((state = 'published') = (published_at is not null))
);
create unique index log_checkpoints_one_pending on log_checkpoints (state)
  where state = 'pending';

create table log_cosignatures (
  size bigint not null references log_checkpoints (size) on delete cascade,
  witness text not null,
  line text not null,
  received_at timestamptz not null default now(),
  primary key (size, witness)
);

-- What a witness last told about its size, so that the next request starts where it stands.
create table log_witness_sizes (
  witness text primary key,
  size bigint not null check (size >= 0),
  heard_at timestamptz not null default now()
);

-- Contracts this cloud deployed, or was told to use (no transaction). The one not lost is in use.
create table anchor_contracts (
  id bigint generated always as identity primary key,
  chain_id bigint not null,
  origin_hash bytea not null check (octet_length(origin_hash) = 32),
  address text not null,
  nonce bigint,
  raw_transaction text check ((raw_transaction is null) = (nonce is null)),
  state text not null check (state in ('submitted', 'deployed', 'lost')),
  created_at timestamptz not null default now()
);
create unique index anchor_contracts_one_live on anchor_contracts (chain_id, origin_hash)
  where state <> 'lost';

-- Checkpoints on their way to the chain. The transaction is saved before it is sent; at most one
-- of a contract is on its way, so nonces never leave a gap.
create table anchors (
  id bigint generated always as identity primary key,
  contract_id bigint not null references anchor_contracts (id),
  size bigint not null references log_checkpoints (size),
  root bytea not null check (octet_length(root) = 32),
  nonce bigint not null,
  gas_price numeric(78, 0) not null,
  raw_transaction text not null,
  -- Every transaction sent for this nonce, oldest first: any of them may be the one mined.
  transaction_hashes text[] not null check (cardinality(transaction_hashes) > 0),
  state text not null check (state in ('submitted', 'mined', 'final', 'failed')),
  block_number bigint,
  block_hash text,
  mined_transaction text,
  submitted_at timestamptz not null default now(),
  sent_at timestamptz,
  final_at timestamptz,
  failure text,
  check (state not in ('mined', 'final') or (block_number is not null and block_hash is not null
    and mined_transaction is not null)),
  check ((state = 'final') = (final_at is not null)),
  check ((state = 'failed') = (failure is not null))
);
create unique index anchors_one_on_its_way on anchors (contract_id)
  where state in ('submitted', 'mined');
create index anchors_final on anchors (contract_id, size) where state = 'final';

-- Numbered leaves and full tiles stay; a head and a tile only grow.
create function log_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only: % on % refused', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end $$;
create trigger log_leaves_append_only before update or delete on log_leaves
  for each row execute function log_is_append_only();
create trigger log_heads_only_grow before update on log_heads
  for each row when (new.size < old.size or new.epoch < old.epoch or new.origin <> old.origin)
  execute function log_is_append_only();
create trigger log_tiles_only_grow before update on log_tiles
  for each row when (substring(new.hashes for octet_length(old.hashes)) <> old.hashes)
  execute function log_is_append_only();

-- Anyone may read the log; producers of every kind stage; nobody, the sequencer included, rewrites.
grant select on log_heads, log_leaves, log_tiles, log_checkpoints, log_cosignatures,
  log_witness_sizes, anchor_contracts, anchors to tillproof_api;
grant select, insert on log_staged to tillproof_api;
revoke update, delete on log_leaves from tillproof_system;
revoke delete on log_heads, log_tiles from tillproof_system;
