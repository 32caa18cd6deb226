-- What a person may see and do beside taking calls.
alter table handler add column role text not null default 'handler'
  check (role in ('handler', 'dispatcher', 'supervisor', 'administrator'));

-- One force helps another under a name, from and until a time: without a row here no force sees another's calls,
-- save for the handlers whose own account carries a grant.
create table mutual_aid (
  name        text primary key,
  -- Whose calls, and who may see them.
  owner_force text not null,
  to_force    text not null,
  from_at     bigint not null,
  until_at    bigint not null,
  check (owner_force <> to_force),
  check (from_at < until_at)
);
