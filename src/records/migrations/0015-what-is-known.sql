-- What the forces know: whose record a row is of, what it is called there, and where it lies. A place is a point of the
-- National Grid, in metres: (easting, northing).
create extension if not exists pg_trgm;
create extension if not exists fuzzystrmatch;

-- A record says something to one force only; what another may see of it is a grant (mutual_aid), never a copy.
-- record_key: what the source itself calls the row, by which it is written again and taken away.
alter table person add column force text;
alter table person add column record_key text;
alter table address add column force text;
alter table address add column record_key text;
alter table address add column place point;
alter table number_link add column record_key text;
update person set force = (select min(force) from number_link where number_link.person_id = person.person_id);
update address set force = (select min(force) from number_link where number_link.address_id = address.address_id);
-- Nobody's number leads there, so that nobody sees it.
update person set force = '-' where force is null;
update address set force = '-' where force is null;
alter table person alter column force set not null;
alter table address alter column force set not null;
create unique index person_key on person (force, source, record_key);
create unique index address_key on address (force, source, record_key);
create unique index number_link_key on number_link (force, record_key);
create index address_place on address using gist (place);
create index number_link_person on number_link (person_id) where person_id is not null;
create index number_link_address on number_link (address_id) where address_id is not null;

-- Who lives, works or was dealt with at an address, apart from any number; until_at where they have moved out.
create table person_address (
  person_id  bigint not null references person,
  address_id bigint not null references address,
  relation   text not null,
  as_of      bigint not null,
  until_at   bigint,
  primary key (person_id, address_id)
);
create index person_address_address on person_address (address_id);

-- Warnings: of a person, an address or a number, exactly one of them.
create table marker (
  marker_id  bigint generated always as identity primary key,
  force      text not null,
  kind       text not null,
  person_id  bigint references person,
  address_id bigint references address,
  e164       text,
  text       text not null default '',
  source     text not null,
  record_key text,
  -- How far the source is trusted, as it grades itself.
  grade      text,
  made_at    bigint not null,
  review_at  bigint,
  expires_at bigint,
  as_of      bigint not null,
  check (num_nonnulls(person_id, address_id, e164) = 1)
);
create unique index marker_key on marker (force, source, record_key);
create index marker_person on marker (person_id) where person_id is not null;
create index marker_address on marker (address_id) where address_id is not null;
create index marker_e164 on marker (e164, force) where e164 is not null;

-- Incidents, of this gateway's own calls or of the force's command and control.
alter table incident add column source text not null default 'Callbox';
alter table incident add column record_key text;
alter table incident add column place point;
alter table incident add column radius_metres real;
alter table incident add column grade text;
alter table incident add column summary text;
alter table incident add column closed_at bigint;
alter table incident add column as_of bigint;
create unique index incident_key on incident (force, source, record_key);
create index incident_reference on incident (force, reference);
create index incident_open_place on incident using gist (place) where status = 'open';

-- Crimes. Published ones have a month and a point that is not the true one; a force's own have a time and a place.
create table crime (
  crime_id    bigint generated always as identity primary key,
  force       text not null,
  -- 'police.uk' or what the force calls its own system.
  source      text not null,
  -- Empty at the source for anti-social behaviour: then made of the row itself, so that it is the same each time.
  record_key  text not null,
  category    text not null,
  -- The first of its month, as days since 1970; of an operational crime the month of its time.
  month       integer not null,
  happened_at bigint,
  -- Null: the source gives none.
  place       point,
  location    text not null default '',
  outcome     text,
  -- The point lies outside of the force's area: kept, and said.
  is_outlier  boolean not null default false,
  as_of       bigint not null
);
create unique index crime_key on crime (force, source, record_key);
create index crime_place on crime using gist (place);

-- Units, as the force's own system names them; where they are now is another table's.
create table unit (
  force      text not null,
  callsign   text not null,
  kind       text not null,
  skills     text[] not null default '{}',
  base       text,
  base_place point,
  crew       smallint not null default 1,
  source     text not null,
  as_of      bigint not null,
  primary key (force, callsign)
);
