-- Rows read again from the archive, and whether the row that each is to replace still stands.
select n.row, p.post_id is not null
from package_posts n left join posts p on p.post_id = n.post_id and coalesce(p.raw_ref, '') = n.reread
where n.reread is not null
