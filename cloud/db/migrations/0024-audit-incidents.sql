-- Incidents of a machine's own audits: a socket that stays silent, sums that do not agree.
alter table incidents
  drop constraint incidents_kind_check,
  add constraint incidents_kind_check check (kind in ('fork', 'controller-swap', 'place-left',
    'moved', 'tamper', 'meter-epoch', 'audit-damaged', 'voucher-replayed', 'events-missing',
    'goods-unsold', 'sales-phantom', 'two-places', 'more-than-held', 'audit-failing',
    'audit-sums-differ'));
