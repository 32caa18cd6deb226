-- What was closed of late is asked for each minute, among all calls of an hour. On the whole table alone, which holds no
-- row itself: months get it when they are made. To make it of a part that has calls would keep them; in a record that had
-- calls before this they are found by contact_offered until the next month.
create index contact_closed on only contact (closed_at) where closed_at is not null;
do $$ begin
  if pg_relation_size('contact_default') = 0 then
    create index contact_default_closed on contact_default (closed_at) where closed_at is not null;
    alter index contact_closed attach partition contact_default_closed;
  end if;
end $$;
