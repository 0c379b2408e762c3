select post_id, row_hash, content_hash, entry_hash, raw_ref from posts where source_id in (select source_id from wanted)
