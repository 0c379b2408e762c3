select post_id, row_hash, content_hash, entry_hash, raw_ref, archive, published_at, last_seen_at, deleted_at, url
from posts where source_id in (select source_id from wanted)
