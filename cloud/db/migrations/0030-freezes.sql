-- Orders of courts, or of the platform's care, that keep a party's share from it: recorded once,
-- lifted once, and applied by the book's writer.
create table freeze_orders (
  id uuid primary key,
  operator_id uuid not null references organisations,
  party_id uuid not null references organisations,
  cause text not null check (cause in ('court', 'risk')),
  -- What the paper is known by.
  document text not null check (length(document) between 1 and 200),
  -- The most that it keeps; null for all that comes, in every currency.
  limit_minor bigint check (limit_minor > 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  from_at timestamptz not null,
  until timestamptz check (until > from_at),
  -- Blinds its leaves in the cloud log.
  salt bytea not null check (length(salt) = 16),
  ordered_by uuid not null references users,
  ordered_for uuid not null references organisations,
  ordered_at timestamptz not null default now(),
  released_by uuid references users,
  released_at timestamptz,
  release_document text check (length(release_document) between 1 and 200),
  -- Journals from the first and before the second are under it; set by the book's writer.
  from_seq bigint check (from_seq >= 1),
  until_seq bigint check (until_seq >= from_seq),
  -- When nothing was left to release.
  settled_at timestamptz,
  check ((limit_minor is null) = (currency is null)),
  check ((released_at is null) = (released_by is null)),
  check ((released_at is null) = (release_document is null))
);
create index freeze_orders_book on freeze_orders (operator_id, ordered_at desc);
create index freeze_orders_live on freeze_orders (operator_id) where until_seq is null;
create index freeze_orders_unsettled on freeze_orders (until) where settled_at is null;
alter table freeze_orders enable row level security;
alter table freeze_orders force row level security;
create policy seen on freeze_orders for select using (
  party_id = current_org() or can_see(operator_id, null, 'finance')
);
grant select on freeze_orders to tillproof_api;

-- Recorded once; its release and its places in the book are added once.
create trigger freeze_orders_immutable before update on freeze_orders for each row
  when ((old.id, old.operator_id, old.party_id, old.cause, old.document, old.limit_minor,
      old.currency, old.from_at, old.until, old.salt, old.ordered_by, old.ordered_for,
      old.ordered_at)
    is distinct from (new.id, new.operator_id, new.party_id, new.cause, new.document,
      new.limit_minor, new.currency, new.from_at, new.until, new.salt, new.ordered_by,
      new.ordered_for, new.ordered_at)
    or old.released_at is not null and (old.released_at, old.released_by, old.release_document)
      is distinct from (new.released_at, new.released_by, new.release_document)
    or old.from_seq is not null and old.from_seq is distinct from new.from_seq
    or old.until_seq is not null and old.until_seq is distinct from new.until_seq)
  execute function money_is_append_only();
create trigger freeze_orders_stay before delete or truncate on freeze_orders
  for each statement execute function money_is_append_only();
revoke delete, truncate on freeze_orders from tillproof_system;
