-- What is known of the screen of whoever is signed on: live, hidden, stale or gone, since when (epoch ms), and by which
-- node. Written only on a change, so that every node and the supervisor know it while Redis is away.
alter table sign_on add column presence text;
alter table sign_on add column presence_since bigint;
alter table sign_on add column presence_node text;
-- By PostgreSQL's own clock: other nodes ask what has changed since they last asked.
alter table sign_on add column presence_changed timestamptz;
create index sign_on_presence_changed on sign_on (presence_changed) where presence_changed is not null;
