-- What a handler decided of a call, beside what was offered: one row for each decision, never changed.
create table deployment (
  -- Made by whoever decides, so that what is said twice is there once.
  deployment_id uuid primary key,
  call_id       uuid not null,
  force         text not null,
  outcome       text not null check (outcome in ('units', 'no-unit', 'appointment', 'advice', 'other-agency')),
  grade         text not null,
  -- As the screen had it: callsigns, each with its rank and the words beside it; empty where nothing was offered.
  offered       jsonb not null,
  chosen        text[] not null,
  note          text,
  decided_by    text not null,
  decided_at    bigint not null
);
create index deployment_call on deployment (call_id);

-- The decision on its way to the other side, under the same id, as screens show it.
create table handover (
  handover_id uuid primary key,
  call_id     uuid not null,
  force       text not null,
  -- Rises with each change, so that screens keep the newest.
  rev         integer not null default 1,
  state       text not null,
  body        jsonb not null,
  -- By step, epoch ms at which it is due; written with each change, by the one rule that the gateways have.
  due_at      jsonb not null,
  made_at     bigint not null,
  over_at     bigint,
  changed_at  timestamptz not null default clock_timestamp()
);
create index handover_open on handover (made_at) where over_at is null;
create index handover_changed on handover (changed_at);
create index handover_call on handover (call_id);

-- Everything that was said of it, one row for each change.
create table handover_step (
  handover_id uuid not null,
  rev         integer not null,
  call_id     uuid not null,
  signal      text not null,
  state       text not null,
  said_by     text not null,
  via         text not null check (via in ('screen', 'control')),
  at          bigint not null,
  primary key (handover_id, rev)
);
create index handover_step_call on handover_step (call_id);

-- Each alarm of a hand-over: whoever inserts the row raises it, once.
create table handover_alarm (
  handover_id uuid not null,
  step        text not null,
  call_id     uuid not null,
  node        text not null,
  at          bigint not null,
  primary key (handover_id, step)
);
create index handover_alarm_call on handover_alarm (call_id);

-- What must still go to command and control: written with the hand-over, and tried until it is done.
create table handover_outbox (
  handover_id  uuid primary key,
  call_id      uuid not null,
  force        text not null,
  due_at       bigint not null,
  attempts     integer not null default 0,
  -- A gateway is at it; when it dies, another goes on from then.
  leased_until bigint not null default 0,
  done_at      bigint
);
create index handover_outbox_due on handover_outbox (due_at) where done_at is null;
create index handover_outbox_call on handover_outbox (call_id);
