-- Refunds: money that goes back to customers, whoever asked for it, chargebacks among them; and what
-- the split of a sale read of the book, so that it can be split again on what is left of it.

create table refunds (
  -- Made and saved before the company hears of it. A refund that we did not ask for gets one too.
  id uuid primary key,
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  order_id uuid not null references orders,
  channel text not null check (channel ~ '^[a-z][a-z0-9-]{0,30}$'),
  -- The sale that it takes back from; null where the payment, or this part of it, bought nothing.
  sale_id text references sales (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  cause text not null check (cause in ('operator', 'paid-late', 'sale-failed', 'no-sale',
    'final-amount', 'company', 'chargeback')),
  -- For the customer and the operator to read.
  reason text not null check (length(reason) between 1 and 80),
  asked_by uuid references users,
  state text not null check (state in ('requested', 'submitted', 'unknown', 'succeeded', 'refused',
    'abnormal')),
  -- The company's own number of it, once known.
  company_id text check (length(company_id) between 1 and 80),
  -- What the company charges for a chargeback that was lost.
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  -- The company's words on why not.
  detail text check (length(detail) <= 400),
  requested_at timestamptz not null default now(),
  -- When the company was last asked to do it, or about it.
  asked_at timestamptz,
  decided_at timestamptz,
  -- What was left of the sale before it, fixed when its turn to be booked came.
  before_minor bigint check (before_minor >= amount_minor),
  -- Booked, or what was held for it given back.
  booked_at timestamptz,
  unique (channel, company_id),
  check ((decided_at is not null) = (state in ('succeeded', 'refused'))),
  check (booked_at is null or decided_at is not null)
);
create index refunds_order on refunds (order_id);
create index refunds_sale on refunds (sale_id);
create index refunds_newest on refunds (operator_id, requested_at desc, id desc);
create index refunds_open on refunds (asked_at nulls first)
  where state in ('requested', 'submitted', 'unknown', 'abnormal');
create index refunds_unbooked on refunds (operator_id, decided_at)
  where decided_at is not null and booked_at is null;
-- A payment that bought nothing, and the rest of a deposit, go back by themselves once.
create unique index refunds_automatic on refunds (order_id, cause)
  where cause in ('paid-late', 'sale-failed', 'no-sale', 'final-amount');
call protect_tenant_table('refunds', 'device_id', 'finance');

-- Written by the book's writer with the sale's journal, and only where terms read the book.
create table split_excerpts (
  operator_id uuid not null references books,
  -- Of the sale, or of the journal that split it out of suspense.
  journal_seq bigint not null,
  excerpt text not null check (length(excerpt) <= 65536),
  primary key (operator_id, journal_seq),
  foreign key (operator_id, journal_seq) references journals (operator_id, seq)
);
call protect_tenant_table('split_excerpts', scope => 'finance');
create trigger append_only before update or delete or truncate on split_excerpts
  for each statement execute function money_is_append_only();
revoke update, delete, truncate on split_excerpts from tillproof_system;
