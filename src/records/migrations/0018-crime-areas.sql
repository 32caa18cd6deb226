-- What is asked of crimes is always "around a point, since a day". Squares of 500 m with the day behind them, or the first of the
-- month where no day is known, find that in less than a GiST index over the points takes, and are built sooner
-- (docs/decisions/0022).
drop index crime_place;
create index crime_cell on crime (
  (floor(place[0] / 500)::int * 10000 + floor(place[1] / 500)::int),
  (coalesce((happened_at / 86400000)::int, month))
) where place is not null;

-- How far each source reaches, and which months its counts below are of; written with them.
create table crime_source (
  force     text not null,
  source    text not null,
  -- Every month with a crime, as days since 1970.
  months    integer[] not null,
  -- The last of the twelve months that are counted.
  window_to integer not null,
  -- Of these twelve the ones that are held, and the ones whose like of a year before is held too.
  held      smallint not null,
  paired    smallint not null,
  as_of     bigint not null,
  primary key (force, source)
);

-- Crimes counted: a row for each point that published data are snapped to, or for each square of a force's own. These are
-- counted twice, by small squares for small circles and by large ones for large circles.
-- The arrays have a place for each category (lookups/crime-categories.ts) and one for all others.
create table crime_spot (
  force    text not null,
  source   text not null,
  -- Metres of the side of the square; 0: a point.
  side     smallint not null,
  place    point not null,
  -- Of the twelve months; the same of the paired ones, where these are not all of them; and those a year before these, where
  -- there are any. What is null costs a question next to nothing.
  total    integer not null,
  now      integer[] not null,
  paired   integer[],
  before   integer[]
);
create index crime_spot_near on crime_spot using gist (place) where side <> 250;
create index crime_spot_far on crime_spot using gist (place) where side <> 50;
create index crime_spot_source on crime_spot (force, source);
