-- Test calls that gateways place to themselves are removed again; these indexes hold nothing but them.
create index contact_synthetic on contact (offered_at) where force = '~synthetic';
create index journal_synthetic on journal (received_at) where force = '~synthetic';
