-- Beside the leaf hashes of each batch the subtrees that its leaves complete, in the order in which
-- they do, so that a proof reads a few hashes and not every leaf of the log. A log of n leaves has
-- n - (set bits of n) of them; docs: shared/src/merkle/completed.ts.
alter table device_batches add column node_hashes bytea;

-- The owner need not be a superuser, and row-level security is forced on owners too.
alter table device_batches no force row level security;
do $$
declare
  batch record;
  unjoined bytea[];
  hash bytea;
  nodes bytea;
  rest bigint;
begin
  for batch in
    select operator_id, device_id, epoch, first_index, size_after, leaf_hashes
    from device_batches order by operator_id, device_id, epoch, first_index
  loop
    if batch.first_index = 0 then unjoined := '{}'; end if;
    nodes := '';
    for leaf in batch.first_index .. batch.size_after - 1 loop
      hash := substring(batch.leaf_hashes from (32 * (leaf - batch.first_index))::int + 1 for 32);
      rest := leaf;
      while rest % 2 = 1 loop
        hash := sha256('\x01'::bytea || unjoined[cardinality(unjoined)] || hash);
        unjoined := trim_array(unjoined, 1);
        nodes := nodes || hash;
        rest := rest / 2;
      end loop;
      unjoined := array_append(unjoined, hash);
    end loop;
    update device_batches set node_hashes = nodes
    where operator_id = batch.operator_id and device_id = batch.device_id
      and epoch = batch.epoch and first_index = batch.first_index;
  end loop;
end $$;
alter table device_batches force row level security;

alter table device_batches
  alter column node_hashes set not null,
  -- Hashes do not compress; stored as they are, a few can be read without the rest.
  alter column node_hashes set storage external,
  alter column leaf_hashes set storage external,
  add check (octet_length(node_hashes) = 32 * (
    (size_after - bit_count(size_after::bit(64)))
    - (first_index - bit_count(first_index::bit(64)))));
