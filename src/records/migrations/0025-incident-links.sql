-- A handler says that a call is about an incident that is open already; contact_incident has what is linked now, and by
-- whom. Null: not by hand.
alter table contact_incident add column linked_by text;
alter table contact_incident add column linked_at bigint;
create index contact_incident_incident on contact_incident (incident_id);

-- Every link that was made or taken back, who did it and when. Its rows go with the contact.
create table incident_link_act (
  -- In one row of numbers with the changes of late fixes: whoever has the call knows by it what it has not shown.
  change      bigint primary key default nextval('location_change'),
  call_id     uuid not null,
  incident_id bigint not null,
  act         text not null check (act in ('linked', 'unlinked')),
  handler     text not null,
  at          bigint not null
);
create index incident_link_act_call on incident_link_act (call_id, change);
create index incident_link_act_incident on incident_link_act (incident_id);
