select v.post_id, v.version, v.content_hash, v.fetched_at, v.replaced_at, v.whole_hash
from post_versions v semi join planned_rows r on r.post_id = v.post_id
order by v.post_id, v.version
