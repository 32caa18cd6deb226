-- A call is written some five times while it lives. With room left in its page most of that touches no index.
alter table contact set (fillfactor = 50);
