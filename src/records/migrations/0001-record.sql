-- Times are epoch milliseconds (bigint) throughout: what events, pops and screens carry is compared and shown
-- without a conversion, and nobody's session time zone matters.

-- Every event a switch told us, in the order of becoming durable, with the call as it stood after it.
create table journal (
  event_id     uuid primary key,
  call_id      uuid not null,
  generation   integer not null,
  seq          integer not null,
  kind         text not null,
  force        text not null,
  trunk        text not null,
  node         text not null,
  received_at  bigint not null,
  durable_at   timestamptz not null default clock_timestamp(),
  event        jsonb not null
);
create index journal_call on journal (call_id, generation, seq);

-- One row for each call: how it stands, for the restart and for the history of its numbers.
create table contact (
  call_id          uuid primary key,
  generation       integer not null,
  seq              integer not null,
  force            text not null,
  home_force       text not null,
  line             text not null,
  state            text not null,
  cause            text,
  network_e164     text,
  presentation_e164 text,
  offered_at       bigint not null,
  answered_at      bigint,
  released_at      bigint,
  closed_at        bigint,
  closed_by        text,
  taken_by         text,
  taken_at         bigint,
  switch_call_ids  text[] not null,
  result           text,
  summary          text,
  -- The whole call, and what its driver needs to go on with the dialog after a restart.
  call             jsonb,
  dialog           jsonb
);
create index contact_network on contact (network_e164, offered_at desc) where network_e164 is not null;
create index contact_presentation on contact (presentation_e164, offered_at desc) where presentation_e164 is not null;
create index contact_open on contact (offered_at desc) where closed_at is null;

-- Which handler's client received and painted a pop, by the pop's own id.
create table pop_delivery (
  pop_id    text not null,
  handler   text not null,
  acked_at  bigint,
  seen_at   bigint,
  paint_ms  real,
  primary key (pop_id, handler)
);

-- Accounts of handlers; federated sign-on comes beside it.
create table handler (
  handler   text primary key,
  name      text not null,
  force     text not null,
  grants    text[] not null default '{}',
  lines     text[] not null,
  acd_queues text[] not null default '{}',
  password  text not null
);

-- A desk and the devices that ring there.
create table position (
  position  text primary key,
  name      text not null,
  force     text not null,
  devices   text[] not null
);

-- Who sits where now. One handler at one position, one position for one handler.
create table sign_on (
  handler   text primary key references handler,
  position  text not null unique references position,
  since_at  bigint not null
);

-- People, places and what ties a number to them. A number has none, one or many of each.
create table person (
  person_id bigint generated always as identity primary key,
  name      text not null,
  born      text,
  source    text not null,
  as_of     bigint not null
);
create table address (
  address_id bigint generated always as identity primary key,
  text       text not null,
  latitude   double precision,
  longitude  double precision,
  source     text not null,
  as_of      bigint not null
);
create table number_link (
  e164       text not null,
  force      text not null,
  person_id  bigint references person,
  address_id bigint references address,
  relation   text not null,
  as_of      bigint not null
);
create index number_link_number on number_link (e164, force);

-- Incidents a contact led to.
create table incident (
  incident_id bigint generated always as identity primary key,
  reference   text not null,
  force       text not null,
  type        text not null,
  status      text not null,
  opened_at   bigint not null
);
create table contact_incident (
  call_id     uuid not null references contact,
  incident_id bigint not null references incident,
  primary key (call_id, incident_id)
);
