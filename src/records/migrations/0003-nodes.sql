-- Every gateway process over this record, and until when it holds its lease, by the clock of PostgreSQL alone.
create table node (
  node         text primary key,
  version      text not null,
  site_group   text not null,
  http         text not null,
  started_at   timestamptz not null default clock_timestamp(),
  lease_until  timestamptz not null,
  is_draining  boolean not null default false,
  -- When it gave its lease back, or was known to be over: nobody waits for it any longer.
  left_at      timestamptz
);

-- The node whose registry and courier hold the call. Null: written before there were owners.
alter table contact add column owner text;
create index contact_owner on contact (owner) where closed_at is null;

-- An event that reaches a node which does not hold its call finds it by what the switch calls it. Without the list of
-- pending entries, so that no insert now and then waits for a thousand.
create index contact_switch_calls on contact using gin (switch_call_ids) with (fastupdate = off)
  where closed_at is null;
