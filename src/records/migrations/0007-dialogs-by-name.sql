-- A request of a dialog that this node does not hold is looked up by its switch's name for the call. Written to at
-- once, because a lookup must not read through what a lazy index has put off.
create index contact_switch_calls on contact using gin (switch_call_ids) with (fastupdate = off)
  where closed_at is null;
