-- Which gateway has a log-on of EISEC, as long as its own lease (table node) holds; and which password is in force, as
-- salted marks that say nothing of the passwords themselves.
create table eisec_log_on (
  log_on        text primary key,
  node          text,
  since         timestamptz not null default clock_timestamp(),
  password_mark text,
  -- Of the password that a change, sent or about to be sent, would put in force.
  next_mark     text
);

-- Calls that the gateway with the log-on is to ask about; a row goes when nothing more will come for its call.
create table eisec_request (
  call_id  uuid primary key,
  log_on   text not null,
  -- Rises when the call's number is corrected.
  run      integer not null,
  asked_at timestamptz not null default clock_timestamp()
);
create index eisec_request_log_on on eisec_request (log_on, asked_at);
