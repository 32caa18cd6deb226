-- Calls that must be rung back: those of the ledger, and whichever a handler says. An entry that was closed may be opened
-- again by that; what was done about it before stands in ledger_act.
alter table ledger drop constraint ledger_kind_check;
alter table ledger add constraint ledger_kind_check check (kind in ('abandoned', 'silent', 'unattended', 'ring-back'));
-- When, and what for, as a handler said; without it the rule of its line holds.
alter table ledger add column due_at bigint;
alter table ledger add column why text;
alter table ledger add column marked_by text;
-- Who has taken it on.
alter table ledger add column taken_by text;
alter table ledger add column taken_at bigint;
alter table ledger add constraint ledger_marked check ((due_at is null) = (marked_by is null));
alter table ledger add constraint ledger_taken check ((taken_by is null) = (taken_at is null));

-- What was done about an entry, by whom and when, from its being marked on. Its rows go with the entry.
create table ledger_act (
  act_id   bigint generated always as identity primary key,
  call_id  uuid not null,
  act      text not null check (act in ('marked', 'taken', 'given-back', 'closed')),
  handler  text not null,
  at       bigint not null,
  -- Of `marked`.
  due_at   bigint,
  why      text,
  -- Of `closed`.
  reason   text,
  note     text
);
create index ledger_act_call on ledger_act (call_id, act_id);
