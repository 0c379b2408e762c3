-- Every observation and sighting moves when a post was first and last seen. A sighting under an id that the post came with once
-- finds it by that key.
create or replace temp table seen as
select post_id, min(seen_at) as first_at, max(seen_at) as last_at
from (
    select o.post_id, s.fetched_at as seen_at from planned_rows o join package_posts s on s.row = o.row
    union all
    select coalesce(k.post_id, s.post_id), s.seen_at
    from package_sightings s left join post_keys k on k.source_id = s.source_id and k.key = 'id:' || s.post_id
)
group by post_id;

update posts set first_seen_at = least(posts.first_seen_at, seen.first_at), last_seen_at = greatest(posts.last_seen_at, seen.last_at)
from seen
where posts.post_id = seen.post_id and (seen.first_at < posts.first_seen_at or seen.last_at > posts.last_seen_at);
