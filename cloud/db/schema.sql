-- Made by `node cloud/src/platform/db/dump.ts --write`; a test keeps it fresh.

create table account_limits (
  id bigint not null generated always as identity,
  operator_id uuid not null,
  path text not null,
  currency text not null,
  rule text not null,
  most_minor bigint,
  note text not null,
  set_by uuid not null,
  set_at timestamp with time zone not null default now(),
  constraint account_limits_pkey PRIMARY KEY (id),
  constraint account_limits_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint account_limits_set_by_fkey FOREIGN KEY (set_by) REFERENCES users(id),
  constraint account_limits_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint account_limits_most_minor_check CHECK ((most_minor >= 0)),
  constraint account_limits_note_check CHECK (((length(note) >= 1) AND (length(note) <= 400))),
  constraint account_limits_path_check CHECK ((length(path) <= 160)),
  constraint account_limits_rule_check CHECK ((rule = ANY (ARRAY['none'::text, 'debits-within-credits'::text, 'credits-within-debits'::text])))
);
CREATE INDEX account_limits_newest ON account_limits USING btree (operator_id, path, currency, id DESC);
alter table account_limits enable row level security, force row level security;
create policy added on account_limits for insert
  with check ((operator_id = current_org()));
create policy changed on account_limits for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on account_limits for delete
  using ((operator_id = current_org()));
create policy seen on account_limits for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant insert, select on account_limits to tillproof_api;
grant insert, select on account_limits to tillproof_system;

create table accounts (
  operator_id uuid not null,
  account_id bigint not null,
  path text not null,
  currency text not null,
  rule text not null,
  device_id text,
  party_id uuid,
  debits_posted bigint not null default 0,
  credits_posted bigint not null default 0,
  debits_pending bigint not null default 0,
  credits_pending bigint not null default 0,
  opened_at timestamp with time zone not null default now(),
  limit_rule text not null default 'none'::text,
  most_minor bigint,
  constraint accounts_pkey PRIMARY KEY (operator_id, account_id),
  constraint accounts_operator_id_account_id_currency_key UNIQUE (operator_id, account_id, currency),
  constraint accounts_operator_id_path_currency_key UNIQUE (operator_id, path, currency),
  constraint accounts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint accounts_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES books(operator_id),
  constraint accounts_party_id_fkey FOREIGN KEY (party_id) REFERENCES organisations(id),
  constraint accounts_account_id_check CHECK ((account_id >= 1)),
  constraint accounts_check CHECK (((rule <> 'debits-within-credits'::text) OR ((debits_posted <= credits_posted) AND ((debits_posted + debits_pending) <= (credits_posted + credits_pending))))),
  constraint accounts_check1 CHECK (((rule <> 'credits-within-debits'::text) OR ((credits_posted <= debits_posted) AND ((credits_posted + credits_pending) <= (debits_posted + debits_pending))))),
  constraint accounts_check2 CHECK (((limit_rule <> 'debits-within-credits'::text) OR ((debits_posted <= credits_posted) AND ((debits_posted + debits_pending) <= (credits_posted + credits_pending))))),
  constraint accounts_check3 CHECK (((limit_rule <> 'credits-within-debits'::text) OR ((credits_posted <= debits_posted) AND ((credits_posted + credits_pending) <= (debits_posted + debits_pending))))),
  constraint accounts_check4 CHECK (((most_minor IS NULL) OR ((abs((credits_posted - debits_posted)) <= most_minor) AND (abs((((credits_posted + credits_pending) - debits_posted) - debits_pending)) <= most_minor)))),
  constraint accounts_credits_pending_check CHECK ((credits_pending >= 0)),
  constraint accounts_credits_posted_check CHECK ((credits_posted >= 0)),
  constraint accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint accounts_debits_pending_check CHECK ((debits_pending >= 0)),
  constraint accounts_debits_posted_check CHECK ((debits_posted >= 0)),
  constraint accounts_limit_rule_check CHECK ((limit_rule = ANY (ARRAY['none'::text, 'debits-within-credits'::text, 'credits-within-debits'::text]))),
  constraint accounts_most_minor_check CHECK ((most_minor >= 0)),
  constraint accounts_path_check CHECK ((length(path) <= 160)),
  constraint accounts_rule_check CHECK ((rule = ANY (ARRAY['none'::text, 'debits-within-credits'::text, 'credits-within-debits'::text])))
);
alter table accounts enable row level security, force row level security;
create policy seen on accounts for select
  using (((party_id = current_org()) OR can_see(operator_id, device_id, 'finance'::text)));
grant select on accounts to tillproof_api;
grant insert, select, update on accounts to tillproof_system;

create table agreement_registrations (
  id bigint not null generated always as identity,
  contract_id bigint not null,
  operator_id uuid not null,
  agreement_id uuid not null,
  version integer not null,
  party_ids uuid[] not null,
  digest bytea not null,
  nonce bigint,
  gas_price numeric(78,0),
  raw_transaction text,
  transaction_hashes text[] not null default '{}'::text[],
  state text not null,
  block_number bigint,
  block_hash text,
  mined_transaction text,
  submitted_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone,
  final_at timestamp with time zone,
  failure text,
  constraint agreement_registrations_pkey PRIMARY KEY (id),
  constraint agreement_registrations_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES anchor_contracts(id),
  constraint agreement_registrations_operator_id_agreement_id_version_fkey FOREIGN KEY (operator_id, agreement_id, version) REFERENCES agreements(operator_id, agreement_id, version),
  constraint agreement_registrations_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint agreement_registrations_check CHECK ((num_nulls(nonce, gas_price, raw_transaction) = ANY (ARRAY[0, 3]))),
  constraint agreement_registrations_check1 CHECK (((raw_transaction IS NULL) = (cardinality(transaction_hashes) = 0))),
  constraint agreement_registrations_check2 CHECK (((state <> ALL (ARRAY['submitted'::text, 'mined'::text])) OR (raw_transaction IS NOT NULL))),
  constraint agreement_registrations_check3 CHECK (((state <> 'mined'::text) OR ((block_number IS NOT NULL) AND (block_hash IS NOT NULL) AND (mined_transaction IS NOT NULL)))),
  constraint agreement_registrations_check4 CHECK (((state = 'final'::text) = (final_at IS NOT NULL))),
  constraint agreement_registrations_check5 CHECK (((state = 'failed'::text) = (failure IS NOT NULL))),
  constraint agreement_registrations_digest_check CHECK ((octet_length(digest) = 32)),
  constraint agreement_registrations_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'mined'::text, 'final'::text, 'failed'::text])))
);
CREATE INDEX agreement_registrations_of ON agreement_registrations USING btree (operator_id, agreement_id, version, id);
CREATE UNIQUE INDEX agreement_registrations_once ON agreement_registrations USING btree (contract_id, operator_id, agreement_id, version) WHERE (state <> 'failed'::text);
CREATE UNIQUE INDEX agreement_registrations_one_on_its_way ON agreement_registrations USING btree (contract_id) WHERE (state = ANY (ARRAY['submitted'::text, 'mined'::text]));
alter table agreement_registrations enable row level security, force row level security;
create policy seen on agreement_registrations for select
  using (((operator_id = current_org()) OR (current_org() = ANY (party_ids))));
grant select on agreement_registrations to tillproof_api;
grant delete, insert, select, update on agreement_registrations to tillproof_system;

create table agreement_signatures (
  operator_id uuid not null,
  agreement_id uuid not null,
  version integer not null,
  organisation_id uuid not null,
  party_ids uuid[] not null,
  signature text not null,
  signer text not null,
  signed_by uuid not null,
  signed_at timestamp with time zone not null,
  constraint agreement_signatures_pkey PRIMARY KEY (operator_id, agreement_id, version, organisation_id),
  constraint agreement_signatures_operator_id_agreement_id_version_fkey FOREIGN KEY (operator_id, agreement_id, version) REFERENCES agreements(operator_id, agreement_id, version),
  constraint agreement_signatures_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint agreement_signatures_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations(id),
  constraint agreement_signatures_signed_by_fkey FOREIGN KEY (signed_by) REFERENCES users(id),
  constraint agreement_signatures_signature_check CHECK ((signature ~ '^0x[0-9a-f]{130}$'::text)),
  constraint agreement_signatures_signer_check CHECK ((signer ~ '^0x[0-9a-f]{40}$'::text))
);
alter table agreement_signatures enable row level security, force row level security;
create policy seen on agreement_signatures for select
  using (((operator_id = current_org()) OR (current_org() = ANY (party_ids))));
grant select on agreement_signatures to tillproof_api;
grant insert, select on agreement_signatures to tillproof_system;

create table agreements (
  operator_id uuid not null,
  agreement_id uuid not null,
  version integer not null,
  currency text not null,
  terms jsonb not null,
  hash bytea not null,
  party_ids uuid[] not null,
  proposed_by uuid not null,
  proposed_at timestamp with time zone not null default now(),
  effective_from timestamp with time zone,
  constraint agreements_pkey PRIMARY KEY (operator_id, agreement_id, version),
  constraint agreements_agreement_id_version_key UNIQUE (agreement_id, version),
  constraint agreements_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint agreements_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users(id),
  constraint agreements_hash_check CHECK ((length(hash) = 32)),
  constraint agreements_party_ids_check CHECK ((cardinality(party_ids) > 0)),
  constraint agreements_version_check CHECK ((version >= 1))
);
CREATE INDEX agreements_in_force ON agreements USING btree (operator_id, effective_from) WHERE (effective_from IS NOT NULL);
alter table agreements enable row level security, force row level security;
create policy added on agreements for insert
  with check ((operator_id = current_org()));
create policy seen on agreements for select
  using (((operator_id = current_org()) OR (current_org() = ANY (party_ids))));
grant insert, select on agreements to tillproof_api;
grant insert, select, update on agreements to tillproof_system;

create table anchor_contracts (
  id bigint not null generated always as identity,
  chain_id bigint not null,
  origin_hash bytea not null,
  address text not null,
  nonce bigint,
  raw_transaction text,
  state text not null,
  created_at timestamp with time zone not null default now(),
  constraint anchor_contracts_pkey PRIMARY KEY (id),
  constraint anchor_contracts_check CHECK (((raw_transaction IS NULL) = (nonce IS NULL))),
  constraint anchor_contracts_origin_hash_check CHECK ((octet_length(origin_hash) = 32)),
  constraint anchor_contracts_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'deployed'::text, 'lost'::text])))
);
CREATE UNIQUE INDEX anchor_contracts_one_live ON anchor_contracts USING btree (chain_id, origin_hash) WHERE (state <> 'lost'::text);
grant select on anchor_contracts to tillproof_api;
grant delete, insert, select, update on anchor_contracts to tillproof_system;

create table anchors (
  id bigint not null generated always as identity,
  contract_id bigint not null,
  size bigint not null,
  root bytea not null,
  nonce bigint not null,
  gas_price numeric(78,0) not null,
  raw_transaction text not null,
  transaction_hashes text[] not null,
  state text not null,
  block_number bigint,
  block_hash text,
  mined_transaction text,
  submitted_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone,
  final_at timestamp with time zone,
  failure text,
  header bytea,
  account_proof bytea[],
  storage_proof bytea[],
  constraint anchors_pkey PRIMARY KEY (id),
  constraint anchors_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES anchor_contracts(id),
  constraint anchors_size_fkey FOREIGN KEY (size) REFERENCES log_checkpoints(size),
  constraint anchors_check CHECK (((state <> ALL (ARRAY['mined'::text, 'final'::text])) OR ((block_number IS NOT NULL) AND (block_hash IS NOT NULL) AND (mined_transaction IS NOT NULL)))),
  constraint anchors_check1 CHECK (((state = 'final'::text) = (final_at IS NOT NULL))),
  constraint anchors_check2 CHECK (((state = 'failed'::text) = (failure IS NOT NULL))),
  constraint anchors_header_check CHECK ((octet_length(header) <= 65536)),
  constraint anchors_root_check CHECK ((octet_length(root) = 32)),
  constraint anchors_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'mined'::text, 'final'::text, 'failed'::text]))),
  constraint anchors_state_whole CHECK (((num_nulls(header, account_proof, storage_proof) = ANY (ARRAY[0, 3])) AND ((header IS NULL) OR (state = ANY (ARRAY['final'::text, 'failed'::text]))))),
  constraint anchors_transaction_hashes_check CHECK ((cardinality(transaction_hashes) > 0))
);
CREATE INDEX anchors_final ON anchors USING btree (contract_id, size) WHERE (state = 'final'::text);
CREATE UNIQUE INDEX anchors_one_on_its_way ON anchors USING btree (contract_id) WHERE (state = ANY (ARRAY['submitted'::text, 'mined'::text]));
grant select on anchors to tillproof_api;
grant delete, insert, select, update on anchors to tillproof_system;

create table audit_orders (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  device_id text not null,
  requested_by uuid not null,
  at timestamp with time zone not null default now(),
  sent_at timestamp with time zone,
  outcome text,
  epoch integer,
  index bigint,
  reason text,
  constraint audit_orders_pkey PRIMARY KEY (id),
  constraint audit_orders_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint audit_orders_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint audit_orders_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(id),
  constraint audit_orders_check CHECK ((((outcome IS NULL) = (index IS NULL)) AND ((outcome IS NULL) = (epoch IS NULL)))),
  constraint audit_orders_index_check CHECK ((index >= 0)),
  constraint audit_orders_outcome_check CHECK ((outcome = ANY (ARRAY['read'::text, 'failed'::text])))
);
CREATE INDEX audit_orders_device ON audit_orders USING btree (device_id, at DESC);
CREATE INDEX audit_orders_open ON audit_orders USING btree (at) WHERE (outcome IS NULL);
alter table audit_orders enable row level security, force row level security;
create policy added on audit_orders for insert
  with check ((operator_id = current_org()));
create policy changed on audit_orders for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on audit_orders for delete
  using ((operator_id = current_org()));
create policy seen on audit_orders for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on audit_orders to tillproof_api;
grant delete, insert, select, update on audit_orders to tillproof_system;

create table bill_lines (
  operator_id uuid not null,
  channel text not null,
  day text not null,
  line_no integer not null,
  device_id text not null,
  order_id uuid not null,
  refund_id text,
  transaction_id text not null,
  moved_as text not null,
  at timestamp with time zone not null,
  amount_minor bigint not null,
  currency text not null,
  fee_minor bigint,
  fault text,
  collected_in integer,
  released_in integer,
  constraint bill_lines_pkey PRIMARY KEY (operator_id, channel, day, line_no),
  constraint bill_lines_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint bill_lines_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint bill_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint bill_lines_check CHECK (((released_in IS NULL) OR (collected_in IS NOT NULL))),
  constraint bill_lines_check1 CHECK (((collected_in IS NULL) OR ((fault IS NULL) AND (fee_minor IS NOT NULL)))),
  constraint bill_lines_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint bill_lines_fault_check CHECK ((fault ~ '^[a-z][a-z-]{1,39}$'::text)),
  constraint bill_lines_line_no_check CHECK ((line_no >= 1)),
  constraint bill_lines_refund_id_check CHECK (((length(refund_id) >= 1) AND (length(refund_id) <= 80)))
);
CREATE INDEX bill_lines_faulty ON bill_lines USING btree (channel, order_id) WHERE (fault IS NOT NULL);
CREATE UNIQUE INDEX bill_lines_once ON bill_lines USING btree (order_id, COALESCE(refund_id, ''::text)) WHERE (fault IS NULL);
CREATE INDEX bill_lines_open ON bill_lines USING btree (operator_id, channel, day, line_no) WHERE (released_in IS NULL);
CREATE INDEX bill_lines_unmoved ON bill_lines USING btree (channel, moved_as) WHERE (fee_minor IS NULL);
alter table bill_lines enable row level security, force row level security;
create policy added on bill_lines for insert
  with check ((operator_id = current_org()));
create policy changed on bill_lines for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on bill_lines for delete
  using ((operator_id = current_org()));
create policy seen on bill_lines for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on bill_lines to tillproof_api;
grant delete, insert, select, update on bill_lines to tillproof_system;

create table bill_movements (
  channel text not null,
  business_id text not null,
  day text not null,
  net_minor bigint not null,
  constraint bill_movements_pkey PRIMARY KEY (channel, business_id, day),
  constraint bill_movements_business_id_check CHECK (((length(business_id) >= 1) AND (length(business_id) <= 80)))
);
grant delete, insert, select, update on bill_movements to tillproof_system;

create table bill_strays (
  channel text not null,
  day text not null,
  line_no integer not null,
  order_id text not null,
  transaction_id text not null,
  amount_minor bigint not null,
  currency text not null,
  constraint bill_strays_pkey PRIMARY KEY (channel, day, line_no),
  constraint bill_strays_line_no_check CHECK ((line_no >= 1))
);
grant delete, insert, select, update on bill_strays to tillproof_system;

create table books (
  operator_id uuid not null,
  writer text,
  writer_epoch bigint not null default 0,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  journals bigint not null default 0,
  accounts bigint not null default 0,
  batches bigint not null default 0,
  head_hash bytea not null default decode(repeat('00'::text, 32), 'hex'::text),
  checked_at timestamp with time zone,
  check_faults integer,
  constraint books_pkey PRIMARY KEY (operator_id),
  constraint books_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint books_accounts_check CHECK ((accounts >= 0)),
  constraint books_batches_check CHECK ((batches >= 0)),
  constraint books_head_hash_check CHECK ((length(head_hash) = 32)),
  constraint books_journals_check CHECK ((journals >= 0)),
  constraint books_writer_epoch_check CHECK ((writer_epoch >= 0))
);
alter table books enable row level security, force row level security;
create policy added on books for insert
  with check ((operator_id = current_org()));
create policy changed on books for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on books for delete
  using ((operator_id = current_org()));
create policy seen on books for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on books to tillproof_api;
grant insert, select, update on books to tillproof_system;

create table box_count_journals (
  count_id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  number integer not null,
  difference_minor bigint not null,
  tubes_minor bigint not null,
  collected_minor bigint not null,
  sources bigint[] not null,
  posted_at timestamp with time zone,
  refused text,
  constraint box_count_journals_pkey PRIMARY KEY (count_id, number),
  constraint box_count_journals_count_id_fkey FOREIGN KEY (count_id) REFERENCES box_counts(id),
  constraint box_count_journals_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint box_count_journals_collected_minor_check CHECK ((collected_minor >= 0)),
  constraint box_count_journals_number_check CHECK ((number >= 0))
);
CREATE INDEX box_count_journals_unposted ON box_count_journals USING btree (operator_id) WHERE ((posted_at IS NULL) AND (refused IS NULL));
alter table box_count_journals enable row level security, force row level security;
create policy added on box_count_journals for insert
  with check ((operator_id = current_org()));
create policy changed on box_count_journals for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on box_count_journals for delete
  using ((operator_id = current_org()));
create policy seen on box_count_journals for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on box_count_journals to tillproof_api;
grant delete, insert, select, update on box_count_journals to tillproof_system;

create table box_counts (
  id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  counted_at timestamp with time zone not null,
  amount_minor bigint not null,
  currency text not null,
  collected boolean not null,
  counted_by text not null,
  photo_hash bytea,
  stated_by uuid not null,
  stated_at timestamp with time zone not null default now(),
  expected_minor bigint,
  difference_minor bigint,
  tubes_minor bigint,
  looked_at timestamp with time zone,
  constraint box_counts_pkey PRIMARY KEY (id),
  constraint box_counts_device_id_currency_counted_at_key UNIQUE (device_id, currency, counted_at),
  constraint box_counts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint box_counts_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint box_counts_stated_by_fkey FOREIGN KEY (stated_by) REFERENCES users(id),
  constraint box_counts_amount_minor_check CHECK ((amount_minor >= 0)),
  constraint box_counts_counted_by_check CHECK (((length(counted_by) >= 1) AND (length(counted_by) <= 80))),
  constraint box_counts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint box_counts_photo_hash_check CHECK ((length(photo_hash) = 32))
);
CREATE INDEX box_counts_operator ON box_counts USING btree (operator_id, counted_at DESC);
alter table box_counts enable row level security, force row level security;
create policy added on box_counts for insert
  with check ((operator_id = current_org()));
create policy changed on box_counts for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on box_counts for delete
  using ((operator_id = current_org()));
create policy seen on box_counts for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant insert, select on box_counts to tillproof_api;
grant delete, insert, select, update on box_counts to tillproof_system;

create table cash_sales (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  open_index bigint not null,
  sale_id text not null,
  amount_minor bigint not null,
  currency text not null,
  at timestamp with time zone not null,
  heard_at timestamp with time zone not null default now(),
  cleared_at timestamp with time zone,
  refused_at timestamp with time zone,
  count_id uuid,
  constraint cash_sales_pkey PRIMARY KEY (operator_id, device_id, epoch, open_index),
  constraint cash_sales_sale_id_key UNIQUE (sale_id),
  constraint cash_sales_count_id_fkey FOREIGN KEY (count_id) REFERENCES box_counts(id),
  constraint cash_sales_operator_id_device_id_epoch_open_index_fkey FOREIGN KEY (operator_id, device_id, epoch, open_index) REFERENCES sales(operator_id, device_id, epoch, open_index),
  constraint cash_sales_amount_minor_check CHECK ((amount_minor > 0))
);
CREATE INDEX cash_sales_box ON cash_sales USING btree (device_id, currency, at);
CREATE INDEX cash_sales_uncleared ON cash_sales USING btree (operator_id, heard_at, sale_id) WHERE ((cleared_at IS NULL) AND (refused_at IS NULL));
CREATE INDEX cash_sales_unshown ON cash_sales USING btree (device_id, currency, at) WHERE (count_id IS NULL);
alter table cash_sales enable row level security, force row level security;
create policy added on cash_sales for insert
  with check ((operator_id = current_org()));
create policy changed on cash_sales for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on cash_sales for delete
  using ((operator_id = current_org()));
create policy seen on cash_sales for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on cash_sales to tillproof_api;
grant delete, insert, select, update on cash_sales to tillproof_system;

create table certificates (
  fingerprint bytea not null,
  operator_id uuid not null,
  enrolment_id uuid not null,
  purpose text not null,
  device_id text,
  pem text not null,
  issued_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  ownership_hash bytea,
  revoked_at timestamp with time zone,
  revoked_reason text,
  constraint certificates_pkey PRIMARY KEY (fingerprint),
  constraint certificates_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint certificates_enrolment_id_fkey FOREIGN KEY (enrolment_id) REFERENCES enrolments(id),
  constraint certificates_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint certificates_fingerprint_check CHECK ((length(fingerprint) = 32)),
  constraint certificates_purpose_check CHECK ((purpose = ANY (ARRAY['claim'::text, 'device'::text])))
);
CREATE INDEX certificates_device ON certificates USING btree (device_id);
CREATE INDEX certificates_ownership ON certificates USING btree (ownership_hash) WHERE (ownership_hash IS NOT NULL);
alter table certificates enable row level security, force row level security;
create policy added on certificates for insert
  with check ((operator_id = current_org()));
create policy changed on certificates for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on certificates for delete
  using ((operator_id = current_org()));
create policy seen on certificates for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on certificates to tillproof_api;
grant delete, insert, select, update on certificates to tillproof_system;

create table channel_bills (
  channel text not null,
  day text not null,
  kind text not null,
  state text not null default 'waiting'::text,
  body bytea,
  body_hash bytea,
  detail text,
  from_at timestamp with time zone not null,
  until timestamp with time zone not null,
  asked_at timestamp with time zone,
  stored_at timestamp with time zone,
  read_at timestamp with time zone,
  constraint channel_bills_pkey PRIMARY KEY (channel, day, kind),
  constraint channel_bills_body_hash_check CHECK ((length(body_hash) = 32)),
  constraint channel_bills_channel_check CHECK ((channel ~ '^[a-z][a-z0-9-]{0,30}$'::text)),
  constraint channel_bills_check CHECK ((until > from_at)),
  constraint channel_bills_check1 CHECK (((body IS NULL) = (body_hash IS NULL))),
  constraint channel_bills_check2 CHECK (((body IS NOT NULL) = (state = ANY (ARRAY['stored'::text, 'malformed'::text])))),
  constraint channel_bills_check3 CHECK (((read_at IS NULL) OR (state = ANY (ARRAY['none'::text, 'stored'::text])))),
  constraint channel_bills_day_check CHECK ((day ~ '^\d{4}-\d\d-\d\d(\.\d{1,6})?$'::text)),
  constraint channel_bills_detail_check CHECK ((length(detail) <= 400)),
  constraint channel_bills_kind_check CHECK ((kind = ANY (ARRAY['trades'::text, 'funds'::text]))),
  constraint channel_bills_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'none'::text, 'stored'::text, 'malformed'::text])))
);
CREATE INDEX channel_bills_newest ON channel_bills USING btree (channel, from_at);
CREATE INDEX channel_bills_open ON channel_bills USING btree (channel, from_at) WHERE (read_at IS NULL);
grant delete, insert, select, update on channel_bills to tillproof_system;

create table cross_checks (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  size bigint not null,
  constraint cross_checks_pkey PRIMARY KEY (operator_id, device_id, epoch),
  constraint cross_checks_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint cross_checks_size_check CHECK ((size >= 0))
);
alter table cross_checks enable row level security, force row level security;
create policy added on cross_checks for insert
  with check ((operator_id = current_org()));
create policy changed on cross_checks for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on cross_checks for delete
  using ((operator_id = current_org()));
create policy seen on cross_checks for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on cross_checks to tillproof_api;
grant delete, insert, select, update on cross_checks to tillproof_system;

create table device_batches (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  first_index bigint not null,
  size_after bigint not null,
  payload bytea not null,
  leaf_hashes bytea not null,
  head text not null,
  received_at timestamp with time zone not null default now(),
  node_hashes bytea not null,
  constraint device_batches_pkey PRIMARY KEY (operator_id, device_id, epoch, first_index),
  constraint device_batches_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint device_batches_check CHECK ((size_after > first_index)),
  constraint device_batches_check1 CHECK ((length(leaf_hashes) = (32 * (size_after - first_index)))),
  constraint device_batches_check2 CHECK ((octet_length(node_hashes) = (32 * ((size_after - bit_count((size_after)::bit(64))) - (first_index - bit_count((first_index)::bit(64)))))))
);
CREATE INDEX device_batches_device ON device_batches USING btree (device_id, epoch, first_index);
alter table device_batches enable row level security, force row level security;
create policy added on device_batches for insert
  with check ((operator_id = current_org()));
create policy changed on device_batches for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on device_batches for delete
  using ((operator_id = current_org()));
create policy seen on device_batches for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on device_batches to tillproof_api;
grant delete, insert, select, update on device_batches to tillproof_system;

create table device_contacts (
  operator_id uuid not null,
  device_id text not null,
  contact text not null,
  is_on boolean not null,
  at timestamp with time zone not null,
  constraint device_contacts_pkey PRIMARY KEY (operator_id, device_id, contact),
  constraint device_contacts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint device_contacts_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id)
);
alter table device_contacts enable row level security, force row level security;
create policy added on device_contacts for insert
  with check ((operator_id = current_org()));
create policy changed on device_contacts for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on device_contacts for delete
  using ((operator_id = current_org()));
create policy seen on device_contacts for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on device_contacts to tillproof_api;
grant delete, insert, select, update on device_contacts to tillproof_system;

create table device_heads (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  origin text not null,
  evidence_key bytea not null,
  size bigint not null default 0,
  peaks bytea not null,
  root bytea not null,
  head text,
  receipt text,
  received_at timestamp with time zone,
  last_event_at timestamp with time zone,
  forked_at timestamp with time zone,
  started_at timestamp with time zone not null default now(),
  shown_at timestamp with time zone,
  constraint device_heads_pkey PRIMARY KEY (operator_id, device_id, epoch),
  constraint device_heads_evidence_key_key UNIQUE (evidence_key),
  constraint device_heads_origin_key UNIQUE (origin),
  constraint device_heads_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint device_heads_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint device_heads_epoch_check CHECK ((epoch >= 1)),
  constraint device_heads_evidence_key_check CHECK ((length(evidence_key) = 32)),
  constraint device_heads_root_check CHECK ((length(root) = 32)),
  constraint device_heads_size_check CHECK ((size >= 0))
);
CREATE INDEX device_heads_device ON device_heads USING btree (device_id, epoch);
CREATE INDEX device_heads_to_show ON device_heads USING btree (shown_at NULLS FIRST);
alter table device_heads enable row level security, force row level security;
create policy added on device_heads for insert
  with check ((operator_id = current_org()));
create policy changed on device_heads for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on device_heads for delete
  using ((operator_id = current_org()));
create policy seen on device_heads for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on device_heads to tillproof_api;
grant delete, insert, select, update on device_heads to tillproof_system;

create table device_ports (
  operator_id uuid not null,
  device_id text not null,
  port text not null,
  state text not null,
  at timestamp with time zone not null,
  constraint device_ports_pkey PRIMARY KEY (operator_id, device_id, port),
  constraint device_ports_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint device_ports_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint device_ports_state_check CHECK ((state = ANY (ARRAY['up'::text, 'down'::text])))
);
alter table device_ports enable row level security, force row level security;
create policy added on device_ports for insert
  with check ((operator_id = current_org()));
create policy changed on device_ports for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on device_ports for delete
  using ((operator_id = current_org()));
create policy seen on device_ports for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on device_ports to tillproof_api;
grant delete, insert, select, update on device_ports to tillproof_system;

create table devices (
  id text not null,
  operator_id uuid not null,
  label text not null,
  kind text not null,
  site text not null,
  status text not null default 'active'::text,
  model text not null,
  controller_serial text not null,
  epoch integer not null,
  connected_at timestamp with time zone,
  seen_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  profile text,
  constraint devices_pkey PRIMARY KEY (id),
  constraint devices_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint devices_epoch_check CHECK ((epoch >= 1)),
  constraint devices_id_check CHECK ((id ~ '^d[0-9a-z]{12}$'::text)),
  constraint devices_kind_check CHECK ((kind = ANY (ARRAY['vending'::text, 'massage-chair'::text, 'shared-car'::text, 'washer'::text, 'charger'::text, 'virtual'::text]))),
  constraint devices_label_check CHECK (((length(label) >= 1) AND (length(label) <= 80))),
  constraint devices_site_check CHECK (((length(site) >= 1) AND (length(site) <= 120))),
  constraint devices_status_check CHECK ((status = ANY (ARRAY['active'::text, 'quarantined'::text, 'retired'::text])))
);
CREATE INDEX devices_operator ON devices USING btree (operator_id, id);
alter table devices enable row level security, force row level security;
create policy added on devices for insert
  with check ((operator_id = current_org()));
create policy changed on devices for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on devices for delete
  using ((operator_id = current_org()));
create policy seen on devices for select
  using (can_see(operator_id, id, 'monitor'::text));
grant select on devices to tillproof_api;
grant delete, insert, select, update on devices to tillproof_system;

create table door_moves (
  operator_id uuid not null,
  device_id text not null,
  contact text not null,
  is_on boolean not null,
  at timestamp with time zone not null,
  constraint door_moves_pkey PRIMARY KEY (operator_id, device_id, contact, at),
  constraint door_moves_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint door_moves_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id)
);
CREATE INDEX door_moves_device ON door_moves USING btree (device_id, at);
alter table door_moves enable row level security, force row level security;
create policy added on door_moves for insert
  with check ((operator_id = current_org()));
create policy changed on door_moves for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on door_moves for delete
  using ((operator_id = current_org()));
create policy seen on door_moves for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on door_moves to tillproof_api;
grant delete, insert, select, update on door_moves to tillproof_system;

create table enrolments (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  label text not null,
  kind text not null,
  site text not null,
  replaces text,
  code_hash bytea not null,
  created_by uuid not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  claimed_by bytea,
  claimed_at timestamp with time zone,
  device_id text,
  used_at timestamp with time zone,
  constraint enrolments_pkey PRIMARY KEY (id),
  constraint enrolments_code_hash_key UNIQUE (code_hash),
  constraint enrolments_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint enrolments_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint enrolments_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint enrolments_replaces_fkey FOREIGN KEY (replaces) REFERENCES devices(id),
  constraint enrolments_check CHECK (((device_id IS NULL) = (used_at IS NULL))),
  constraint enrolments_claimed_by_check CHECK ((length(claimed_by) = 32)),
  constraint enrolments_code_hash_check CHECK ((length(code_hash) = 32))
);
CREATE INDEX enrolments_operator ON enrolments USING btree (operator_id, created_at);
alter table enrolments enable row level security, force row level security;
create policy added on enrolments for insert
  with check ((operator_id = current_org()));
create policy changed on enrolments for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on enrolments for delete
  using ((operator_id = current_org()));
create policy seen on enrolments for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant insert, select on enrolments to tillproof_api;
grant delete, insert, select, update on enrolments to tillproof_system;

create table erasures (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  index bigint not null,
  sealed_hash bytea not null,
  reason text not null,
  requested_by uuid,
  at timestamp with time zone not null default now(),
  order_note text,
  sent_at timestamp with time zone,
  told_index bigint,
  constraint erasures_pkey PRIMARY KEY (id),
  constraint erasures_operator_id_device_id_epoch_index_key UNIQUE (operator_id, device_id, epoch, index),
  constraint erasures_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint erasures_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint erasures_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(id),
  constraint erasures_index_check CHECK ((index >= 0)),
  constraint erasures_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1024))),
  constraint erasures_sealed_hash_check CHECK ((length(sealed_hash) = 32))
);
CREATE INDEX erasures_device ON erasures USING btree (device_id, epoch, index);
CREATE INDEX erasures_to_send ON erasures USING btree (device_id) WHERE ((order_note IS NOT NULL) AND (told_index IS NULL));
alter table erasures enable row level security, force row level security;
create policy added on erasures for insert
  with check ((operator_id = current_org()));
create policy changed on erasures for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on erasures for delete
  using ((operator_id = current_org()));
create policy seen on erasures for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on erasures to tillproof_api;
grant delete, insert, select, update on erasures to tillproof_system;

create table freeze_orders (
  id uuid not null,
  operator_id uuid not null,
  party_id uuid not null,
  cause text not null,
  document text not null,
  limit_minor bigint,
  currency text,
  from_at timestamp with time zone not null,
  until timestamp with time zone,
  salt bytea not null,
  ordered_by uuid not null,
  ordered_for uuid not null,
  ordered_at timestamp with time zone not null default now(),
  released_by uuid,
  released_at timestamp with time zone,
  release_document text,
  from_seq bigint,
  until_seq bigint,
  settled_at timestamp with time zone,
  constraint freeze_orders_pkey PRIMARY KEY (id),
  constraint freeze_orders_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint freeze_orders_ordered_by_fkey FOREIGN KEY (ordered_by) REFERENCES users(id),
  constraint freeze_orders_ordered_for_fkey FOREIGN KEY (ordered_for) REFERENCES organisations(id),
  constraint freeze_orders_party_id_fkey FOREIGN KEY (party_id) REFERENCES organisations(id),
  constraint freeze_orders_released_by_fkey FOREIGN KEY (released_by) REFERENCES users(id),
  constraint freeze_orders_cause_check CHECK ((cause = ANY (ARRAY['court'::text, 'risk'::text]))),
  constraint freeze_orders_check CHECK ((until > from_at)),
  constraint freeze_orders_check1 CHECK ((until_seq >= from_seq)),
  constraint freeze_orders_check2 CHECK (((limit_minor IS NULL) = (currency IS NULL))),
  constraint freeze_orders_check3 CHECK (((released_at IS NULL) = (released_by IS NULL))),
  constraint freeze_orders_check4 CHECK (((released_at IS NULL) = (release_document IS NULL))),
  constraint freeze_orders_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint freeze_orders_document_check CHECK (((length(document) >= 1) AND (length(document) <= 200))),
  constraint freeze_orders_from_seq_check CHECK ((from_seq >= 1)),
  constraint freeze_orders_limit_minor_check CHECK ((limit_minor > 0)),
  constraint freeze_orders_release_document_check CHECK (((length(release_document) >= 1) AND (length(release_document) <= 200))),
  constraint freeze_orders_salt_check CHECK ((length(salt) = 16))
);
CREATE INDEX freeze_orders_book ON freeze_orders USING btree (operator_id, ordered_at DESC);
CREATE INDEX freeze_orders_live ON freeze_orders USING btree (operator_id) WHERE (until_seq IS NULL);
CREATE INDEX freeze_orders_unsettled ON freeze_orders USING btree (until) WHERE (settled_at IS NULL);
alter table freeze_orders enable row level security, force row level security;
create policy seen on freeze_orders for select
  using (((party_id = current_org()) OR can_see(operator_id, NULL::text, 'finance'::text)));
grant select on freeze_orders to tillproof_api;
grant insert, select, update on freeze_orders to tillproof_system;

create table grants (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  grantee_id uuid not null,
  device_id text,
  scope text not null,
  from_at timestamp with time zone not null default now(),
  until_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_by uuid not null,
  constraint grants_pkey PRIMARY KEY (id),
  constraint grants_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint grants_grantee_id_fkey FOREIGN KEY (grantee_id) REFERENCES organisations(id),
  constraint grants_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint grants_check CHECK ((grantee_id <> operator_id)),
  constraint grants_check1 CHECK ((until_at > from_at)),
  constraint grants_scope_check CHECK ((scope = ANY (ARRAY['monitor'::text, 'finance'::text])))
);
CREATE INDEX grants_grantee ON grants USING btree (grantee_id, operator_id);
CREATE INDEX grants_operator ON grants USING btree (operator_id);
alter table grants enable row level security, force row level security;
create policy added on grants for insert
  with check ((operator_id = current_org()));
create policy changed on grants for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy seen on grants for select
  using (((operator_id = current_org()) OR (grantee_id = current_org())));
grant insert, select, update on grants to tillproof_api;
grant delete, insert, select, update on grants to tillproof_system;

create table incidents (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  device_id text not null,
  kind text not null,
  detail jsonb not null,
  proof bytea,
  opened_at timestamp with time zone not null default now(),
  closed_at timestamp with time zone,
  closed_by uuid,
  closed_reason text,
  subject text,
  constraint incidents_pkey PRIMARY KEY (id),
  constraint incidents_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES users(id),
  constraint incidents_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint incidents_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint incidents_kind_check CHECK ((kind = ANY (ARRAY['fork'::text, 'controller-swap'::text, 'place-left'::text, 'moved'::text, 'tamper'::text, 'meter-epoch'::text, 'audit-damaged'::text, 'voucher-replayed'::text, 'events-missing'::text, 'goods-unsold'::text, 'sales-phantom'::text, 'two-places'::text, 'more-than-held'::text, 'audit-failing'::text, 'audit-sums-differ'::text, 'stock-short'::text, 'stock-over'::text, 'stock-risen'::text, 'refill-unseen'::text, 'sales-at-visit'::text])))
);
CREATE INDEX incidents_device ON incidents USING btree (device_id, opened_at DESC);
CREATE UNIQUE INDEX incidents_open_subject ON incidents USING btree (device_id, kind, subject) WHERE ((closed_at IS NULL) AND (subject IS NOT NULL));
alter table incidents enable row level security, force row level security;
create policy added on incidents for insert
  with check ((operator_id = current_org()));
create policy changed on incidents for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on incidents for delete
  using ((operator_id = current_org()));
create policy seen on incidents for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on incidents to tillproof_api;
grant update (closed_at, closed_by, closed_reason) on incidents to tillproof_api;
grant delete, insert, select, update on incidents to tillproof_system;

create table journals (
  operator_id uuid not null,
  seq bigint not null,
  batch_seq bigint not null,
  business_id text not null,
  payload_hash bytea not null,
  kind text not null,
  device_id text,
  source_at timestamp with time zone not null,
  booked_at timestamp with time zone not null,
  agreement_id uuid,
  agreement_version integer,
  salt bytea not null,
  constraint journals_pkey PRIMARY KEY (operator_id, seq),
  constraint journals_operator_id_business_id_key UNIQUE (operator_id, business_id),
  constraint journals_business_id_check CHECK (((length(business_id) >= 1) AND (length(business_id) <= 120))),
  constraint journals_check CHECK (((agreement_id IS NULL) = (agreement_version IS NULL))),
  constraint journals_kind_check CHECK ((kind ~ '^[a-z][a-z-]{1,39}$'::text)),
  constraint journals_payload_hash_check CHECK ((length(payload_hash) = 32)),
  constraint journals_salt_check CHECK ((length(salt) = 16)),
  constraint journals_seq_check CHECK ((seq >= 1))
);
CREATE INDEX journals_batch ON journals USING btree (operator_id, batch_seq);
CREATE INDEX journals_device ON journals USING btree (operator_id, device_id, seq);
alter table journals enable row level security, force row level security;
create policy added on journals for insert
  with check ((operator_id = current_org()));
create policy changed on journals for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on journals for delete
  using ((operator_id = current_org()));
create policy seen on journals for select
  using ((can_see(operator_id, device_id, 'finance'::text) OR (EXISTS ( SELECT
   FROM (legs l
     JOIN accounts a USING (operator_id, account_id))
  WHERE ((l.operator_id = journals.operator_id) AND (l.journal_seq = journals.seq) AND (a.party_id = current_org()))))));
grant select on journals to tillproof_api;
grant insert, select on journals to tillproof_system;

create table legs (
  operator_id uuid not null,
  journal_seq bigint not null,
  leg_no smallint not null,
  account_id bigint not null,
  currency text not null,
  side text not null,
  phase text not null,
  amount_minor bigint not null,
  device_id text,
  constraint legs_pkey PRIMARY KEY (operator_id, journal_seq, leg_no),
  constraint legs_amount_minor_check CHECK ((amount_minor > 0)),
  constraint legs_leg_no_check CHECK ((leg_no >= 1)),
  constraint legs_phase_check CHECK ((phase = ANY (ARRAY['posted'::text, 'pending'::text, 'released'::text]))),
  constraint legs_side_check CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text])))
);
CREATE INDEX legs_account ON legs USING btree (operator_id, account_id, journal_seq);
alter table legs enable row level security, force row level security;
create policy seen on legs for select
  using ((can_see(operator_id, device_id, 'finance'::text) OR (EXISTS ( SELECT
   FROM accounts a
  WHERE ((a.operator_id = legs.operator_id) AND (a.account_id = legs.account_id) AND (a.party_id = current_org()))))));
grant select on legs to tillproof_api;
grant insert, select on legs to tillproof_system;

create table loans (
  id uuid not null,
  operator_id uuid not null,
  lender_id uuid not null,
  name text not null,
  principal_minor bigint not null,
  currency text not null,
  sweep_basis_points integer not null,
  planned_daily_minor bigint not null,
  started_at timestamp with time zone not null,
  created_by uuid not null,
  constraint loans_pkey PRIMARY KEY (id),
  constraint loans_lender_id_name_key UNIQUE (lender_id, name),
  constraint loans_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint loans_lender_id_fkey FOREIGN KEY (lender_id) REFERENCES organisations(id),
  constraint loans_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint loans_check CHECK ((lender_id <> operator_id)),
  constraint loans_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint loans_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80))),
  constraint loans_planned_daily_minor_check CHECK (((planned_daily_minor >= 1) AND (planned_daily_minor <= '1000000000000000'::bigint))),
  constraint loans_principal_minor_check CHECK (((principal_minor >= 1) AND (principal_minor <= '1000000000000000'::bigint))),
  constraint loans_sweep_basis_points_check CHECK (((sweep_basis_points >= 1) AND (sweep_basis_points <= 10000)))
);
CREATE INDEX loans_operator ON loans USING btree (operator_id);
alter table loans enable row level security, force row level security;
create policy added on loans for insert
  with check ((lender_id = current_org()));
create policy seen on loans for select
  using (((operator_id = current_org()) OR (lender_id = current_org())));
grant insert, select on loans to tillproof_api;
grant delete, insert, select, update on loans to tillproof_system;

create table log_checkpoints (
  size bigint not null,
  root bytea not null,
  note text not null,
  state text not null,
  signed_at timestamp with time zone not null default now(),
  published_at timestamp with time zone,
  cosignatures integer not null default 0,
  constraint log_checkpoints_pkey PRIMARY KEY (size),
  constraint log_checkpoints_check CHECK (((state = 'published'::text) = (published_at IS NOT NULL))),
  constraint log_checkpoints_root_check CHECK ((octet_length(root) = 32)),
  constraint log_checkpoints_size_check CHECK ((size > 0)),
  constraint log_checkpoints_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'published'::text])))
);
CREATE UNIQUE INDEX log_checkpoints_one_pending ON log_checkpoints USING btree (state) WHERE (state = 'pending'::text);
grant select on log_checkpoints to tillproof_api;
grant delete, insert, select, update on log_checkpoints to tillproof_system;

create table log_cosignatures (
  size bigint not null,
  witness text not null,
  line text not null,
  received_at timestamp with time zone not null default now(),
  constraint log_cosignatures_pkey PRIMARY KEY (size, witness),
  constraint log_cosignatures_size_fkey FOREIGN KEY (size) REFERENCES log_checkpoints(size) ON DELETE CASCADE
);
grant select on log_cosignatures to tillproof_api;
grant delete, insert, select, update on log_cosignatures to tillproof_system;

create table log_heads (
  only_row boolean not null default true,
  origin text not null,
  epoch bigint not null,
  holder text not null,
  lease_until timestamp with time zone not null,
  size bigint not null,
  peaks bytea not null,
  constraint log_heads_pkey PRIMARY KEY (only_row),
  constraint log_heads_epoch_check CHECK ((epoch > 0)),
  constraint log_heads_only_row_check CHECK (only_row),
  constraint log_heads_size_check CHECK ((size >= 0))
);
grant select on log_heads to tillproof_api;
grant insert, select, update on log_heads to tillproof_system;

create table log_leaves (
  log_index bigint not null,
  staged_id bigint not null,
  type text not null,
  ref text,
  entry bytea not null,
  leaf_hash bytea not null,
  sequenced_at timestamp with time zone not null default now(),
  sidecar bytea,
  constraint log_leaves_pkey PRIMARY KEY (log_index),
  constraint log_leaves_staged_id_key UNIQUE (staged_id),
  constraint log_leaves_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32)),
  constraint log_leaves_log_index_check CHECK ((log_index >= 0)),
  constraint log_leaves_sidecar_check CHECK (((octet_length(sidecar) >= 1) AND (octet_length(sidecar) <= 8000)))
);
CREATE INDEX log_leaves_by_hash ON log_leaves USING btree (leaf_hash);
CREATE INDEX log_leaves_by_ref ON log_leaves USING btree (type, ref) WHERE (ref IS NOT NULL);
grant select on log_leaves to tillproof_api;
grant insert, select on log_leaves to tillproof_system;

create table log_staged (
  id bigint not null generated always as identity,
  type text not null,
  body bytea not null,
  ref text,
  staged_at timestamp with time zone not null default now(),
  sidecar bytea,
  constraint log_staged_pkey PRIMARY KEY (id),
  constraint log_staged_body_check CHECK (((octet_length(body) >= 1) AND (octet_length(body) <= 60000))),
  constraint log_staged_sidecar_check CHECK (((octet_length(sidecar) >= 1) AND (octet_length(sidecar) <= 8000))),
  constraint log_staged_type_check CHECK ((type ~ '^[a-z][a-z-]{1,39}$'::text))
);
grant insert, select on log_staged to tillproof_api;
grant delete, insert, select, update on log_staged to tillproof_system;

create table log_tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null,
  constraint log_tiles_pkey PRIMARY KEY (level, tile_index),
  constraint log_tiles_hashes_check CHECK ((((octet_length(hashes) >= 32) AND (octet_length(hashes) <= 8192)) AND ((octet_length(hashes) % 32) = 0))),
  constraint log_tiles_level_check CHECK (((level >= 0) AND (level <= 63))),
  constraint log_tiles_tile_index_check CHECK ((tile_index >= 0))
);
grant select on log_tiles to tillproof_api;
grant insert, select, update on log_tiles to tillproof_system;

create table log_witness_sizes (
  witness text not null,
  size bigint not null,
  heard_at timestamp with time zone not null default now(),
  constraint log_witness_sizes_pkey PRIMARY KEY (witness),
  constraint log_witness_sizes_size_check CHECK ((size >= 0))
);
grant select on log_witness_sizes to tillproof_api;
grant delete, insert, select, update on log_witness_sizes to tillproof_system;

create table matches (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  open_index bigint not null,
  order_id uuid not null,
  matched_at timestamp with time zone not null default now(),
  cleared_at timestamp with time zone,
  refused_at timestamp with time zone,
  constraint matches_pkey PRIMARY KEY (operator_id, device_id, epoch, open_index),
  constraint matches_order_id_key UNIQUE (order_id),
  constraint matches_operator_id_device_id_epoch_open_index_fkey FOREIGN KEY (operator_id, device_id, epoch, open_index) REFERENCES sales(operator_id, device_id, epoch, open_index),
  constraint matches_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint matches_order_id_fkey FOREIGN KEY (order_id) REFERENCES payments(order_id)
);
CREATE INDEX matches_uncleared ON matches USING btree (operator_id, matched_at) WHERE ((cleared_at IS NULL) AND (refused_at IS NULL));
alter table matches enable row level security, force row level security;
create policy added on matches for insert
  with check ((operator_id = current_org()));
create policy changed on matches for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on matches for delete
  using ((operator_id = current_org()));
create policy seen on matches for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on matches to tillproof_api;
grant delete, insert, select, update on matches to tillproof_system;

create table meter_windows (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  meter text not null,
  from_index bigint not null,
  to_index bigint not null,
  value_before numeric not null,
  value_after numeric not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  rise bigint,
  sales integer not null,
  presumed integer not null,
  agrees boolean not null,
  error bigint not null,
  constraint meter_windows_pkey PRIMARY KEY (operator_id, device_id, epoch, from_index, meter),
  constraint meter_windows_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint meter_windows_check CHECK ((to_index > from_index)),
  constraint meter_windows_check1 CHECK (((presumed >= 0) AND (presumed <= sales))),
  constraint meter_windows_check2 CHECK (((NOT agrees) OR (rise = sales))),
  constraint meter_windows_rise_check CHECK ((rise >= 0)),
  constraint meter_windows_sales_check CHECK ((sales >= 0))
);
CREATE INDEX meter_windows_time ON meter_windows USING btree (device_id, to_at);
alter table meter_windows enable row level security, force row level security;
create policy added on meter_windows for insert
  with check ((operator_id = current_org()));
create policy changed on meter_windows for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on meter_windows for delete
  using ((operator_id = current_org()));
create policy seen on meter_windows for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on meter_windows to tillproof_api;
grant delete, insert, select, update on meter_windows to tillproof_system;

create table meters (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  index bigint not null,
  name text not null,
  value numeric not null,
  at timestamp with time zone not null,
  constraint meters_pkey PRIMARY KEY (operator_id, device_id, epoch, index, name),
  constraint meters_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch)
);
CREATE INDEX meters_of_cash ON meters USING btree (device_id, name, at DESC) WHERE (name = ANY (ARRAY['CA201'::text, 'CA306'::text, 'CA308'::text, 'CA1501'::text]));
alter table meters enable row level security, force row level security;
create policy added on meters for insert
  with check ((operator_id = current_org()));
create policy changed on meters for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on meters for delete
  using ((operator_id = current_org()));
create policy seen on meters for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on meters to tillproof_api;
grant delete, insert, select, update on meters to tillproof_system;

create table migrations (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (number)
);

create table open_item_steps (
  id bigint not null generated always as identity,
  operator_id uuid not null,
  item_id uuid not null,
  device_id text,
  step text not null,
  at timestamp with time zone not null default now(),
  by uuid,
  reason text not null,
  note text,
  constraint open_item_steps_pkey PRIMARY KEY (id),
  constraint open_item_steps_by_fkey FOREIGN KEY (by) REFERENCES users(id),
  constraint open_item_steps_item_id_fkey FOREIGN KEY (item_id) REFERENCES open_items(id),
  constraint open_item_steps_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint open_item_steps_step_check CHECK ((step = ANY (ARRAY['closed'::text, 'reopened'::text])))
);
CREATE INDEX open_item_steps_item ON open_item_steps USING btree (item_id, id);
alter table open_item_steps enable row level security, force row level security;
create policy added on open_item_steps for insert
  with check ((operator_id = current_org()));
create policy changed on open_item_steps for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on open_item_steps for delete
  using ((operator_id = current_org()));
create policy seen on open_item_steps for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant insert, select on open_item_steps to tillproof_api;
grant insert, select on open_item_steps to tillproof_system;

create table open_items (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  device_id text,
  reason text not null,
  sale_id text,
  order_id uuid,
  amount_minor bigint,
  currency text,
  opened_at timestamp with time zone not null default now(),
  closed_at timestamp with time zone,
  step_by uuid,
  step_reason text,
  step_note text,
  subject text,
  constraint open_items_pkey PRIMARY KEY (id),
  constraint open_items_once UNIQUE NULLS NOT DISTINCT (operator_id, reason, sale_id, order_id, subject),
  constraint open_items_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint open_items_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint open_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint open_items_step_by_fkey FOREIGN KEY (step_by) REFERENCES users(id),
  constraint open_items_reason_check CHECK ((reason ~ '^[a-z][a-z-]{1,39}$'::text)),
  constraint open_items_step_note_check CHECK (((length(step_note) >= 1) AND (length(step_note) <= 400))),
  constraint open_items_step_reason_check CHECK ((step_reason ~ '^[a-z][a-z-]{1,39}$'::text)),
  constraint open_items_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 100)))
);
CREATE INDEX open_items_all ON open_items USING btree (operator_id, opened_at, id);
CREATE INDEX open_items_open ON open_items USING btree (operator_id, opened_at) WHERE (closed_at IS NULL);
alter table open_items enable row level security, force row level security;
create policy added on open_items for insert
  with check ((operator_id = current_org()));
create policy changed on open_items for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on open_items for delete
  using ((operator_id = current_org()));
create policy seen on open_items for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on open_items to tillproof_api;
grant update (closed_at, step_by, step_reason, step_note) on open_items to tillproof_api;
grant delete, insert, select, update on open_items to tillproof_system;

create table orders (
  id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  channel text not null,
  amount_minor bigint not null,
  currency text not null,
  item text not null,
  delivery text not null,
  state text not null default 'created'::text,
  pay_url text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  asked_at timestamp with time zone,
  paid_at timestamp with time zone,
  voucher text,
  voucher_expires_at timestamp with time zone,
  voucher_sent_at timestamp with time zone,
  matched_at timestamp with time zone,
  constraint orders_pkey PRIMARY KEY (id),
  constraint orders_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint orders_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint orders_amount_minor_check CHECK (((amount_minor >= 1) AND (amount_minor <= '1000000000000000'::bigint))),
  constraint orders_channel_check CHECK ((channel ~ '^[a-z][a-z0-9-]{0,30}$'::text)),
  constraint orders_check CHECK ((expires_at > created_at)),
  constraint orders_check1 CHECK (((state = 'paid'::text) = (paid_at IS NOT NULL))),
  constraint orders_check2 CHECK (((voucher IS NULL) = (voucher_expires_at IS NULL))),
  constraint orders_check3 CHECK (((voucher IS NULL) OR (state = 'paid'::text))),
  constraint orders_check4 CHECK (((matched_at IS NULL) OR (state = 'paid'::text))),
  constraint orders_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint orders_delivery_check CHECK ((delivery = ANY (ARRAY['scanner'::text, 'downlink'::text]))),
  constraint orders_item_check CHECK (((length(item) >= 1) AND (length(item) <= 40))),
  constraint orders_state_check CHECK ((state = ANY (ARRAY['created'::text, 'paid'::text, 'failed'::text, 'expired'::text])))
);
CREATE INDEX orders_device ON orders USING btree (device_id, created_at DESC);
CREATE INDEX orders_unmatched ON orders USING btree (operator_id, paid_at) WHERE ((state = 'paid'::text) AND (matched_at IS NULL));
CREATE INDEX orders_waiting ON orders USING btree (created_at) WHERE (state = 'created'::text);
alter table orders enable row level security, force row level security;
create policy added on orders for insert
  with check ((operator_id = current_org()));
create policy changed on orders for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on orders for delete
  using ((operator_id = current_org()));
create policy seen on orders for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on orders to tillproof_api;
grant delete, insert, select, update on orders to tillproof_system;

create table organisations (
  id uuid not null default gen_random_uuid(),
  name text not null,
  kind text not null,
  created_at timestamp with time zone not null default now(),
  constraint organisations_pkey PRIMARY KEY (id),
  constraint organisations_name_key UNIQUE (name),
  constraint organisations_kind_check CHECK ((kind = ANY (ARRAY['platform'::text, 'operator'::text, 'lender'::text, 'site'::text, 'supplier'::text]))),
  constraint organisations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
grant select on organisations to tillproof_api;
grant delete, insert, select, update on organisations to tillproof_system;

create table payment_messages (
  id uuid not null default gen_random_uuid(),
  channel text not null,
  source text not null,
  message_id text not null,
  body_hash bytea not null,
  body bytea not null,
  headers jsonb not null,
  salt bytea not null,
  received_at timestamp with time zone not null default now(),
  deliveries integer not null default 1,
  processed_at timestamp with time zone,
  outcome text,
  constraint payment_messages_pkey PRIMARY KEY (id),
  constraint payment_messages_channel_message_id_body_hash_key UNIQUE (channel, message_id, body_hash),
  constraint payment_messages_body_check CHECK ((length(body) <= 65536)),
  constraint payment_messages_body_hash_check CHECK ((length(body_hash) = 32)),
  constraint payment_messages_check CHECK (((processed_at IS NULL) = (outcome IS NULL))),
  constraint payment_messages_message_id_check CHECK (((length(message_id) >= 1) AND (length(message_id) <= 80))),
  constraint payment_messages_salt_check CHECK ((length(salt) = 16)),
  constraint payment_messages_source_check CHECK ((source = ANY (ARRAY['notification'::text, 'query'::text])))
);
CREATE INDEX payment_messages_waiting ON payment_messages USING btree (received_at) WHERE (processed_at IS NULL);
grant delete, insert, select, update on payment_messages to tillproof_system;

create table payments (
  order_id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  channel text not null,
  transaction_id text not null,
  amount_minor bigint not null,
  currency text not null,
  paid_at timestamp with time zone not null,
  message_id uuid not null,
  recorded_at timestamp with time zone not null default now(),
  constraint payments_pkey PRIMARY KEY (order_id),
  constraint payments_channel_transaction_id_key UNIQUE (channel, transaction_id),
  constraint payments_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint payments_message_id_fkey FOREIGN KEY (message_id) REFERENCES payment_messages(id),
  constraint payments_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint payments_amount_minor_check CHECK ((amount_minor > 0)),
  constraint payments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint payments_transaction_id_check CHECK (((length(transaction_id) >= 1) AND (length(transaction_id) <= 64)))
);
CREATE INDEX payments_billed ON payments USING btree (channel, paid_at);
alter table payments enable row level security, force row level security;
create policy added on payments for insert
  with check ((operator_id = current_org()));
create policy changed on payments for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on payments for delete
  using ((operator_id = current_org()));
create policy seen on payments for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on payments to tillproof_api;
grant insert, select on payments to tillproof_system;

create table pendings (
  operator_id uuid not null,
  id text not null,
  until timestamp with time zone not null,
  constraint pendings_pkey PRIMARY KEY (operator_id, id),
  constraint pendings_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES books(operator_id),
  constraint pendings_id_check CHECK (((length(id) >= 1) AND (length(id) <= 100)))
);
CREATE INDEX pendings_due ON pendings USING btree (until);
alter table pendings enable row level security, force row level security;
create policy added on pendings for insert
  with check ((operator_id = current_org()));
create policy changed on pendings for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on pendings for delete
  using ((operator_id = current_org()));
create policy seen on pendings for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on pendings to tillproof_api;
grant delete, insert, select, update on pendings to tillproof_system;

create table pledges (
  id uuid not null default gen_random_uuid(),
  operator_id uuid not null,
  lender_id uuid not null,
  loan_id uuid not null,
  device_id text not null,
  salt bytea not null,
  from_at timestamp with time zone not null,
  released_at timestamp with time zone,
  constraint pledges_pkey PRIMARY KEY (id),
  constraint pledges_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint pledges_lender_id_fkey FOREIGN KEY (lender_id) REFERENCES organisations(id),
  constraint pledges_loan_id_fkey FOREIGN KEY (loan_id) REFERENCES loans(id),
  constraint pledges_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint pledges_check CHECK ((released_at >= from_at)),
  constraint pledges_salt_check CHECK ((length(salt) = 16))
);
CREATE INDEX pledges_loan ON pledges USING btree (loan_id);
CREATE UNIQUE INDEX pledges_one_live ON pledges USING btree (device_id) WHERE (released_at IS NULL);
alter table pledges enable row level security, force row level security;
create policy added on pledges for insert
  with check (((lender_id = current_org()) AND can_see(operator_id, device_id, 'finance'::text)));
create policy seen on pledges for select
  using (((operator_id = current_org()) OR (lender_id = current_org())));
grant insert, select on pledges to tillproof_api;
grant delete, insert, select, update on pledges to tillproof_system;

create table positions (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  index bigint not null,
  latitude_e7 integer not null,
  longitude_e7 integer not null,
  at timestamp with time zone not null,
  constraint positions_pkey PRIMARY KEY (operator_id, device_id, epoch, index),
  constraint positions_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint positions_latitude_e7_check CHECK (((latitude_e7 >= '-900000000'::integer) AND (latitude_e7 <= 900000000))),
  constraint positions_longitude_e7_check CHECK (((longitude_e7 >= '-1800000000'::integer) AND (longitude_e7 <= 1800000000)))
);
CREATE INDEX positions_latest ON positions USING btree (device_id, at DESC);
alter table positions enable row level security, force row level security;
create policy added on positions for insert
  with check ((operator_id = current_org()));
create policy changed on positions for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on positions for delete
  using ((operator_id = current_org()));
create policy seen on positions for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on positions to tillproof_api;
grant delete, insert, select, update on positions to tillproof_system;

create table posting_batches (
  operator_id uuid not null,
  seq bigint not null,
  first_journal bigint not null,
  journals integer not null,
  root bytea not null,
  previous bytea not null,
  hash bytea not null,
  booked_at timestamp with time zone not null,
  constraint posting_batches_pkey PRIMARY KEY (operator_id, seq),
  constraint posting_batches_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES books(operator_id),
  constraint posting_batches_hash_check CHECK ((length(hash) = 32)),
  constraint posting_batches_journals_check CHECK ((journals >= 1)),
  constraint posting_batches_previous_check CHECK ((length(previous) = 32)),
  constraint posting_batches_root_check CHECK ((length(root) = 32)),
  constraint posting_batches_seq_check CHECK ((seq >= 1))
);
alter table posting_batches enable row level security, force row level security;
create policy added on posting_batches for insert
  with check ((operator_id = current_org()));
create policy changed on posting_batches for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on posting_batches for delete
  using ((operator_id = current_org()));
create policy seen on posting_batches for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on posting_batches to tillproof_api;
grant insert, select on posting_batches to tillproof_system;

create table refunds (
  id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  order_id uuid not null,
  channel text not null,
  sale_id text,
  amount_minor bigint not null,
  currency text not null,
  cause text not null,
  reason text not null,
  asked_by uuid,
  state text not null,
  company_id text,
  fee_minor bigint not null default 0,
  detail text,
  requested_at timestamp with time zone not null default now(),
  asked_at timestamp with time zone,
  decided_at timestamp with time zone,
  before_minor bigint,
  booked_at timestamp with time zone,
  constraint refunds_pkey PRIMARY KEY (id),
  constraint refunds_channel_company_id_key UNIQUE (channel, company_id),
  constraint refunds_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES users(id),
  constraint refunds_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint refunds_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint refunds_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id),
  constraint refunds_amount_minor_check CHECK ((amount_minor > 0)),
  constraint refunds_cause_check CHECK ((cause = ANY (ARRAY['operator'::text, 'paid-late'::text, 'sale-failed'::text, 'no-sale'::text, 'final-amount'::text, 'company'::text, 'chargeback'::text]))),
  constraint refunds_channel_check CHECK ((channel ~ '^[a-z][a-z0-9-]{0,30}$'::text)),
  constraint refunds_check CHECK ((before_minor >= amount_minor)),
  constraint refunds_check1 CHECK (((decided_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'refused'::text])))),
  constraint refunds_check2 CHECK (((booked_at IS NULL) OR (decided_at IS NOT NULL))),
  constraint refunds_company_id_check CHECK (((length(company_id) >= 1) AND (length(company_id) <= 80))),
  constraint refunds_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint refunds_detail_check CHECK ((length(detail) <= 400)),
  constraint refunds_fee_minor_check CHECK ((fee_minor >= 0)),
  constraint refunds_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 80))),
  constraint refunds_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'submitted'::text, 'unknown'::text, 'succeeded'::text, 'refused'::text, 'abnormal'::text])))
);
CREATE UNIQUE INDEX refunds_automatic ON refunds USING btree (order_id, cause) WHERE (cause = ANY (ARRAY['paid-late'::text, 'sale-failed'::text, 'no-sale'::text, 'final-amount'::text]));
CREATE INDEX refunds_newest ON refunds USING btree (operator_id, requested_at DESC, id DESC);
CREATE INDEX refunds_open ON refunds USING btree (asked_at NULLS FIRST) WHERE (state = ANY (ARRAY['requested'::text, 'submitted'::text, 'unknown'::text, 'abnormal'::text]));
CREATE INDEX refunds_order ON refunds USING btree (order_id);
CREATE INDEX refunds_sale ON refunds USING btree (sale_id);
CREATE INDEX refunds_unbooked ON refunds USING btree (operator_id, decided_at) WHERE ((decided_at IS NOT NULL) AND (booked_at IS NULL));
alter table refunds enable row level security, force row level security;
create policy added on refunds for insert
  with check ((operator_id = current_org()));
create policy changed on refunds for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on refunds for delete
  using ((operator_id = current_org()));
create policy seen on refunds for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on refunds to tillproof_api;
grant delete, insert, select, update on refunds to tillproof_system;

create table refused_batches (
  operator_id uuid not null,
  device_id text not null,
  code text not null,
  count bigint not null,
  detail text not null,
  sample bytea not null,
  last_at timestamp with time zone not null,
  constraint refused_batches_pkey PRIMARY KEY (operator_id, device_id, code),
  constraint refused_batches_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint refused_batches_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint refused_batches_sample_check CHECK ((length(sample) <= 4096))
);
alter table refused_batches enable row level security, force row level security;
create policy added on refused_batches for insert
  with check ((operator_id = current_org()));
create policy changed on refused_batches for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on refused_batches for delete
  using ((operator_id = current_org()));
create policy seen on refused_batches for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on refused_batches to tillproof_api;
grant delete, insert, select, update on refused_batches to tillproof_system;

create table sale_events (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  open_index bigint not null,
  first_index bigint not null,
  indexes bigint[] not null,
  kinds text[] not null,
  ats timestamp with time zone[] not null,
  constraint sale_events_pkey PRIMARY KEY (operator_id, device_id, epoch, open_index, first_index),
  constraint sale_events_operator_id_device_id_epoch_open_index_fkey FOREIGN KEY (operator_id, device_id, epoch, open_index) REFERENCES sales(operator_id, device_id, epoch, open_index),
  constraint sale_events_check CHECK ((indexes[1] = first_index)),
  constraint sale_events_check1 CHECK (((cardinality(kinds) = cardinality(indexes)) AND (cardinality(ats) = cardinality(indexes))))
);
alter table sale_events enable row level security, force row level security;
create policy added on sale_events for insert
  with check ((operator_id = current_org()));
create policy changed on sale_events for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on sale_events for delete
  using ((operator_id = current_org()));
create policy seen on sale_events for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on sale_events to tillproof_api;
grant delete, insert, select, update on sale_events to tillproof_system;

create table sales (
  operator_id uuid not null,
  device_id text not null,
  epoch integer not null,
  open_index bigint not null,
  id text generated always as (((((device_id || '.'::text) || (epoch)::text) || '.'::text) || (open_index)::text)) stored,
  item text,
  amount_minor bigint,
  currency text,
  order_id uuid,
  state text not null,
  presumed boolean not null default false,
  result_index bigint,
  opened_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  tender text,
  requested_minor bigint,
  constraint sales_pkey PRIMARY KEY (operator_id, device_id, epoch, open_index),
  constraint sales_id_key UNIQUE (id),
  constraint sales_operator_id_device_id_epoch_fkey FOREIGN KEY (operator_id, device_id, epoch) REFERENCES device_heads(operator_id, device_id, epoch),
  constraint sales_amount_minor_check CHECK ((amount_minor >= 0)),
  constraint sales_check CHECK (((state = 'open'::text) = (decided_at IS NULL))),
  constraint sales_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint sales_requested_minor_check CHECK ((requested_minor >= 0)),
  constraint sales_state_check CHECK ((state = ANY (ARRAY['open'::text, 'succeeded'::text, 'failed'::text]))),
  constraint sales_tender_check CHECK ((tender = ANY (ARRAY['cash'::text, 'reader'::text])))
);
CREATE INDEX sales_device_time ON sales USING btree (device_id, opened_at DESC);
CREATE INDEX sales_order ON sales USING btree (order_id) WHERE (order_id IS NOT NULL);
alter table sales enable row level security, force row level security;
create policy added on sales for insert
  with check ((operator_id = current_org()));
create policy changed on sales for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on sales for delete
  using ((operator_id = current_org()));
create policy seen on sales for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant select on sales to tillproof_api;
grant delete, insert, select, update on sales to tillproof_system;

create table sessions (
  id_hash bytea not null,
  user_id uuid not null,
  created_at timestamp with time zone not null default now(),
  seen_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint sessions_pkey PRIMARY KEY (id_hash),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint sessions_id_hash_check CHECK ((length(id_hash) = 32))
);
CREATE INDEX sessions_user ON sessions USING btree (user_id);
grant delete, insert, select, update on sessions to tillproof_system;

create table settlements (
  operator_id uuid not null,
  channel text not null,
  day text not null,
  number integer not null,
  currency text not null,
  sources bigint[] not null,
  lines integer not null,
  gross_minor bigint not null,
  fee_minor bigint not null,
  at timestamp with time zone not null,
  planned_at timestamp with time zone not null default now(),
  posted_at timestamp with time zone,
  journal_seq bigint,
  refused text,
  constraint settlements_pkey PRIMARY KEY (operator_id, channel, day, number),
  constraint settlements_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint settlements_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint settlements_lines_check CHECK ((lines >= 0)),
  constraint settlements_number_check CHECK ((number >= 0)),
  constraint settlements_sources_check CHECK ((cardinality(sources) >= 1))
);
CREATE INDEX settlements_unposted ON settlements USING btree (operator_id) WHERE ((posted_at IS NULL) AND (refused IS NULL));
alter table settlements enable row level security, force row level security;
create policy added on settlements for insert
  with check ((operator_id = current_org()));
create policy changed on settlements for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on settlements for delete
  using ((operator_id = current_org()));
create policy seen on settlements for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on settlements to tillproof_api;
grant delete, insert, select, update on settlements to tillproof_system;

create table split_excerpts (
  operator_id uuid not null,
  journal_seq bigint not null,
  excerpt text not null,
  constraint split_excerpts_pkey PRIMARY KEY (operator_id, journal_seq),
  constraint split_excerpts_excerpt_check CHECK ((length(excerpt) <= 65536))
);
alter table split_excerpts enable row level security, force row level security;
create policy added on split_excerpts for insert
  with check ((operator_id = current_org()));
create policy changed on split_excerpts for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on split_excerpts for delete
  using ((operator_id = current_org()));
create policy seen on split_excerpts for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on split_excerpts to tillproof_api;
grant insert, select on split_excerpts to tillproof_system;

create table stock_lines (
  visit_id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  slot text not null,
  counted integer,
  added integer not null default 0,
  removed integer not null default 0,
  constraint stock_lines_pkey PRIMARY KEY (visit_id, slot),
  constraint stock_lines_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint stock_lines_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES stock_visits(id),
  constraint stock_lines_added_check CHECK (((added >= 0) AND (added <= 100000))),
  constraint stock_lines_check CHECK (((counted IS NOT NULL) OR (added > 0) OR (removed > 0))),
  constraint stock_lines_counted_check CHECK (((counted >= 0) AND (counted <= 100000))),
  constraint stock_lines_removed_check CHECK (((removed >= 0) AND (removed <= 100000))),
  constraint stock_lines_slot_check CHECK (((length(slot) >= 1) AND (length(slot) <= 40)))
);
alter table stock_lines enable row level security, force row level security;
create policy added on stock_lines for insert
  with check ((operator_id = current_org()));
create policy changed on stock_lines for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on stock_lines for delete
  using ((operator_id = current_org()));
create policy seen on stock_lines for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant insert, select on stock_lines to tillproof_api;
grant delete, insert, select, update on stock_lines to tillproof_system;

create table stock_visits (
  id uuid not null,
  operator_id uuid not null,
  device_id text not null,
  at timestamp with time zone not null,
  visitor text not null,
  stated_by uuid not null,
  stated_at timestamp with time zone not null default now(),
  looked_at timestamp with time zone,
  constraint stock_visits_pkey PRIMARY KEY (id),
  constraint stock_visits_device_id_at_key UNIQUE (device_id, at),
  constraint stock_visits_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint stock_visits_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint stock_visits_stated_by_fkey FOREIGN KEY (stated_by) REFERENCES users(id),
  constraint stock_visits_visitor_check CHECK (((length(visitor) >= 1) AND (length(visitor) <= 80)))
);
CREATE INDEX stock_visits_looked ON stock_visits USING btree (looked_at NULLS FIRST, at);
alter table stock_visits enable row level security, force row level security;
create policy added on stock_visits for insert
  with check ((operator_id = current_org()));
create policy changed on stock_visits for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on stock_visits for delete
  using ((operator_id = current_org()));
create policy seen on stock_visits for select
  using (can_see(operator_id, device_id, 'monitor'::text));
grant insert, select on stock_visits to tillproof_api;
grant delete, insert, select, update on stock_visits to tillproof_system;

create table tallies (
  operator_id uuid not null,
  agreement_id uuid not null,
  account text not null,
  period integer not null,
  gross_minor bigint not null,
  paid_minor bigint not null,
  carried_minor bigint not null,
  constraint tallies_pkey PRIMARY KEY (operator_id, agreement_id, account),
  constraint tallies_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES books(operator_id),
  constraint tallies_account_check CHECK ((length(account) <= 160)),
  constraint tallies_carried_minor_check CHECK ((carried_minor >= 0))
);
alter table tallies enable row level security, force row level security;
create policy added on tallies for insert
  with check ((operator_id = current_org()));
create policy changed on tallies for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on tallies for delete
  using ((operator_id = current_org()));
create policy seen on tallies for select
  using (can_see(operator_id, NULL::text, 'finance'::text));
grant select on tallies to tillproof_api;
grant delete, insert, select, update on tallies to tillproof_system;

create table transfer_signatures (
  operator_id uuid not null,
  transfer_id uuid not null,
  organisation_id uuid not null,
  party_ids uuid[] not null,
  signature text not null,
  signed_by uuid not null,
  signed_at timestamp with time zone not null,
  constraint transfer_signatures_pkey PRIMARY KEY (operator_id, transfer_id, organisation_id),
  constraint transfer_signatures_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint transfer_signatures_operator_id_transfer_id_fkey FOREIGN KEY (operator_id, transfer_id) REFERENCES transfers(operator_id, transfer_id),
  constraint transfer_signatures_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations(id),
  constraint transfer_signatures_signed_by_fkey FOREIGN KEY (signed_by) REFERENCES users(id),
  constraint transfer_signatures_signature_check CHECK ((signature ~ '^0x[0-9a-f]{130}$'::text))
);
alter table transfer_signatures enable row level security, force row level security;
create policy seen on transfer_signatures for select
  using (((operator_id = current_org()) OR (current_org() = ANY (party_ids))));
grant select on transfer_signatures to tillproof_api;
grant insert, select on transfer_signatures to tillproof_system;

create table transfers (
  operator_id uuid not null,
  transfer_id uuid not null,
  agreement_id uuid not null,
  document jsonb not null,
  hash bytea not null,
  party_ids uuid[] not null,
  proposed_by uuid not null,
  proposed_at timestamp with time zone not null default now(),
  effective_from timestamp with time zone,
  constraint transfers_pkey PRIMARY KEY (operator_id, transfer_id),
  constraint transfers_transfer_id_key UNIQUE (transfer_id),
  constraint transfers_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint transfers_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users(id),
  constraint transfers_hash_check CHECK ((length(hash) = 32)),
  constraint transfers_party_ids_check CHECK ((cardinality(party_ids) > 0))
);
CREATE INDEX transfers_of_agreement ON transfers USING btree (operator_id, agreement_id);
alter table transfers enable row level security, force row level security;
create policy seen on transfers for select
  using (((operator_id = current_org()) OR (current_org() = ANY (party_ids))));
grant select on transfers to tillproof_api;
grant insert, select, update on transfers to tillproof_system;

create table unfreezes (
  operator_id uuid not null,
  order_id uuid not null,
  device_id text not null,
  id uuid not null,
  frozen_minor bigint,
  asked_at timestamp with time zone,
  done_at timestamp with time zone,
  outcome text,
  constraint unfreezes_pkey PRIMARY KEY (operator_id, order_id),
  constraint unfreezes_id_key UNIQUE (id),
  constraint unfreezes_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint unfreezes_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES organisations(id),
  constraint unfreezes_order_id_fkey FOREIGN KEY (order_id) REFERENCES payments(order_id),
  constraint unfreezes_check CHECK (((done_at IS NULL) = (outcome IS NULL))),
  constraint unfreezes_frozen_minor_check CHECK ((frozen_minor >= 0)),
  constraint unfreezes_outcome_check CHECK ((outcome = ANY (ARRAY['nothing-frozen'::text, 'released'::text, 'not-frozen-by-us'::text])))
);
CREATE INDEX unfreezes_open ON unfreezes USING btree (asked_at) WHERE (done_at IS NULL);
alter table unfreezes enable row level security, force row level security;
create policy added on unfreezes for insert
  with check ((operator_id = current_org()));
create policy changed on unfreezes for update
  using ((operator_id = current_org()))
  with check ((operator_id = current_org()));
create policy removed on unfreezes for delete
  using ((operator_id = current_org()));
create policy seen on unfreezes for select
  using (can_see(operator_id, device_id, 'finance'::text));
grant select on unfreezes to tillproof_api;
grant delete, insert, select, update on unfreezes to tillproof_system;

create table users (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  email text not null,
  name text not null,
  role text not null,
  password_hash text not null,
  created_at timestamp with time zone not null default now(),
  disabled_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisations(id),
  constraint users_email_check CHECK ((email = lower(email))),
  constraint users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'installer'::text, 'viewer'::text])))
);
CREATE UNIQUE INDEX users_email ON users USING btree (email);
grant delete, insert, select, update on users to tillproof_system;

CREATE OR REPLACE FUNCTION public.can_see(operator uuid, device text DEFAULT NULL::text, scope text DEFAULT 'monitor'::text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.current_org()
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$ select nullif(current_setting('tillproof.org', true), '')::uuid $function$
;

CREATE OR REPLACE FUNCTION public.door_moved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into door_moves values (new.operator_id, new.device_id, new.contact, new.is_on, new.at)
  on conflict do nothing;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.excerpts_must_fit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.journals_must_fit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.legs_must_balance()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.log_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the log is append-only: % on % refused', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.money_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.notify_live(operator uuid, device text, type text, payload jsonb)
 RETURNS void
 LANGUAGE sql
AS $function$
  select pg_notify('live', json_build_object(
    'operatorId', operator, 'deviceId', device, 'type', type, 'payload', payload
  )::text)
$function$
;

CREATE OR REPLACE FUNCTION public.open_item_stepped()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE PROCEDURE public.protect_tenant_table(IN target regclass, IN device_column text DEFAULT NULL::text, IN scope text DEFAULT 'monitor'::text)
 LANGUAGE plpgsql
AS $procedure$
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
$procedure$
;

CREATE OR REPLACE FUNCTION public.sale_in_cash()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into cash_sales (operator_id, device_id, epoch, open_index, sale_id, amount_minor,
    currency, at)
  values (new.operator_id, new.device_id, new.epoch, new.open_index, new.id, new.amount_minor,
    new.currency, least(new.opened_at, now()))
  on conflict do nothing;
  return null;
end $function$
;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.account_limits FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.agreement_signatures FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER agreements_immutable BEFORE UPDATE ON public.agreements FOR EACH ROW WHEN (((old.effective_from IS NOT NULL) OR (((((((((old.operator_id IS DISTINCT FROM new.operator_id) OR (old.agreement_id IS DISTINCT FROM new.agreement_id)) OR (old.version IS DISTINCT FROM new.version)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.terms IS DISTINCT FROM new.terms)) OR (old.hash IS DISTINCT FROM new.hash)) OR (old.party_ids IS DISTINCT FROM new.party_ids)) OR (old.proposed_by IS DISTINCT FROM new.proposed_by)) OR (old.proposed_at IS DISTINCT FROM new.proposed_at)))) EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER agreements_stay BEFORE DELETE OR TRUNCATE ON public.agreements FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER books_only_grow BEFORE UPDATE ON public.books FOR EACH ROW WHEN (((new.writer_epoch < old.writer_epoch) OR (new.journals < old.journals) OR (new.batches < old.batches) OR (new.accounts < old.accounts))) EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER door_moved AFTER INSERT OR UPDATE ON public.device_contacts FOR EACH ROW WHEN ((new.contact ~~* 'door%'::text)) EXECUTE FUNCTION door_moved();

CREATE TRIGGER freeze_orders_immutable BEFORE UPDATE ON public.freeze_orders FOR EACH ROW WHEN (((((((((((((((old.id IS DISTINCT FROM new.id) OR (old.operator_id IS DISTINCT FROM new.operator_id)) OR (old.party_id IS DISTINCT FROM new.party_id)) OR (old.cause IS DISTINCT FROM new.cause)) OR (old.document IS DISTINCT FROM new.document)) OR (old.limit_minor IS DISTINCT FROM new.limit_minor)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.from_at IS DISTINCT FROM new.from_at)) OR (old.until IS DISTINCT FROM new.until)) OR (old.salt IS DISTINCT FROM new.salt)) OR (old.ordered_by IS DISTINCT FROM new.ordered_by)) OR (old.ordered_for IS DISTINCT FROM new.ordered_for)) OR (old.ordered_at IS DISTINCT FROM new.ordered_at)) OR ((old.released_at IS NOT NULL) AND (((old.released_at IS DISTINCT FROM new.released_at) OR (old.released_by IS DISTINCT FROM new.released_by)) OR (old.release_document IS DISTINCT FROM new.release_document))) OR ((old.from_seq IS NOT NULL) AND (old.from_seq IS DISTINCT FROM new.from_seq)) OR ((old.until_seq IS NOT NULL) AND (old.until_seq IS DISTINCT FROM new.until_seq)))) EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER freeze_orders_stay BEFORE DELETE OR TRUNCATE ON public.freeze_orders FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.journals FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER journals_fit AFTER INSERT ON public.journals REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION journals_must_fit();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.legs FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER legs_balance AFTER INSERT ON public.legs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION legs_must_balance();

CREATE TRIGGER log_heads_only_grow BEFORE UPDATE ON public.log_heads FOR EACH ROW WHEN (((new.size < old.size) OR (new.epoch < old.epoch) OR (new.origin <> old.origin))) EXECUTE FUNCTION log_is_append_only();

CREATE TRIGGER log_leaves_append_only BEFORE DELETE OR UPDATE ON public.log_leaves FOR EACH ROW EXECUTE FUNCTION log_is_append_only();

CREATE TRIGGER log_tiles_only_grow BEFORE UPDATE ON public.log_tiles FOR EACH ROW WHEN ((SUBSTRING(new.hashes FROM 1 FOR octet_length(old.hashes)) <> old.hashes)) EXECUTE FUNCTION log_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.open_item_steps FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER open_item_stepped BEFORE UPDATE ON public.open_items FOR EACH ROW WHEN (((old.closed_at IS NULL) <> (new.closed_at IS NULL))) EXECUTE FUNCTION open_item_stepped();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.payments FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.posting_batches FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER sale_in_cash AFTER INSERT OR UPDATE ON public.sales FOR EACH ROW WHEN (((new.tender = 'cash'::text) AND (new.state = 'succeeded'::text) AND (new.amount_minor > 0) AND (new.currency IS NOT NULL))) EXECUTE FUNCTION sale_in_cash();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.split_excerpts FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER excerpts_fit AFTER INSERT ON public.split_excerpts REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION excerpts_must_fit();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transfer_signatures FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER transfers_immutable BEFORE UPDATE ON public.transfers FOR EACH ROW WHEN (((old.effective_from IS NOT NULL) OR ((((((((old.operator_id IS DISTINCT FROM new.operator_id) OR (old.transfer_id IS DISTINCT FROM new.transfer_id)) OR (old.agreement_id IS DISTINCT FROM new.agreement_id)) OR (old.document IS DISTINCT FROM new.document)) OR (old.hash IS DISTINCT FROM new.hash)) OR (old.party_ids IS DISTINCT FROM new.party_ids)) OR (old.proposed_by IS DISTINCT FROM new.proposed_by)) OR (old.proposed_at IS DISTINCT FROM new.proposed_at)))) EXECUTE FUNCTION money_is_append_only();

CREATE TRIGGER transfers_stay BEFORE DELETE OR TRUNCATE ON public.transfers FOR EACH STATEMENT EXECUTE FUNCTION money_is_append_only();
