-- Where the incident is that a call is about, when a handler says that it is elsewhere than its caller. Every act stays, with
-- who and when; the newest holds. Its rows go with the contact.
create table incident_place (
  -- In one row of numbers with the changes of late fixes: whoever has the call knows by it what it has not shown.
  change   bigint primary key default nextval('location_change'),
  call_id  uuid not null,
  -- Null: what was said before is taken back, and the caller's place is gone by again.
  fix      jsonb,
  handler  text not null,
  at       bigint not null
);
create index incident_place_call on incident_place (call_id, change);

-- What a handler says of who is calling: that the caller gives another number, that they are none of the people held, and
-- that either is taken back. Every act stays; of each sort the newest holds. Its rows go with the contact.
create table caller_word (
  change   bigint primary key default nextval('location_change'),
  call_id  uuid not null,
  act      text not null check (act in ('number', 'number-back', 'none', 'none-back')),
  -- Of `number`: as it was typed, and as it is asked for.
  number   jsonb,
  -- Of `none`: the numbers by which those people were found. Of others nothing is said.
  e164s    text[],
  handler  text not null,
  at       bigint not null,
  check ((act = 'number') = (number is not null)),
  check ((act = 'none') = (e164s is not null))
);
create index caller_word_call on caller_word (call_id, change);
