-- Who had a call as their own, and when they had written it up. The contact is closed when the last of them has.
create table wrap_up (
  call_id    uuid not null,
  handler    text not null,
  had_at     bigint not null,
  closed_at  bigint,
  primary key (call_id, handler)
);

-- Calls that ended without anybody having dealt with them. One row for each call; nothing closes it by itself but the
-- force's own policy.
create table ledger (
  call_id    uuid primary key,
  -- Rises with each change, so that screens keep the newest.
  rev        integer not null default 1,
  kind       text not null check (kind in ('abandoned', 'silent', 'unattended')),
  force      text not null,
  line       text not null,
  -- What a later call is known by: the number a network vouches for, else the one shown.
  e164       text,
  number     jsonb not null,
  opened_at  bigint not null,
  closed_at  bigint,
  closed_by  text,
  reason     text,
  note       text,
  changed_at timestamptz not null default clock_timestamp(),
  check ((closed_at is null) = (closed_by is null)),
  check ((closed_at is null) = (reason is null))
);
create index ledger_open on ledger (opened_at) where closed_at is null;
create index ledger_changed on ledger (changed_at);

-- Later calls from the number, and calls back to it.
create table ledger_later (
  call_id    uuid not null references ledger,
  -- The later call; of a call back that a handler told of by key alone, an id of its own.
  later_id   uuid not null,
  kind       text not null check (kind in ('later-call', 'call-back')),
  at         bigint not null,
  by         text,
  primary key (call_id, later_id)
);
