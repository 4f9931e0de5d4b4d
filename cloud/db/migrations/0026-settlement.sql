-- Settlement: payment companies' daily bills as they came, their lines against our payments, and the
-- journals that move what they settle from pending to available accounts.

-- One row a bill: those of trades and of movements of the merchant's account. A company's bill is
-- of all operators, so only the system reads it.
create table channel_bills (
  channel text not null check (channel ~ '^[a-z][a-z0-9-]{0,30}$'),
  -- As the company names its bills: a day local to it, or a part of one (`.<number>`).
  day text not null check (day ~ '^\d{4}-\d\d-\d\d(\.\d{1,6})?$'),
  kind text not null check (kind in ('trades', 'funds')),
  state text not null default 'waiting'
    check (state in ('waiting', 'none', 'stored', 'malformed')),
  -- The bill as it was sent, stored and committed before it is acted on.
  body bytea,
  body_hash bytea check (length(body_hash) = 32),
  -- Why it is not here, or cannot be read.
  detail text check (length(detail) <= 400),
  from_at timestamptz not null,
  until timestamptz not null check (until > from_at),
  asked_at timestamptz,
  stored_at timestamptz,
  -- When its lines were taken over; of a bill that does not exist, when that was noted.
  read_at timestamptz,
  primary key (channel, day, kind),
  check ((body is null) = (body_hash is null)),
  check ((body is not null) = (state in ('stored', 'malformed'))),
  check (read_at is null or state in ('none', 'stored'))
);
create index channel_bills_open on channel_bills (channel, from_at) where read_at is null;
create index channel_bills_newest on channel_bills (channel, from_at);

-- Lines that name an order which nobody here ever placed: for the platform to look at.
create table bill_strays (
  channel text not null,
  day text not null,
  line_no int not null check (line_no >= 1),
  order_id text not null,
  transaction_id text not null,
  amount_minor bigint not null,
  currency text not null,
  primary key (channel, day, line_no)
);

-- What the company moved on the merchant's account, by what caused it: a payment's amount less its
-- fee. In a bill of the trade's day, or of the next.
create table bill_movements (
  channel text not null,
  business_id text not null check (length(business_id) between 1 and 80),
  day text not null,
  net_minor bigint not null,
  primary key (channel, business_id, day)
);

create table bill_lines (
  operator_id uuid not null references organisations,
  channel text not null,
  day text not null,
  line_no int not null check (line_no >= 1),
  device_id text not null references devices,
  order_id uuid not null references orders,
  -- Null for a payment.
  refund_id text check (length(refund_id) between 1 and 80),
  transaction_id text not null,
  -- The company's number of what its movement is booked under: the payment or the refund.
  moved_as text not null,
  at timestamptz not null,
  -- What the customer paid; negative for a refund.
  amount_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- What the company kept, negative when given back; null until a bill has the movement.
  fee_minor bigint,
  -- Why it does not match; null when it does.
  fault text check (fault ~ '^[a-z][a-z-]{1,39}$'),
  -- Numbers of the settlements that booked its money, and the parts of its sale.
  collected_in int,
  released_in int,
  primary key (operator_id, channel, day, line_no),
  check (released_in is null or collected_in is not null),
  check (collected_in is null or (fault is null and fee_minor is not null))
);
-- Each payment and each refund is settled once.
create unique index bill_lines_once on bill_lines (order_id, (coalesce(refund_id, '')))
  where fault is null;
create index bill_lines_open on bill_lines (operator_id, channel, day, line_no)
  where released_in is null;
create index bill_lines_faulty on bill_lines (channel, order_id) where fault is not null;
create index bill_lines_unmoved on bill_lines (channel, moved_as) where fee_minor is null;
call protect_tenant_table('bill_lines', 'device_id', 'finance');

-- One row a settlement journal, saved before the book's writer hears of it: what it is made from.
create table settlements (
  operator_id uuid not null references organisations,
  channel text not null,
  day text not null,
  -- From 0: a day's later ones are of sales that came after its bill.
  number int not null check (number >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Journals whose parts it moves.
  sources bigint[] not null check (cardinality(sources) >= 1),
  lines int not null check (lines >= 0),
  -- What the company owed for them, and what it kept of it.
  gross_minor bigint not null,
  fee_minor bigint not null,
  -- Of the newest line.
  at timestamptz not null,
  planned_at timestamptz not null default now(),
  posted_at timestamptz,
  -- Null where its sources cancelled each other out.
  journal_seq bigint,
  -- Why the book would not take it.
  refused text,
  primary key (operator_id, channel, day, number)
);
create index settlements_unposted on settlements (operator_id)
  where posted_at is null and refused is null;
call protect_tenant_table('settlements', scope => 'finance');

-- What of an order was still frozen for splitting when its time came, and the request that gave it
-- to the merchant: its id is saved before the company hears of it.
create table unfreezes (
  operator_id uuid not null references organisations,
  order_id uuid not null references payments,
  device_id text not null references devices,
  id uuid not null unique,
  -- Still frozen when first asked; null until then.
  frozen_minor bigint check (frozen_minor >= 0),
  asked_at timestamptz,
  done_at timestamptz,
  outcome text check (outcome in ('nothing-frozen', 'released', 'not-frozen-by-us')),
  primary key (operator_id, order_id),
  check ((done_at is null) = (outcome is null))
);
create index unfreezes_open on unfreezes (asked_at) where done_at is null;
call protect_tenant_table('unfreezes', 'device_id', 'finance');

-- Payments by the time of their bill.
create index payments_billed on payments (channel, paid_at);
