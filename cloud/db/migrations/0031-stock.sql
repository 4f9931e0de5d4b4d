-- Goods: what people found and filled in at their visits, and when doors were moved.

create table stock_visits (
  id uuid primary key,
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  at timestamptz not null,
  -- Who was there.
  visitor text not null check (length(visitor) between 1 and 80),
  stated_by uuid not null references users,
  stated_at timestamptz not null default now(),
  looked_at timestamptz,
  unique (device_id, at)
);
create index stock_visits_looked on stock_visits (looked_at nulls first, at);
call protect_tenant_table('stock_visits', 'device_id');
grant insert on stock_visits to tillproof_api;

create table stock_lines (
  visit_id uuid not null references stock_visits,
  operator_id uuid not null references organisations,
  device_id text not null,
  -- As sales name it: `sales.item`.
  slot text not null check (length(slot) between 1 and 40),
  -- Found before anything was filled in or taken out; null: not counted.
  counted int check (counted between 0 and 100000),
  added int not null default 0 check (added between 0 and 100000),
  removed int not null default 0 check (removed between 0 and 100000),
  primary key (visit_id, slot),
  check (counted is not null or added > 0 or removed > 0)
);
call protect_tenant_table('stock_lines', 'device_id');
grant insert on stock_lines to tillproof_api;

-- `device_contacts` has only the last word on each door.
create table door_moves (
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  contact text not null,
  is_on boolean not null,
  at timestamptz not null,
  primary key (operator_id, device_id, contact, at)
);
create index door_moves_device on door_moves (device_id, at);
call protect_tenant_table('door_moves', 'device_id');

create function door_moved() returns trigger language plpgsql as $$
begin
  insert into door_moves values (new.operator_id, new.device_id, new.contact, new.is_on, new.at)
  on conflict do nothing;
  return null;
end $$;
create trigger door_moved after insert or update on device_contacts for each row
  when (new.contact ilike 'door%')
  execute function door_moved();
insert into door_moves
select operator_id, device_id, contact, is_on, at from device_contacts where contact ilike 'door%';

alter table incidents
  drop constraint incidents_kind_check,
  add constraint incidents_kind_check check (kind in ('fork', 'controller-swap', 'place-left',
    'moved', 'tamper', 'meter-epoch', 'audit-damaged', 'voucher-replayed', 'events-missing',
    'goods-unsold', 'sales-phantom', 'two-places', 'more-than-held', 'audit-failing',
    'audit-sums-differ', 'stock-short', 'stock-over', 'stock-risen', 'refill-unseen',
    'sales-at-visit'));
