-- Every observation and sighting moves when a post was first and last seen. A sighting under an id that the post came with once
-- finds it by that key.
create or replace temp table seen as
select post_id, min(seen_at) as first_at, max(seen_at) as last_at
from (
    select o.post_id, s.fetched_at as seen_at from planned_rows o join package_posts s on s.row = o.row
    union all
    select coalesce(k.post_id, s.post_id), s.seen_at
    from package_sightings s left join post_keys k on k.source_id = s.source_id and k.key = 'id:' || s.post_id
    where s.gone is not true
)
group by post_id;

update posts set first_seen_at = least(posts.first_seen_at, seen.first_at), last_seen_at = greatest(posts.last_seen_at, seen.last_at)
from seen
where posts.post_id = seen.post_id and (seen.first_at < posts.first_seen_at or seen.last_at > posts.last_seen_at);

-- Which archive lists a post; one that is seen again is there again, one that its archive lists no more is gone.
create or replace temp table listed as
select coalesce(k.post_id, s.post_id) as post_id, max(s.archive) as archive, max(s.seen_at) filter (where s.gone is not true) as seen_at,
    max(s.seen_at) filter (where s.gone) as gone_at
from package_sightings s left join post_keys k on k.source_id = s.source_id and k.key = 'id:' || s.post_id
group by 1;

update posts set archive = coalesce(l.archive, posts.archive), deleted_at = case
        when l.gone_at >= posts.last_seen_at and l.gone_at > coalesce(l.seen_at, '-infinity') then coalesce(posts.deleted_at, l.gone_at)
        when l.seen_at >= posts.deleted_at then null
        else posts.deleted_at end
from listed l
where posts.post_id = l.post_id
    and (l.gone_at is not null or posts.deleted_at is not null or (l.archive is not null and posts.archive is distinct from l.archive));
