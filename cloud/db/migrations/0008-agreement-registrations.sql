-- Fully signed versions on their way to the registry contract, and those that stand there. The
-- contract is a row of anchor_contracts whose origin_hash is SHA-256 of the cloud's name. The
-- transaction is saved before it is sent; at most one of a contract is on its way, so nonces never
-- leave a gap. A version that somebody else registered has no transaction of ours.
create table agreement_registrations (
  id bigint generated always as identity primary key,
  contract_id bigint not null references anchor_contracts (id),
  operator_id uuid not null references organisations,
  agreement_id uuid not null,
  version int not null,
  party_ids uuid[] not null,
  -- The EIP-712 digest that the parties signed.
  digest bytea not null check (octet_length(digest) = 32),
  nonce bigint,
  gas_price numeric(78, 0),
  raw_transaction text,
  -- Every transaction sent for this nonce, oldest first: any of them may be the one mined.
  transaction_hashes text[] not null default '{}',
  state text not null check (state in ('submitted', 'mined', 'final', 'failed')),
  block_number bigint,
  block_hash text,
  mined_transaction text,
  submitted_at timestamptz not null default now(),
  sent_at timestamptz,
  final_at timestamptz,
  failure text,
  foreign key (operator_id, agreement_id, version) references agreements,
  check (num_nulls(nonce, gas_price, raw_transaction) in (0, 3)),
  check ((raw_transaction is null) = (cardinality(transaction_hashes) = 0)),
  check (state not in ('submitted', 'mined') or raw_transaction is not null),
  check (state <> 'mined'
    or (block_number is not null and block_hash is not null and mined_transaction is not null)),
  check ((state = 'final') = (final_at is not null)),
  check ((state = 'failed') = (failure is not null))
);
create unique index agreement_registrations_one_on_its_way on agreement_registrations (contract_id)
  where state in ('submitted', 'mined');
create unique index agreement_registrations_once
  on agreement_registrations (contract_id, operator_id, agreement_id, version)
  where state <> 'failed';
create index agreement_registrations_of
  on agreement_registrations (operator_id, agreement_id, version, id);

alter table agreement_registrations enable row level security;
alter table agreement_registrations force row level security;
create policy seen on agreement_registrations for select
  using (operator_id = current_org() or current_org() = any (party_ids));
grant select on agreement_registrations to tillproof_api;
