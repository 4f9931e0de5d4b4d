-- Excerpts come a batch at a time, beside the journals they are of, and a journal is of a book and
-- never deleted: like legs they are looked up once a statement (docs/decisions/0016).
alter table split_excerpts
  drop constraint split_excerpts_operator_id_fkey,
  drop constraint split_excerpts_operator_id_journal_seq_fkey;

-- By index whatever the planner knows of the tables: its plan is kept while they grow from nothing.
create function excerpts_must_fit() returns trigger language plpgsql
  set enable_seqscan to off as $$
declare
  lost bigint;
begin
  select named.journal_seq into lost
  from added named
  left join lateral (
    select true as there from journals j
    where j.operator_id = named.operator_id and j.seq = named.journal_seq limit 1) hit on true
  where there is null limit 1;
  if found then
    raise exception 'there is no journal %', lost using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger excerpts_fit after insert on split_excerpts
  referencing new table as added for each statement execute function excerpts_must_fit();
