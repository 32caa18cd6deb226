-- What supervisors were told is wrong: one row for each time, open until it has ended. Of one cause (key) at most one
-- is open, whichever node says so.
create table alarm (
  alarm      uuid primary key,
  key        text not null,
  code       text not null,
  priority   smallint not null,
  -- Null: of every force.
  force      text,
  call_id    uuid,
  words      text not null,
  remedy     text not null,
  raised_at  bigint not null,
  node       text not null,
  -- A gateway still says that the cause is there.
  kept_at    timestamptz not null default clock_timestamp(),
  ended_at   bigint,
  ended_by   text,
  reason     text
);
create unique index alarm_open on alarm (key) where ended_at is null;
create index alarm_key on alarm (key, raised_at desc);

-- Each step of a pop that nobody acknowledged or took: whoever inserts the row acts, once.
create table escalation (
  pop_id   text not null,
  kind     text not null check (kind in ('unacked', 'not-taken')),
  step     smallint not null,
  call_id  uuid not null,
  -- Who was given the pop; null where there was nobody left to give it to.
  handler  text,
  node     text not null,
  at       bigint not null,
  primary key (pop_id, kind, step)
);
create index escalation_call on escalation (call_id);

-- Calls that are going on: what the sweeper reads every second.
create index contact_live on contact (offered_at) where released_at is null and closed_at is null;
