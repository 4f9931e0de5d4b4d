-- Kinds of machines that a profile of the agent may name: washers and charging posts as well.

alter table devices drop constraint devices_kind_check;
alter table devices add constraint devices_kind_check
  check (kind in ('vending', 'massage-chair', 'shared-car', 'washer', 'charger', 'virtual'));
