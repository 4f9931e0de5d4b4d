-- Pending transfers that are open: written by the book's writer with the batch that opens or closes
-- them, rebuilt from the journals by the checker. What they hold is said by their journals.
create table pendings (
  operator_id uuid not null references books,
  -- The journal that opened it has the business id `pending:<id>`.
  id text not null check (length(id) between 1 and 100),
  until timestamptz not null,
  primary key (operator_id, id)
);
create index pendings_due on pendings (until);
call protect_tenant_table('pendings', scope => 'finance');
