-- Batches come compressed: trying to compress them again costs time and saves nothing.
alter table device_batches alter column payload set storage external;
