-- Limits that people set on single accounts, beyond the rules of their families.

-- Each setting is kept; the newest of an account counts from the book's next journal on.
create table account_limits (
  id bigint generated always as identity primary key,
  operator_id uuid not null references organisations,
  path text not null check (length(path) <= 160),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  rule text not null check (rule in ('none', 'debits-within-credits', 'credits-within-debits')),
  -- Of the balance, on whichever side it is; null: none is stated.
  most_minor bigint check (most_minor >= 0),
  note text not null check (length(note) between 1 and 400),
  set_by uuid not null references users,
  set_at timestamptz not null default now()
);
create index account_limits_newest on account_limits (operator_id, path, currency, id desc);
call protect_tenant_table('account_limits', scope => 'finance');
grant insert on account_limits to tillproof_api;
create trigger append_only before update or delete or truncate on account_limits
  for each statement execute function money_is_append_only();
revoke update, delete, truncate on account_limits from tillproof_system;

-- As the writer has applied them; kept at the end of each batch like the rules.
alter table accounts
  add column limit_rule text not null default 'none'
    check (limit_rule in ('none', 'debits-within-credits', 'credits-within-debits')),
  add column most_minor bigint check (most_minor >= 0),
  add check (limit_rule <> 'debits-within-credits' or (debits_posted <= credits_posted
    and debits_posted + debits_pending <= credits_posted + credits_pending)),
  add check (limit_rule <> 'credits-within-debits' or (credits_posted <= debits_posted
    and credits_posted + credits_pending <= debits_posted + debits_pending)),
  add check (most_minor is null or (abs(credits_posted - debits_posted) <= most_minor
    and abs(credits_posted + credits_pending - debits_posted - debits_pending) <= most_minor));
