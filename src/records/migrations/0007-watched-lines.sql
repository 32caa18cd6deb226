-- How quiet a line is, is judged by the newest calls of all gateways and by the hours of earlier weeks.
create index contact_offered on contact (offered_at);
