-- Where each unit is and what it does, as its force's own systems last said. What it is stands in unit; a unit that no
-- roster names has its sort and skills here. Gateways hold all of it in memory and write what has changed now and then:
-- nothing that a call waits for hangs on it.
create table unit_state (
  force         text not null,
  callsign      text not null,
  kind          text not null,
  skills        text[] not null default '{}',
  driver        text not null,
  crew          smallint not null,
  -- The code it sent last that says what it does.
  status        text not null,
  job_grade     text,
  job_reference text,
  neighbourhood text,
  shift_ends_at bigint,
  -- Epoch ms of all of the above.
  said_at       bigint not null,
  -- Where it is, and the epoch ms of that.
  place         point,
  fix_at        bigint,
  kept_at       timestamptz not null default clock_timestamp(),
  primary key (force, callsign)
) with (fillfactor = 50);
