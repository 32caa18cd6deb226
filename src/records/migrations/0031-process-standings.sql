-- How each process over this record says that it stands, a few seconds ago: its level, and which of its sources it leaves
-- alone for whose calls. For the wallboard; nothing that a call writes hangs on it.
create table process_standing (
  node    text primary key,
  kind    text not null check (kind in ('gateway', 'worker')),
  level   smallint not null,
  -- Why it is not at level 0; of parts and addresses, never of a caller.
  why     text,
  -- [{ "source", "forces"?, "leftAloneFor": [force] }]
  sources jsonb not null,
  said_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
