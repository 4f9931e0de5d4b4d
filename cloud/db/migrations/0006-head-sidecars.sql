-- Beside each device-head leaf: the size and root of the head before it, the device's evidence key
-- and the proof that the new head extends the old one. No part of the tree; it lets whoever follows
-- the log replay that each head of an origin extends its last.
alter table log_staged add column sidecar bytea
  check (octet_length(sidecar) between 1 and 8000);
alter table log_leaves add column sidecar bytea
  check (octet_length(sidecar) between 1 and 8000);
