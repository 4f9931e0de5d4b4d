-- Machines: who they are (devices, enrolments, certificates), what they said (batches, heads),
-- and the facts in it that others query.

create table devices (
  id text primary key check (id ~ '^d[0-9a-z]{12}$'),
  operator_id uuid not null references organisations,
  label text not null check (length(label) between 1 and 80),
  kind text not null check (kind in ('vending', 'massage-chair', 'shared-car', 'virtual')),
  site text not null check (length(site) between 1 and 120),
  status text not null default 'active' check (status in ('active', 'quarantined', 'retired')),
  model text not null,
  controller_serial text not null,
  -- The log's epoch that may grow; earlier ones are kept and never grow again.
  epoch int not null check (epoch >= 1),
  -- Set while a session with the broker stands; seen_at is when the last one ended.
  connected_at timestamptz,
  seen_at timestamptz,
  created_at timestamptz not null default now()
);
create index devices_operator on devices (operator_id, id);
call protect_tenant_table('devices', 'id');

-- One machine's log per epoch: its key and how far the cloud holds it. Ingest locks this row, so
-- that one batch of a log is applied at a time.
create table device_heads (
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  epoch int not null check (epoch >= 1),
  origin text not null unique,
  evidence_key bytea not null unique check (length(evidence_key) = 32),
  size bigint not null default 0 check (size >= 0),
  -- Encoded peaks and root of the tree at that size.
  peaks bytea not null,
  root bytea not null check (length(root) = 32),
  -- The signed head as the machine sent it, and the cloud's receipt for it; null before the first.
  head text,
  receipt text,
  received_at timestamptz,
  last_event_at timestamptz,
  -- Set when the machine signed two histories: this log is over.
  forked_at timestamptz,
  started_at timestamptz not null default now(),
  primary key (operator_id, device_id, epoch)
);
create index device_heads_device on device_heads (device_id, epoch);
call protect_tenant_table('device_heads', 'device_id');

create table enrolments (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  label text not null,
  kind text not null,
  site text not null,
  -- The device whose controller this replaces; null makes a new device.
  replaces text references devices,
  -- HMAC of the normalised one-time code; the code itself is shown once and not kept.
  code_hash bytea not null unique check (length(code_hash) = 32),
  created_by uuid not null references users,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Public key (SPKI hash) that claimed it: the same installer may go on after an interruption.
  claimed_by bytea check (length(claimed_by) = 32),
  claimed_at timestamptz,
  -- Set when a machine was registered by it, which uses it up.
  device_id text references devices,
  used_at timestamptz,
  check ((device_id is null) = (used_at is null))
);
create index enrolments_operator on enrolments (operator_id, created_at);
call protect_tenant_table('enrolments', 'device_id');
grant insert on enrolments to tillproof_api;

create table certificates (
  -- SHA-256 of the DER bytes; what the broker looks an identity up by.
  fingerprint bytea primary key check (length(fingerprint) = 32),
  operator_id uuid not null references organisations,
  enrolment_id uuid not null references enrolments,
  purpose text not null check (purpose in ('claim', 'device')),
  -- Null for claims, and for device certificates until RegisterThing.
  device_id text references devices,
  pem text not null,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Hash of the ownership token that RegisterThing has to bring; null once used.
  ownership_hash bytea,
  revoked_at timestamptz,
  revoked_reason text
);
create index certificates_device on certificates (device_id);
create index certificates_ownership on certificates (ownership_hash) where ownership_hash is not null;
call protect_tenant_table('certificates', 'device_id');

-- Everything a machine sent and the cloud accepted, one row a batch, as it came.
create table device_batches (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  first_index bigint not null,
  size_after bigint not null check (size_after > first_index),
  payload bytea not null,
  -- Leaf hashes of the entries, 32 bytes each, so that proofs need no decoding.
  leaf_hashes bytea not null check (length(leaf_hashes) = 32 * (size_after - first_index)),
  head text not null,
  received_at timestamptz not null default now(),
  primary key (operator_id, device_id, epoch, first_index),
  foreign key (operator_id, device_id, epoch) references device_heads
);
create index device_batches_device on device_batches (device_id, epoch, first_index);
call protect_tenant_table('device_batches', 'device_id');

create table sales (
  operator_id uuid not null references organisations,
  device_id text not null,
  epoch int not null,
  -- Index of the event that opened the sale; with device and epoch it is the sale's id.
  open_index bigint not null,
  id text generated always as (device_id || '.' || epoch::text || '.' || open_index::text) stored
    unique,
  item text,
  -- As approved; null while only requested without an amount.
  amount_minor bigint check (amount_minor >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  order_id uuid,
  state text not null check (state in ('open', 'succeeded', 'failed')),
  -- Success was presumed: power was lost between approval and result.
  presumed boolean not null default false,
  result_index bigint,
  opened_at timestamptz not null,
  decided_at timestamptz,
  primary key (operator_id, device_id, epoch, open_index),
  foreign key (operator_id, device_id, epoch) references device_heads,
  check ((state = 'open') = (decided_at is null))
);
create index sales_device_time on sales (device_id, opened_at desc);
create index sales_order on sales (order_id) where order_id is not null;
call protect_tenant_table('sales', 'device_id');

create table sale_events (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  index bigint not null,
  open_index bigint not null,
  kind text not null,
  at timestamptz not null,
  primary key (operator_id, device_id, epoch, index),
  foreign key (operator_id, device_id, epoch, open_index) references sales
);
create index sale_events_sale on sale_events (operator_id, device_id, epoch, open_index);
call protect_tenant_table('sale_events', 'device_id');

create table meters (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  index bigint not null,
  name text not null,
  value numeric not null,
  at timestamptz not null,
  primary key (operator_id, device_id, epoch, index, name),
  foreign key (operator_id, device_id, epoch) references device_heads
);
call protect_tenant_table('meters', 'device_id');

create table positions (
  operator_id uuid not null,
  device_id text not null,
  epoch int not null,
  index bigint not null,
  latitude_e7 int not null check (latitude_e7 between -900000000 and 900000000),
  longitude_e7 int not null check (longitude_e7 between -1800000000 and 1800000000),
  at timestamptz not null,
  primary key (operator_id, device_id, epoch, index),
  foreign key (operator_id, device_id, epoch) references device_heads
);
create index positions_latest on positions (device_id, at desc);
call protect_tenant_table('positions', 'device_id');

create table device_ports (
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  port text not null,
  state text not null check (state in ('up', 'down')),
  at timestamptz not null,
  primary key (operator_id, device_id, port)
);
call protect_tenant_table('device_ports', 'device_id');

-- What was refused: counted per code, with the last sample, so that floods cost one row.
create table refused_batches (
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  code text not null,
  count bigint not null,
  detail text not null,
  sample bytea not null check (length(sample) <= 4096),
  last_at timestamptz not null,
  primary key (operator_id, device_id, code)
);
call protect_tenant_table('refused_batches', 'device_id');

create table incidents (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  kind text not null check (kind in ('fork', 'controller-swap')),
  detail jsonb not null,
  -- What proves it, for a fork the contradicting batch.
  proof bytea,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  closed_by uuid references users,
  closed_reason text
);
create index incidents_device on incidents (device_id, opened_at desc);
call protect_tenant_table('incidents', 'device_id');
grant update (closed_at, closed_by, closed_reason) on incidents to tillproof_api;
