-- Files that were imported: how far each came, so that one that broke off goes on, and what became of its rows. What is
-- in a row stands with the batch that it tells of, in one transaction.
create table import_run (
  run_id    bigint generated always as identity primary key,
  kind      text not null,
  -- Whose rows they are; '*' where each row says it.
  force     text not null,
  source    text not null,
  -- SHA-256 of the file as it lies there.
  checksum  text not null,
  name      text not null,
  bytes     bigint not null,
  -- When this file was first seen: what its rows are as of, where they do not say it.
  first_at  bigint not null,
  rows_done bigint not null default 0,
  added     bigint not null default 0,
  changed   bigint not null default 0,
  removed   bigint not null default 0,
  done_at   bigint,
  unique (kind, force, source, checksum)
);

-- Rows that could be read and not be written, as a warning of a person who is not on record.
create table import_refusal (
  run_id bigint not null references import_run on delete cascade,
  line   bigint not null,
  reason text not null,
  primary key (run_id, line)
);
