-- Cash: sales that customers paid with coins and notes, and counts of the boxes that they lie in.

-- Sales paid in cash, as they came in; each waits to be cleared, and to be shown by a count.
create table cash_sales (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  open_index bigint not null,
  sale_id text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  -- The machine's word, no later than the cloud heard of it.
  at timestamptz not null,
  heard_at timestamptz not null default now(),
  cleared_at timestamptz,
  -- Set when the ledger would not book it; the open item says why.
  refused_at timestamptz,
  -- The count that shows its money.
  count_id uuid,
  primary key (operator_id, device_id, epoch, open_index),
  foreign key (operator_id, device_id, epoch, open_index) references sales
);
create index cash_sales_uncleared on cash_sales (operator_id, heard_at, sale_id)
  where cleared_at is null and refused_at is null;
create index cash_sales_box on cash_sales (device_id, currency, at);
create index cash_sales_unshown on cash_sales (device_id, currency, at) where count_id is null;
call protect_tenant_table('cash_sales', 'device_id', 'finance');

create function sale_in_cash() returns trigger language plpgsql as $$
begin
  insert into cash_sales (operator_id, device_id, epoch, open_index, sale_id, amount_minor,
    currency, at)
  values (new.operator_id, new.device_id, new.epoch, new.open_index, new.id, new.amount_minor,
    new.currency, least(new.opened_at, now()))
  on conflict do nothing;
  return null;
end $$;
create trigger sale_in_cash after insert or update on sales for each row
  when (new.tender = 'cash' and new.state = 'succeeded' and new.amount_minor > 0
    and new.currency is not null)
  execute function sale_in_cash();

insert into cash_sales (operator_id, device_id, epoch, open_index, sale_id, amount_minor, currency,
  at)
select operator_id, device_id, epoch, open_index, id, amount_minor, currency,
       least(opened_at, now())
  from sales
 where tender = 'cash' and state = 'succeeded' and amount_minor > 0 and currency is not null;

-- What somebody counted in a box; later ones begin where this one ends.
create table box_counts (
  id uuid primary key,
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  counted_at timestamptz not null,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Taken out of the box, or only counted.
  collected boolean not null,
  counted_by text not null check (length(counted_by) between 1 and 80),
  -- SHA-256 of a photo that whoever counted keeps.
  photo_hash bytea check (length(photo_hash) = 32),
  stated_by uuid not null references users,
  stated_at timestamptz not null default now(),
  -- What its journals have booked so far, and when its sales were last looked at.
  expected_minor bigint,
  difference_minor bigint,
  tubes_minor bigint,
  looked_at timestamptz,
  unique (device_id, currency, counted_at)
);
create index box_counts_operator on box_counts (operator_id, counted_at desc);
call protect_tenant_table('box_counts', 'device_id', 'finance');
grant insert on box_counts to tillproof_api;
alter table cash_sales add foreign key (count_id) references box_counts;

-- One row a journal of a count, saved before the book's writer hears of it: what it is made from.
create table box_count_journals (
  count_id uuid not null references box_counts,
  operator_id uuid not null references organisations,
  device_id text not null,
  -- From 0; later ones bring in sales that were told late.
  number int not null check (number >= 0),
  -- Over (positive) or short, and the rise of what lies in the tubes, on top of what is booked.
  difference_minor bigint not null,
  tubes_minor bigint not null,
  -- Taken out of the box.
  collected_minor bigint not null check (collected_minor >= 0),
  -- Journals of the sales whose parts it settles.
  sources bigint[] not null,
  posted_at timestamptz,
  -- Why the book would not take it.
  refused text,
  primary key (count_id, number)
);
create index box_count_journals_unposted on box_count_journals (operator_id)
  where posted_at is null and refused is null;
call protect_tenant_table('box_count_journals', 'device_id', 'finance');

-- What a count is held against: docs/attest.md.
create index meters_of_cash on meters (device_id, name, at desc)
  where name in ('CA201', 'CA306', 'CA308', 'CA1501');

-- Open items of other matters than a sale or an order name what they are about.
alter table open_items add column subject text check (length(subject) between 1 and 100);
alter table open_items
  drop constraint open_items_operator_id_reason_sale_id_order_id_key,
  add constraint open_items_once
    unique nulls not distinct (operator_id, reason, sale_id, order_id, subject);
