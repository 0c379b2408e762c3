create table if not exists schema_migrations (
    version  integer primary key,
    name     varchar not null,
    sha256   varchar not null
);
