-- An open alarm whose words change, because the pop has gone on to somebody since, has one revision more.
alter table alarm add column revision smallint not null default 1;
