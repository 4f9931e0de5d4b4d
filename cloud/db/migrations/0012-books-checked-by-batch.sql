-- A batch adds thousands of legs and hundreds of journals that name a handful of accounts, machines
-- and agreements. A foreign key asks once a row whether what it names is there, which was half of
-- what a batch cost; asked once a statement it costs next to nothing. What is named can not go away
-- again: books, accounts, batches, journals and agreements are never deleted.
alter table legs
  drop constraint legs_operator_id_journal_seq_fkey,
  drop constraint legs_operator_id_account_id_currency_fkey;
alter table journals
  drop constraint journals_operator_id_fkey,
  drop constraint journals_device_id_fkey,
  drop constraint journals_operator_id_batch_seq_fkey,
  drop constraint journals_operator_id_agreement_id_agreement_version_fkey;

-- By index whatever the planner knows of the tables: its plan is kept while they grow from nothing.
create function journals_must_fit() returns trigger language plpgsql
  set enable_seqscan to off as $$
declare
  lost text;
begin
  select format('batch %s', named.batch_seq) into lost
  from (select distinct operator_id, batch_seq from added) named
  left join lateral (
    select true as there from posting_batches b
    where b.operator_id = named.operator_id and b.seq = named.batch_seq limit 1) hit on true
  where there is null limit 1;
  if not found then
    select format('device %s', named.device_id) into lost
    from (select distinct device_id from added where device_id is not null) named
    left join lateral (
      select true as there from devices d where d.id = named.device_id limit 1) hit on true
    where there is null limit 1;
  end if;
  if not found then
    select format('agreement %s version %s', named.agreement_id, named.agreement_version) into lost
    from (select distinct operator_id, agreement_id, agreement_version from added
          where agreement_id is not null) named
    left join lateral (
      select true as there from agreements a
      where a.operator_id = named.operator_id and a.agreement_id = named.agreement_id
        and a.version = named.agreement_version limit 1) hit on true
    where there is null limit 1;
  end if;
  if found then
    raise exception 'there is no %', lost using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger journals_fit after insert on journals
  referencing new table as added for each statement execute function journals_must_fit();

create or replace function legs_must_balance() returns trigger language plpgsql
  set enable_seqscan to off as $$
declare
  crooked record;
begin
  select operator_id, journal_seq, currency, phase into crooked
  from added group by operator_id, journal_seq, currency, phase
  having sum(case side when 'debit' then amount_minor else -amount_minor end) <> 0
  limit 1;
  if found then
    raise exception 'journal % does not balance in % (%)',
      crooked.journal_seq, crooked.currency, crooked.phase using errcode = 'check_violation';
  end if;
  select operator_id, journal_seq into crooked
  from (select distinct operator_id, journal_seq from added) named
  left join lateral (
    select true as there from journals j
    where j.operator_id = named.operator_id and j.seq = named.journal_seq limit 1) hit on true
  where there is null limit 1;
  if found then
    raise exception 'there is no journal %', crooked.journal_seq
      using errcode = 'foreign_key_violation';
  end if;
  select operator_id, account_id, currency into crooked
  from (select distinct operator_id, account_id, currency from added) named
  left join lateral (
    select true as there from accounts a
    where a.operator_id = named.operator_id and a.account_id = named.account_id
      and a.currency = named.currency limit 1) hit on true
  where there is null limit 1;
  if found then
    raise exception 'there is no account % in %', crooked.account_id, crooked.currency
      using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
