select source_id, next_check_at from sources where next_check_at is not null and source_id in (select unnest($sources::varchar[]))
