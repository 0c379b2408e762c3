-- What a source's next request needs: when it is due, where it is, whether it changed. Rows of before say nothing of it.
alter table fetches add column next_check_reason varchar;
alter table fetches add column kind varchar;
alter table fetches add column error_class varchar;
alter table fetches add column first_byte_ms integer;
alter table fetches add column encoding varchar;
alter table fetches add column moved_to varchar;
alter table fetches add column tries integer;
alter table fetches add column every integer;
alter table fetches add column read_as varchar;

alter table sources add column next_check_reason varchar;
alter table sources add column current_url varchar;
alter table sources add column moved_at timestamp;
alter table sources add column moving_to varchar;
alter table sources add column moving_since timestamp;
alter table sources add column moving integer;
alter table sources add column failures integer;
alter table sources add column failing_since timestamp;
alter table sources add column disabled_at timestamp;
alter table sources add column disabled_reason varchar;

alter table loads add column news bigint;

create table readings (
    source_id      varchar not null,
    url            varchar not null,
    etag           varchar,
    last_modified  varchar,
    raw_ref        varchar,
    read_as        varchar not null,
    every          integer,
    fetched_at     timestamp not null,
    primary key (source_id, url)
);
