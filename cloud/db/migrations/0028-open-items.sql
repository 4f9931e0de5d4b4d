-- Open items are closed by a person, who may take it back, or by what settles them; each step is
-- kept with who and why.

alter table open_items
  -- The last step: who closed or reopened it, and why. Nobody where it settled itself.
  add column step_by uuid references users,
  add column step_reason text check (step_reason ~ '^[a-z][a-z-]{1,39}$'),
  add column step_note text check (length(step_note) between 1 and 400);
create index open_items_all on open_items (operator_id, opened_at, id);
grant update (closed_at, step_by, step_reason, step_note) on open_items to tillproof_api;

create table open_item_steps (
  id bigint generated always as identity primary key,
  operator_id uuid not null references organisations,
  item_id uuid not null references open_items,
  device_id text,
  step text not null check (step in ('closed', 'reopened')),
  at timestamptz not null default now(),
  by uuid references users,
  reason text not null,
  note text
);
create index open_item_steps_item on open_item_steps (item_id, id);
call protect_tenant_table('open_item_steps', 'device_id', 'finance');
grant insert on open_item_steps to tillproof_api;
create trigger append_only before update or delete or truncate on open_item_steps
  for each statement execute function money_is_append_only();
revoke update, delete, truncate on open_item_steps from tillproof_system;

-- Whoever closes an item without saying why is what settled it.
create function open_item_stepped() returns trigger language plpgsql as $$
begin
  if (new.step_by, new.step_reason, new.step_note)
      is not distinct from (old.step_by, old.step_reason, old.step_note) then
    new.step_by := null;
    new.step_reason := 'settled';
    new.step_note := null;
  end if;
  insert into open_item_steps (operator_id, item_id, device_id, step, by, reason, note)
  values (new.operator_id, new.id, new.device_id,
    case when new.closed_at is null then 'reopened' else 'closed' end,
    new.step_by, coalesce(new.step_reason, 'settled'), new.step_note);
  return new;
end $$;
create trigger open_item_stepped before update on open_items for each row
  when ((old.closed_at is null) <> (new.closed_at is null))
  execute function open_item_stepped();
