-- Until when the source knew it so: the number is somebody else's now, or has moved with its owner.
alter table number_link add column until_at bigint;

-- Whom an alarm about one call is shown to beside the supervisors: those who had the call as it was raised.
alter table alarm add column handlers text[];

-- A name without accents and capitals, and how each of its words sounds: what a search for a misspelt name goes by.
create function folded_name(name text) returns text language sql immutable strict parallel safe
  return regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g');
create function name_sounds(name text) returns text[] language sql immutable strict parallel safe
  return (
    select array_agg(distinct sound)
    from regexp_split_to_table(folded_name(name), '[^a-z]+') as word
    cross join lateral (values (dmetaphone(word)), (dmetaphone_alt(word))) as sounds(sound)
    where sound <> ''
  );
create index person_name_near on person using gin (folded_name(name) gin_trgm_ops);
create index person_name_sounds on person using gin (name_sounds(name));
create index address_text_near on address using gin (folded_name(text) gin_trgm_ops);

-- Who asked the record for people, and what it gave: the search as it was typed, and whom the answer named. Read by
-- nobody through the gateway; docs/decisions/0026-searches.md.
create table search_audit (
  search_id bigint generated always as identity primary key,
  at        bigint not null,
  handler   text not null,
  position  text not null,
  -- The handler's own force, and those whose records were asked.
  force     text not null,
  forces    text[] not null,
  -- 'people', 'person' or 'history'.
  kind      text not null,
  query     text,
  call_id   uuid,
  results   integer not null,
  people    bigint[] not null default '{}'
);
create index search_audit_at on search_audit (at);
