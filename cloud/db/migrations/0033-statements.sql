-- Statements: whoever owns an account sees the journals that have a leg on it; of the other legs of
-- such a journal it still sees none.
drop policy seen on journals;
create policy seen on journals for select using (
  can_see(operator_id, device_id, 'finance') or exists (
    select from legs l join accounts a using (operator_id, account_id)
    where l.operator_id = journals.operator_id and l.journal_seq = journals.seq
      and a.party_id = current_org()
  )
);
