-- What a word of a hand-over says beside its signal: units that go from then on or not any more, and what was offered then.
alter table handover_step add column said jsonb;
