-- What every tenant's rows stand on: database roles, organisations, people, sessions, grants,
-- and the functions that row-level security is written with.
--
-- Roles belong to the whole server, tables to one database, hence "if it does not exist".
-- tillproof_api:    requests of people; sees only what its organisation may see.
-- tillproof_system: ingest and workers; passes row-level security, never serves a person directly.
do $$
begin
  if not exists (select from pg_roles where rolname = 'tillproof_api') then
    create role tillproof_api login;
  end if;
  if not exists (select from pg_roles where rolname = 'tillproof_system') then
    create role tillproof_system login bypassrls;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of this server is being migrated at the same moment
end
$$;

grant usage on schema public to tillproof_api, tillproof_system;
alter default privileges in schema public
  grant select, insert, update, delete on tables to tillproof_system;
alter default privileges in schema public grant usage, select on sequences to tillproof_system;

create table organisations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (length(name) between 1 and 120),
  kind text not null check (kind in ('platform', 'operator', 'lender', 'site', 'supplier')),
  created_at timestamptz not null default now()
);
-- Names of organisations are known to every party of the cloud: grants and splits name them.
grant select on organisations to tillproof_api;

create table users (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisations,
  email text not null check (email = lower(email)),
  name text not null,
  role text not null check (role in ('admin', 'installer', 'viewer')),
  -- argon2id in PHC string form; it carries its own parameters and salt.
  password_hash text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);
create unique index users_email on users (email);

create table sessions (
  -- SHA-256 of the random id in the cookie: reading this table signs nobody in.
  id_hash bytea primary key check (length(id_hash) = 32),
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);

create table grants (
  id uuid primary key default gen_random_uuid(),
  operator_id uuid not null references organisations,
  grantee_id uuid not null references organisations check (grantee_id <> operator_id),
  -- Null grants every machine of the operator, those to come included.
  device_id text,
  scope text not null check (scope in ('monitor', 'finance')),
  from_at timestamptz not null default now(),
  until_at timestamptz check (until_at > from_at),
  revoked_at timestamptz,
  created_by uuid not null references users
);
create index grants_grantee on grants (grantee_id, operator_id);
create index grants_operator on grants (operator_id);

-- The organisation on whose behalf this transaction runs; null outside withTenant.
create function current_org() returns uuid language sql stable as
$$ select nullif(current_setting('tillproof.org', true), '')::uuid $$;

-- May the current organisation see rows of this operator (and device)? It is the operator itself,
-- or holds a live grant. 'finance' includes 'monitor'. Without a device only a grant of the whole
-- fleet counts, because such a row speaks of all machines.
create function can_see(operator uuid, device text default null, scope text default 'monitor')
returns boolean language sql stable as
$$
  select operator = current_org() or exists (
    select from grants g
    where g.operator_id = operator
      and g.grantee_id = current_org()
      and (g.device_id is null or g.device_id = device)
      and (g.scope = 'finance' or can_see.scope = 'monitor')
      and g.revoked_at is null
      and g.from_at <= now()
      and (g.until_at is null or g.until_at > now())
  )
$$;

-- Makes a table with an operator_id column a tenant table: rows are seen by can_see and changed by
-- the operator alone. Grants reading to tillproof_api; a migration adds what else the API may do.
create procedure protect_tenant_table(
  target regclass, device_column text default null, scope text default 'monitor'
) language plpgsql as
$$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy seen on %s for select using (can_see(operator_id, %s, %L))',
    target, coalesce(quote_ident(device_column), 'null'), scope
  );
  execute format(
    'create policy added on %s for insert with check (operator_id = current_org())', target
  );
  execute format(
    'create policy changed on %s for update using (operator_id = current_org())'
    ' with check (operator_id = current_org())', target
  );
  execute format(
    'create policy removed on %s for delete using (operator_id = current_org())', target
  );
  execute format('grant select on %s to tillproof_api', target);
end
$$;

-- Grants are read by both their sides and written by the operator alone.
alter table grants enable row level security;
alter table grants force row level security;
create policy seen on grants for select
  using (operator_id = current_org() or grantee_id = current_org());
create policy added on grants for insert with check (operator_id = current_org());
create policy changed on grants for update
  using (operator_id = current_org()) with check (operator_id = current_org());
grant select, insert, update on grants to tillproof_api;

-- Tells open dashboards that something happened; delivered when the transaction commits, lost when
-- nobody listens. Payloads stay small: PostgreSQL refuses notifications of 8000 bytes and more.
create function notify_live(operator uuid, device text, type text, payload jsonb)
returns void language sql as
$$
  select pg_notify('live', json_build_object(
    'operatorId', operator, 'deviceId', device, 'type', type, 'payload', payload
  )::text)
$$;
