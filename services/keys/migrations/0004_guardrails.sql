-- What the requests of all of an organisation's keys have to pass, beside what a key is bound to.
alter table organisations add column guardrail_policy text not null default 'report';
