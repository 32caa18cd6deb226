-- Places of a caller that came later than the call, how the sources that may still answer stand, and the place that a
-- handler has confirmed. A row has either a fix or the state of its source. The rows of a call go when its contact goes.
create sequence location_change;
create table location_fix (
  call_id      uuid not null,
  -- What the fix says, in short; of a source's state, the source.
  fix_id       text not null,
  source       text not null,
  fix          jsonb,
  state        text check (state in ('searching', 'none', 'late', 'failed', 'found')),
  came_at      bigint not null,
  -- Who typed it.
  typed_by     text,
  -- The newest change of those that have it is the place that holds.
  confirmed_at bigint,
  confirmed_by text,
  -- Rises with each change of any row.
  change       bigint not null default nextval('location_change'),
  primary key (call_id, fix_id),
  check ((fix is null) <> (state is null)),
  check ((confirmed_at is null) = (confirmed_by is null))
);
