-- What agreements remember between sales, and who holds their participations.

-- What each agreement remembers of an account: shared/src/agreement/tally.ts. Written by the book's
-- writer with the batch that changes it, rebuilt from the journals by the checker.
create table tallies (
  operator_id uuid not null references books,
  agreement_id uuid not null,
  account text not null check (length(account) <= 160),
  -- Number of the day or month from 1970, in the agreement's own time.
  period int not null,
  gross_minor bigint not null,
  paid_minor bigint not null,
  carried_minor bigint not null check (carried_minor >= 0),
  primary key (operator_id, agreement_id, account)
);
call protect_tenant_table('tallies', scope => 'finance');

-- Transfers of participations, each signed by both sides: docs/wire/agreement.md. Everybody who is
-- a side of one, and every party of the agreement, sees it; nobody changes it.
create table transfers (
  operator_id uuid not null references organisations,
  transfer_id uuid not null,
  agreement_id uuid not null,
  -- The document, and SHA-256 over its specified bytes.
  document jsonb not null,
  hash bytea not null check (length(hash) = 32),
  party_ids uuid[] not null check (cardinality(party_ids) > 0),
  proposed_by uuid not null references users,
  proposed_at timestamptz not null default now(),
  -- The later of its own time and the last signature; null until both sides have signed.
  effective_from timestamptz,
  primary key (operator_id, transfer_id),
  unique (transfer_id)
);
create index transfers_of_agreement on transfers (operator_id, agreement_id);
alter table transfers enable row level security;
alter table transfers force row level security;
create policy seen on transfers for select
  using (operator_id = current_org() or current_org() = any (party_ids));
grant select on transfers to tillproof_api;

create table transfer_signatures (
  operator_id uuid not null references organisations,
  transfer_id uuid not null,
  organisation_id uuid not null references organisations,
  party_ids uuid[] not null,
  signature text not null check (signature ~ '^0x[0-9a-f]{130}$'),
  signed_by uuid not null references users,
  signed_at timestamptz not null,
  primary key (operator_id, transfer_id, organisation_id),
  foreign key (operator_id, transfer_id) references transfers
);
alter table transfer_signatures enable row level security;
alter table transfer_signatures force row level security;
create policy seen on transfer_signatures for select
  using (operator_id = current_org() or current_org() = any (party_ids));
grant select on transfer_signatures to tillproof_api;

create trigger append_only before update or delete or truncate on transfer_signatures
  for each statement execute function money_is_append_only();
revoke update, delete, truncate on transfer_signatures from tillproof_system;
create trigger transfers_immutable before update on transfers for each row
  when (old.effective_from is not null or (old.operator_id, old.transfer_id, old.agreement_id,
    old.document, old.hash, old.party_ids, old.proposed_by, old.proposed_at)
    is distinct from (new.operator_id, new.transfer_id, new.agreement_id,
    new.document, new.hash, new.party_ids, new.proposed_by, new.proposed_at))
  execute function money_is_append_only();
create trigger transfers_stay before delete or truncate on transfers
  for each statement execute function money_is_append_only();
revoke delete, truncate on transfers from tillproof_system;
