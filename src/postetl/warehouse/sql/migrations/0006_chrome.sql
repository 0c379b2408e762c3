-- Blocks that stand in most posts of a source, and what was taken out of each text for it; how sure the language is. Rows of before have neither.
alter table posts add column language_confidence double;
alter table posts add column boilerplate varchar;
alter table posts add column whole_hash varchar;

alter table post_versions add column boilerplate varchar;
alter table post_versions add column whole_hash varchar;

create table chrome (
    source_id   varchar not null,
    hash        varchar not null,
    text        varchar not null,
    posts       integer not null,
    out_of      integer not null,
    learned_at  timestamp not null,
    run_id      varchar not null,
    primary key (source_id, hash)
);
