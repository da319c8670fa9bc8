-- What the cache may do for requests of a key that do not say themselves: off, exact or semantic. Null leaves it to the cache rules.
alter table virtual_keys add column cache text;
