-- Money: what customers pay, what it was matched with, under which agreement it is split, and the
-- double-entry ledger. A book is one operator's, and its id is the operator's: operator_id comes
-- first in every key of a book, so that books can be spread over the nodes of a distributed database.

-- What a customer wants to pay at a machine. The id is made and saved before the payment company
-- hears of it.
create table orders (
  id uuid primary key,
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  channel text not null check (channel ~ '^[a-z][a-z0-9-]{0,30}$'),
  amount_minor bigint not null check (amount_minor between 1 and 1000000000000000),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  item text not null check (length(item) between 1 and 40),
  delivery text not null check (delivery in ('scanner', 'downlink')),
  state text not null default 'created' check (state in ('created', 'paid', 'failed', 'expired')),
  pay_url text,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  -- When the payment company was last asked about it; null before the first time.
  asked_at timestamptz,
  paid_at timestamptz,
  -- Proof of payment for the machine: issued once, sent down again until the sale shows up.
  voucher text,
  voucher_expires_at timestamptz,
  voucher_sent_at timestamptz,
  matched_at timestamptz,
  check ((state = 'paid') = (paid_at is not null)),
  check ((voucher is null) = (voucher_expires_at is null)),
  check (voucher is null or state = 'paid'),
  check (matched_at is null or state = 'paid')
);
create index orders_device on orders (device_id, created_at desc);
create index orders_waiting on orders (created_at) where state = 'created';
create index orders_unmatched on orders (operator_id, paid_at)
  where state = 'paid' and matched_at is null;
call protect_tenant_table('orders', 'device_id', 'finance');

-- What payment companies said, as it came: signed notifications, stored and committed before they
-- are answered, and signed answers to queries. They belong to no tenant until their order is known,
-- so only the system reads them.
create table payment_messages (
  id uuid primary key default gen_random_uuid(),
  channel text not null,
  source text not null check (source in ('notification', 'query')),
  -- The company's own id of the message: repeated deliveries carry the same one.
  message_id text not null check (length(message_id) between 1 and 80),
  body_hash bytea not null check (length(body_hash) = 32),
  body bytea not null check (length(body) <= 65536),
  headers jsonb not null,
  -- Blinds the message's leaf in the cloud log.
  salt bytea not null check (length(salt) = 16),
  received_at timestamptz not null default now(),
  deliveries int not null default 1,
  processed_at timestamptz,
  outcome text,
  unique (channel, message_id, body_hash),
  check ((processed_at is null) = (outcome is null))
);
create index payment_messages_waiting on payment_messages (received_at)
  where processed_at is null;

-- What the payment company says it collected: one payment an order, never changed.
create table payments (
  order_id uuid primary key references orders,
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  channel text not null,
  transaction_id text not null check (length(transaction_id) between 1 and 64),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  paid_at timestamptz not null,
  -- The signed message that says so.
  message_id uuid not null references payment_messages,
  recorded_at timestamptz not null default now(),
  unique (channel, transaction_id)
);
call protect_tenant_table('payments', 'device_id', 'finance');

-- A machine's sale and a payment with the same order id, device and amount: each at most once.
create table matches (
  operator_id uuid not null references organisations,
  device_id text not null,
  epoch int not null,
  open_index bigint not null,
  order_id uuid not null unique references payments,
  matched_at timestamptz not null default now(),
  -- Set after the posting is committed; found again through the ledger when that was lost.
  cleared_at timestamptz,
  -- Set when the ledger would not book it; the open item says why, a person deals with it.
  refused_at timestamptz,
  primary key (operator_id, device_id, epoch, open_index),
  foreign key (operator_id, device_id, epoch, open_index) references sales
);
create index matches_uncleared on matches (operator_id, matched_at)
  where cleared_at is null and refused_at is null;
call protect_tenant_table('matches', 'device_id', 'finance');

-- What did not meet its counterpart or its rule: aged and dealt with, not an error.
create table open_items (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  device_id text references devices,
  reason text not null check (reason ~ '^[a-z][a-z-]{1,39}$'),
  sale_id text,
  order_id uuid references orders,
  amount_minor bigint,
  currency text,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  unique nulls not distinct (operator_id, reason, sale_id, order_id)
);
create index open_items_open on open_items (operator_id, opened_at) where closed_at is null;
call protect_tenant_table('open_items', 'device_id', 'finance');

-- Versions of signed terms. Every party sees the whole version; nobody changes it.
create table agreements (
  operator_id uuid not null references organisations,
  agreement_id uuid not null,
  version int not null check (version >= 1),
  currency text not null,
  terms jsonb not null,
  -- SHA-256 over the specified bytes, docs/wire/agreement.md.
  hash bytea not null check (length(hash) = 32),
  party_ids uuid[] not null check (cardinality(party_ids) > 0),
  proposed_by uuid not null references users,
  proposed_at timestamptz not null default now(),
  -- The later of valid-from and the last signature; null until all have signed.
  effective_from timestamptz,
  primary key (operator_id, agreement_id, version),
  unique (agreement_id, version)
);
create index agreements_in_force on agreements (operator_id, effective_from)
  where effective_from is not null;
alter table agreements enable row level security;
alter table agreements force row level security;
create policy seen on agreements for select
  using (operator_id = current_org() or current_org() = any (party_ids));
create policy added on agreements for insert with check (operator_id = current_org());
grant select, insert on agreements to tillproof_api;

create table agreement_signatures (
  operator_id uuid not null references organisations,
  agreement_id uuid not null,
  version int not null,
  organisation_id uuid not null references organisations,
  party_ids uuid[] not null,
  -- EIP-712 signature of 65 bytes, and the address it recovers to.
  signature text not null check (signature ~ '^0x[0-9a-f]{130}$'),
  signer text not null check (signer ~ '^0x[0-9a-f]{40}$'),
  signed_by uuid not null references users,
  signed_at timestamptz not null,
  primary key (operator_id, agreement_id, version, organisation_id),
  foreign key (operator_id, agreement_id, version) references agreements
);
alter table agreement_signatures enable row level security;
alter table agreement_signatures force row level security;
create policy seen on agreement_signatures for select
  using (operator_id = current_org() or current_org() = any (party_ids));
grant select on agreement_signatures to tillproof_api;

-- One row a book. The lease says who may write; the epoch makes sure of it: whoever takes the book
-- over raises it, and the writer before finds no row to move.
create table books (
  operator_id uuid primary key references organisations,
  writer text,
  writer_epoch bigint not null default 0 check (writer_epoch >= 0),
  lease_until timestamptz not null default '-infinity',
  journals bigint not null default 0 check (journals >= 0),
  accounts bigint not null default 0 check (accounts >= 0),
  batches bigint not null default 0 check (batches >= 0),
  -- Hash of the newest posting batch; 32 zero bytes before the first.
  head_hash bytea not null default decode(repeat('00', 32), 'hex') check (length(head_hash) = 32),
  checked_at timestamptz,
  check_faults int
);
call protect_tenant_table('books', scope => 'finance');

-- Four sums, as minor units. `rule` is kept by the database too, at the end of each batch.
create table accounts (
  operator_id uuid not null references books,
  account_id bigint not null check (account_id >= 1),
  path text not null check (length(path) <= 160),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  rule text not null check (rule in ('none', 'debits-within-credits', 'credits-within-debits')),
  -- Whose account it is, where it is one machine's or one party's.
  device_id text references devices,
  party_id uuid references organisations,
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  credits_pending bigint not null default 0 check (credits_pending >= 0),
  opened_at timestamptz not null default now(),
  primary key (operator_id, account_id),
  unique (operator_id, path, currency),
  unique (operator_id, account_id, currency),
  check (rule <> 'debits-within-credits' or (debits_posted <= credits_posted
    and debits_posted + debits_pending <= credits_posted + credits_pending)),
  check (rule <> 'credits-within-debits' or (credits_posted <= debits_posted
    and credits_posted + credits_pending <= debits_posted + debits_pending))
);
alter table accounts enable row level security;
alter table accounts force row level security;
create policy seen on accounts for select using (
  party_id = current_org() or can_see(operator_id, device_id, 'finance')
);
grant select on accounts to tillproof_api;

-- Batches of journals, each hash over the one before: docs/wire/posting-batch.md.
create table posting_batches (
  operator_id uuid not null references books,
  seq bigint not null check (seq >= 1),
  first_journal bigint not null,
  journals int not null check (journals >= 1),
  root bytea not null check (length(root) = 32),
  previous bytea not null check (length(previous) = 32),
  hash bytea not null check (length(hash) = 32),
  booked_at timestamptz not null,
  primary key (operator_id, seq)
);
call protect_tenant_table('posting_batches', scope => 'finance');

create table journals (
  operator_id uuid not null references books,
  seq bigint not null check (seq >= 1),
  batch_seq bigint not null,
  -- `sale:<sale id>`: what this is the one posting of, and the hash of the facts it was made from.
  business_id text not null check (length(business_id) between 1 and 120),
  payload_hash bytea not null check (length(payload_hash) = 32),
  kind text not null check (kind ~ '^[a-z][a-z-]{1,39}$'),
  device_id text references devices,
  -- The source's own time; a late sale keeps its date.
  source_at timestamptz not null,
  booked_at timestamptz not null,
  agreement_id uuid,
  agreement_version int,
  salt bytea not null check (length(salt) = 16),
  primary key (operator_id, seq),
  unique (operator_id, business_id),
  foreign key (operator_id, batch_seq) references posting_batches,
  foreign key (operator_id, agreement_id, agreement_version) references agreements,
  check ((agreement_id is null) = (agreement_version is null))
);
create index journals_batch on journals (operator_id, batch_seq);
create index journals_device on journals (operator_id, device_id, seq);
call protect_tenant_table('journals', 'device_id', 'finance');

create table legs (
  operator_id uuid not null,
  journal_seq bigint not null,
  leg_no smallint not null check (leg_no >= 1),
  account_id bigint not null,
  currency text not null,
  side text not null check (side in ('debit', 'credit')),
  -- `released` takes back what was `pending`; a pending transfer is posted by releasing it and
  -- posting, voided by releasing it alone.
  phase text not null check (phase in ('posted', 'pending', 'released')),
  amount_minor bigint not null check (amount_minor > 0),
  device_id text,
  primary key (operator_id, journal_seq, leg_no),
  foreign key (operator_id, journal_seq) references journals,
  foreign key (operator_id, account_id, currency) references accounts (operator_id, account_id, currency)
);
create index legs_account on legs (operator_id, account_id, journal_seq);
alter table legs enable row level security;
alter table legs force row level security;
create policy seen on legs for select using (
  can_see(operator_id, device_id, 'finance') or exists (
    select from accounts a
    where a.operator_id = legs.operator_id and a.account_id = legs.account_id
      and a.party_id = current_org()
  )
);
grant select on legs to tillproof_api;

-- Every journal that a statement adds legs to must balance in each currency and phase.
create function legs_must_balance() returns trigger language plpgsql as $$
declare
  crooked record;
begin
  select operator_id, journal_seq, currency, phase into crooked
  from added group by operator_id, journal_seq, currency, phase
  having sum(case side when 'debit' then amount_minor else -amount_minor end) <> 0
  limit 1;
  if found then
    raise exception 'journal % does not balance in % (%)',
      crooked.journal_seq, crooked.currency, crooked.phase using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger legs_balance after insert on legs
  referencing new table as added for each statement execute function legs_must_balance();

create function money_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'restrict_violation';
end $$;
do $$
declare
  target text;
begin
  foreach target in array array['payments', 'agreement_signatures', 'posting_batches', 'journals', 'legs']
  loop
    execute format('create trigger append_only before update or delete or truncate on %I
      for each statement execute function money_is_append_only()', target);
    execute format('revoke update, delete, truncate on %I from tillproof_system', target);
  end loop;
end $$;

-- A version's terms stay as they were proposed; it takes effect once.
create trigger agreements_immutable before update on agreements for each row
  when (old.effective_from is not null or (old.operator_id, old.agreement_id, old.version,
    old.currency, old.terms, old.hash, old.party_ids, old.proposed_by, old.proposed_at)
    is distinct from (new.operator_id, new.agreement_id, new.version,
    new.currency, new.terms, new.hash, new.party_ids, new.proposed_by, new.proposed_at))
  execute function money_is_append_only();
create trigger agreements_stay before delete or truncate on agreements
  for each statement execute function money_is_append_only();
create trigger books_only_grow before update on books for each row
  when (new.writer_epoch < old.writer_epoch or new.journals < old.journals
    or new.batches < old.batches or new.accounts < old.accounts)
  execute function money_is_append_only();
revoke delete, truncate on books, accounts, agreements from tillproof_system;
