-- Sealed parts that were erased: who asked, when and why, and what became of the machine's own copy.
-- Ingest asks it, so that a batch that is sent again cannot bring a part back. The hash that
-- committed to the part stays in the batch; neither part nor salt is anywhere.
create table erasures (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  device_id text not null,
  epoch int not null,
  index bigint not null check (index >= 0),
  sealed_hash bytea not null check (length(sealed_hash) = 32),
  reason text not null check (length(reason) between 1 and 1024),
  -- Null when the machine erased it and said so.
  requested_by uuid references users,
  at timestamptz not null default now(),
  -- The signed order to the machine; null when there is none to give: it said so itself, or the
  -- journal of an earlier epoch is no longer in use.
  order_note text,
  sent_at timestamptz,
  -- Index of the machine's `redaction` event, once it came.
  told_index bigint,
  unique (operator_id, device_id, epoch, index),
  foreign key (operator_id, device_id, epoch) references device_heads
);
create index erasures_device on erasures (device_id, epoch, index);
create index erasures_to_send on erasures (device_id)
  where order_note is not null and told_index is null;
call protect_tenant_table('erasures', 'device_id');
