-- Audits that somebody asked a machine for from afar, and the event that answered.
create table audit_orders (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  requested_by uuid not null references users,
  at timestamptz not null default now(),
  sent_at timestamptz,
  outcome text check (outcome in ('read', 'failed')),
  -- Place of the `audit.read` or `audit.failed` event in the machine's log.
  epoch int,
  index bigint check (index >= 0),
  -- Why it failed, in the machine's words.
  reason text,
  check ((outcome is null) = (index is null) and (outcome is null) = (epoch is null))
);
create index audit_orders_device on audit_orders (device_id, at desc);
create index audit_orders_open on audit_orders (at) where outcome is null;
call protect_tenant_table('audit_orders', 'device_id');
