-- What a grant lets the other force see. `calls`: the pops of calls and earlier contacts; what was granted so far is that.
alter table mutual_aid add column covers text[] not null default '{calls}'
  check (cardinality(covers) > 0 and covers <@ array['calls', 'people', 'markers', 'crimes', 'incidents']);
