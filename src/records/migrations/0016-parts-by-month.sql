-- Contacts and journal in parts, one for each month, by the time that stands in front of their ids (docs/decisions/0021).
-- The tables as they were become the parts of what has no month of its own: nothing is copied and nothing is read
-- through. The gateways make the months (records/months.ts). In the order in which an append locks them.
lock table journal, contact, contact_incident in access exclusive mode;

alter table journal rename to journal_default;
alter index journal_pkey rename to journal_default_pkey;
alter index journal_call rename to journal_default_call;
alter index journal_synthetic rename to journal_default_synthetic;
create table journal (like journal_default including defaults) partition by range (event_id);
alter table journal add primary key (event_id);
create index journal_call on journal (call_id, generation, seq);
create index journal_synthetic on journal (received_at) where force = '~synthetic';
alter table journal attach partition journal_default default;

-- It would hold on to the table as it was. Added again not valid, so that no link is looked at here; 0017 looks.
alter table contact_incident drop constraint contact_incident_call_id_fkey;

alter table contact rename to contact_default;
alter index contact_pkey rename to contact_default_pkey;
alter index contact_network rename to contact_default_network;
alter index contact_presentation rename to contact_default_presentation;
alter index contact_open rename to contact_default_open;
alter index contact_owner rename to contact_default_owner;
alter index contact_switch_calls rename to contact_default_switch_calls;
alter index contact_live rename to contact_default_live;
alter index contact_synthetic rename to contact_default_synthetic;
alter index contact_offered rename to contact_default_offered;
create table contact (like contact_default including defaults) partition by range (call_id);
alter table contact add primary key (call_id);
create index contact_network on contact (network_e164, offered_at desc) where network_e164 is not null;
create index contact_presentation on contact (presentation_e164, offered_at desc) where presentation_e164 is not null;
create index contact_open on contact (offered_at desc) where closed_at is null;
create index contact_owner on contact (owner) where closed_at is null;
create index contact_switch_calls on contact using gin (switch_call_ids) with (fastupdate = off)
  where closed_at is null;
create index contact_live on contact (offered_at) where released_at is null and closed_at is null;
create index contact_synthetic on contact (offered_at) where force = '~synthetic';
create index contact_offered on contact (offered_at);
alter table contact attach partition contact_default default;

alter table contact_incident add constraint contact_incident_call_id_fkey
  foreign key (call_id) references contact not valid;
