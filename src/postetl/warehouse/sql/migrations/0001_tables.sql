-- The tables of schema.WAREHOUSE; comments are set from there. A primary key where each row is merged by it: chunks and
-- post_versions are replaced post by post instead, and fetches only grow.
create table posts (
    post_id        varchar primary key,
    source_id      varchar not null,
    url            varchar,
    external_id    varchar,
    title          varchar,
    authors        varchar[] not null,
    published_at   timestamp,
    date_source    varchar,
    updated_at     timestamp,
    language       varchar,
    tags           varchar[] not null,
    summary        varchar,
    text           varchar not null,
    links          struct(url varchar, anchor varchar, "start" integer, "end" integer)[] not null,
    enclosures     struct(url varchar, "type" varchar, length varchar)[] not null,
    canonical_url  varchar,
    words          integer not null,
    tokens         integer not null,
    content_hash   varchar not null,
    row_hash       varchar not null,
    entry_hash     varchar,
    extracted_by   varchar not null,
    fetched_at     timestamp not null,
    first_seen_at  timestamp not null,
    last_seen_at   timestamp not null,
    deleted_at     timestamp,
    raw_ref        varchar,
    run_id         varchar not null
);

create table post_versions (
    post_id       varchar not null,
    version       integer not null,
    title         varchar,
    text          varchar not null,
    content_hash  varchar not null,
    updated_at    timestamp,
    fetched_at    timestamp not null,
    replaced_at   timestamp not null,
    raw_ref       varchar,
    run_id        varchar not null
);

create table post_keys (
    source_id      varchar not null,
    key            varchar not null,
    post_id        varchar,
    first_seen_at  timestamp not null,
    primary key (source_id, key)
);

create table chunks (
    chunk_id       varchar not null,
    post_id        varchar not null,
    position       integer not null,
    text           varchar not null,
    start_char     integer not null,
    end_char       integer not null,
    tokens         integer not null,
    heading_path   varchar[] not null,
    first_seen_at  timestamp not null
);

create table fetches (
    fetch_id       varchar not null,
    source_id      varchar not null,
    url            varchar not null,
    final_url      varchar,
    depth          integer not null,
    status         integer,
    error          varchar,
    detail         varchar,
    etag           varchar,
    last_modified  varchar,
    content_type   varchar,
    bytes          bigint not null,
    wire_bytes     bigint not null,
    elapsed_ms     integer not null,
    redirects      varchar[] not null,
    fetched_at     timestamp not null,
    next_check_at  timestamp,
    raw_ref        varchar,
    run_id         varchar not null
);

create table rejects (
    reject_id         varchar primary key,
    url               varchar,
    source_id         varchar not null,
    stage             varchar not null,
    reason            varchar not null,
    detail            varchar not null,
    raw_ref           varchar,
    rejected_at       timestamp not null,
    last_rejected_at  timestamp not null,
    run_id            varchar not null
);

create table sources (
    source_id        varchar primary key,
    url              varchar not null,
    kind             varchar,
    title            varchar,
    first_seen_at    timestamp not null,
    last_seen_at     timestamp not null,
    last_fetched_at  timestamp,
    last_status      integer,
    last_error       varchar,
    next_check_at    timestamp
);

create table runs (
    run_id       varchar primary key,
    command      varchar not null,
    started_at   timestamp not null,
    finished_at  timestamp,
    status       varchar not null,
    host         varchar not null,
    pid          integer not null,
    version      varchar not null
);

create table loads (
    package_id    varchar primary key,
    sequence      bigint not null,
    run_id        varchar not null,
    batch         integer not null,
    committed_at  timestamp not null,
    posts         bigint not null,
    chunks        bigint not null,
    fetches       bigint not null,
    rejects       bigint not null,
    posts_new     bigint not null,
    posts_edited  bigint not null
);
