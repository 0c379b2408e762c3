-- `postetl status`: one row a source.
select s.source_id, s.kind, coalesce(p.posts, 0) as posts, p.oldest, p.newest, s.last_fetched_at, s.last_status, s.last_error,
    s.next_check_at, coalesce(r.rejects, 0) as rejects
from sources s
left join (
    select source_id, count(*) as posts, min(published_at) as oldest, max(published_at) as newest
    from posts where deleted_at is null group by source_id
) p using (source_id)
left join (select source_id, count(*) as rejects from rejects group by source_id) r using (source_id)
order by s.source_id
