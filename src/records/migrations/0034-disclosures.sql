-- Calls that were shown to somebody who did not have them, or that left the gateway: exported, printed, read along while they
-- went on (peek), or played again. Written before anything is shown; docs/decisions/0029-disclosures.md. Read by whoever audits,
-- and with the export of the call itself.
create table disclosure (
  disclosure_id bigint generated always as identity primary key,
  kind      text not null check (kind in ('export', 'print', 'peek', 'replay')),
  call_id   uuid not null,
  -- Whose call it is.
  call_force  text not null,
  handler   text not null,
  position  text not null,
  -- The handler's own.
  force     text not null,
  -- Of an export: 'json' or 'csv'.
  format    text,
  -- As it was given; whether one is asked for is the force's to set.
  reason    text,
  at        bigint not null,
  -- Of a peek: when the card was given last; and whether it ended by a word, or because nothing more was asked.
  until_at  bigint not null,
  is_over   boolean not null default true
);
create index disclosure_call on disclosure (call_id);
create index disclosure_at on disclosure (at);

-- What was said of one call.
create index alarm_call on alarm (call_id) where call_id is not null;
