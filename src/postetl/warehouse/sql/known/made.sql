select post_id, row_hash, content_hash, entry_hash, external_id, url, title, published_at, words, tokens, raw_ref, fetched_at, language_confidence
from posts where source_id = $source_id order by fetched_at, post_id
