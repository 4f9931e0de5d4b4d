-- Cross-checks of what machines say: the profile that tells which meter witnesses the sales, the
-- windows between two readings of it, and incidents that the cloud finds by itself.

-- `name@version` as the agent said when it last started; null: it named none.
alter table devices add column profile text;

-- Between two readings of a witness while nothing was being sold: what it counted, what was told.
create table meter_windows (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  meter text not null,
  -- Events that carry the two readings.
  from_index bigint not null,
  to_index bigint not null check (to_index > from_index),
  value_before numeric not null,
  value_after numeric not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Null where the meter began anew.
  rise bigint check (rise >= 0),
  -- Sales told in between, those that were presumed with them.
  sales int not null check (sales >= 0),
  presumed int not null check (presumed between 0 and sales),
  -- The meter bears out each sale; and if not, by how many it differs.
  agrees boolean not null check (not agrees or rise = sales),
  error bigint not null,
  primary key (operator_id, device_id, epoch, from_index, meter),
  foreign key (operator_id, device_id, epoch) references device_heads
);
create index meter_windows_time on meter_windows (device_id, to_at);
call protect_tenant_table('meter_windows', 'device_id');

-- How far the log of a machine has been cross-checked. The system's own.
create table cross_checks (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  size bigint not null check (size >= 0),
  primary key (operator_id, device_id, epoch),
  foreign key (operator_id, device_id, epoch) references device_heads
);
call protect_tenant_table('cross_checks', 'device_id');

alter table incidents
  drop constraint incidents_kind_check,
  add constraint incidents_kind_check check (kind in ('fork', 'controller-swap', 'place-left',
    'moved', 'tamper', 'meter-epoch', 'audit-damaged', 'voucher-replayed', 'events-missing',
    'goods-unsold', 'sales-phantom', 'two-places', 'more-than-held'));
