-- Backfills in windows, posts that an archive lists (and so can miss), and the code that made a row.
alter table posts add column archive varchar;
alter table posts add column made_with varchar;

create table windows (
    plan_id      varchar not null,
    source_id    varchar not null,
    key          varchar not null,
    kind         varchar not null,
    url          varchar not null,
    archive_url  varchar not null,
    since        timestamp,
    until        timestamp,
    position     integer not null,
    posts        integer,
    requests     integer,
    asked_since  timestamp,
    asked_until  timestamp,
    planned_at   timestamp not null,
    done_at      timestamp,
    run_id       varchar not null,
    primary key (plan_id, key)
);
