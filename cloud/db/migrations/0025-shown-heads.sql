-- Machines are shown that their heads are in the log: what a receipt promised. When it was shown
-- last; a machine that is away is shown again.
alter table device_heads add column shown_at timestamptz;
create index device_heads_to_show on device_heads (shown_at nulls first);
