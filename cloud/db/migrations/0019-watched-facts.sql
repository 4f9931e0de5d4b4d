-- What machines say of themselves beside their sales: who paid a watched sale, doors and lids, and
-- incidents that a signed event opened.

alter table sales
  -- Paid with coins, or at somebody else's reader; null: an order of ours pays for it.
  add column tender text check (tender in ('cash', 'reader')),
  -- What was asked for, where something else was approved or used: a deposit, for example.
  add column requested_minor bigint check (requested_minor >= 0);

create table device_contacts (
  operator_id uuid not null references organisations,
  device_id text not null references devices,
  contact text not null,
  is_on boolean not null,
  at timestamptz not null,
  primary key (operator_id, device_id, contact)
);
call protect_tenant_table('device_contacts', 'device_id');

alter table incidents
  drop constraint incidents_kind_check,
  add constraint incidents_kind_check check (kind in ('fork', 'controller-swap', 'place-left',
    'moved', 'tamper', 'meter-epoch', 'audit-damaged', 'voucher-replayed')),
  -- Which place, contact, meter or order it is about; one incident of it is open at a time.
  add column subject text;
create unique index incidents_open_subject on incidents (device_id, kind, subject)
  where closed_at is null and subject is not null;
