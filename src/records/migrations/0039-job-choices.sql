-- What a handler has chosen of a call for whoever is sent: its grade, and the type of the incident. One row a call, the
-- newest choice; whoever has the call knows by `change` what it has not shown. Its rows go with the contact.
create table job_choice (
  call_id uuid primary key,
  grade   text,
  type    text,
  handler text not null,
  at      bigint not null,
  -- In one row of numbers with the changes of late fixes.
  change  bigint not null default nextval('location_change')
);
