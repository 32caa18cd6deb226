-- Beside live calls: it locks nothing that they write.
alter table contact_incident validate constraint contact_incident_call_id_fkey;

-- Who or what must be kept whatever its age: a person, an incident, a number or a call, as the force's records name it.
create table legal_hold (
  hold_id     bigint generated always as identity primary key,
  force       text not null,
  what        text not null check (what in ('person', 'incident', 'number', 'call')),
  -- person: its id; incident: its reference; number: E.164; call: its id.
  reference   text not null,
  -- Of a number itself, of a person all that led to them when they were held: a number that is given up keeps its calls.
  numbers     text[] not null default '{}',
  reason      text not null,
  held_by     text not null,
  held_at     bigint not null,
  -- Null: until somebody releases it.
  until_at    bigint,
  released_at bigint,
  released_by text,
  check ((released_at is null) = (released_by is null))
);
create index legal_hold_open on legal_hold (what, reference) where released_at is null;
create index legal_hold_numbers on legal_hold using gin (numbers) where released_at is null;

-- What each run of the retention deleted, of which force and from when to when, and what it kept because it is held.
create table retention_run (
  run_id     bigint not null,
  force      text not null,
  kind       text not null,
  ran_by     text not null,
  began_at   bigint not null,
  ended_at   bigint not null,
  deleted    bigint not null,
  oldest_at  bigint,
  newest_at  bigint,
  held_back  bigint not null,
  -- Why it broke off.
  failed     text,
  primary key (run_id, force, kind)
);
create sequence retention_run_id;
