-- Lending: loans that are repaid by a share of each sale, and the machines pledged for them.

create table loans (
  id uuid primary key,
  -- The borrower. Seen by the two sides of the loan and nobody else, whatever is granted.
  operator_id uuid not null references organisations,
  lender_id uuid not null references organisations check (lender_id <> operator_id),
  name text not null check (length(name) between 1 and 80),
  principal_minor bigint not null check (principal_minor between 1 and 1000000000000000),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  sweep_basis_points int not null check (sweep_basis_points between 1 and 10000),
  planned_daily_minor bigint not null check (planned_daily_minor between 1 and 1000000000000000),
  started_at timestamptz not null,
  created_by uuid not null references users,
  unique (lender_id, name)
);
create index loans_operator on loans (operator_id);
alter table loans enable row level security;
alter table loans force row level security;
create policy seen on loans for select
  using (operator_id = current_org() or lender_id = current_org());
create policy added on loans for insert with check (lender_id = current_org());
grant select, insert on loans to tillproof_api;

create table pledges (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  lender_id uuid not null references organisations,
  loan_id uuid not null references loans,
  device_id text not null references devices,
  -- Blinds the pledge's leaf in the cloud log.
  salt bytea not null check (length(salt) = 16),
  from_at timestamptz not null,
  released_at timestamptz check (released_at >= from_at)
);
-- One machine, one live pledge, whoever the lenders are and whatever they may see of each other.
create unique index pledges_one_live on pledges (device_id) where released_at is null;
create index pledges_loan on pledges (loan_id);
alter table pledges enable row level security;
alter table pledges force row level security;
create policy seen on pledges for select
  using (operator_id = current_org() or lender_id = current_org());
-- A lender takes only what the operator lets it see the money of.
create policy added on pledges for insert
  with check (lender_id = current_org() and can_see(operator_id, device_id, 'finance'));
grant select, insert on pledges to tillproof_api;
