select post_id, row_hash, content_hash, entry_hash, raw_ref from posts where source_id in (select unnest($sources::varchar[]))
