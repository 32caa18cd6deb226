-- What handlers write of a call, while they talk: notes, and the assessment by threat, harm, risk, investigation,
-- vulnerability and engagement. A row is one piece of writing by one person, saved again and again until it is finished;
-- what is written of the same aspect later is a row of its own. Its rows go with the contact.
create table call_note (
  -- Made by whoever writes, so that what is saved twice is there once.
  note_id  uuid primary key,
  call_id  uuid not null,
  about    text not null check (about in
    ('note', 'threat', 'harm', 'risk', 'investigation', 'vulnerability', 'engagement')),
  text     text not null,
  -- Why an assessment was changed.
  why      text,
  handler  text not null,
  version  integer not null,
  is_done  boolean not null,
  begun_at bigint not null,
  saved_at bigint not null,
  -- In one row of numbers with the changes of late fixes: whoever has the call knows by it what it has not shown.
  change   bigint not null default nextval('location_change')
);
create index call_note_call on call_note (call_id, change);
