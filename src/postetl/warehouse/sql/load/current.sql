-- The current text of each post of the package, and since when it is: versions end where the next text begins.
select p.post_id, p.content_hash, coalesce(v.ended, p.first_seen_at) as since, p.last_seen_at, p.whole_hash
from posts p semi join planned_rows r on r.post_id = p.post_id
left join (select post_id, max(replaced_at) as ended from post_versions group by post_id) v on v.post_id = p.post_id
