-- `postetl status`: one row a source, and when it is due again and why.
select s.source_id, case when s.disabled_at is not null then 'given up' when coalesce(s.failures, 0) > 0 then s.failures || ' failed' else 'ok' end as state,
    s.kind, coalesce(p.posts, 0) as posts, p.oldest, p.newest, s.last_fetched_at, s.last_status, s.last_error,
    case when s.disabled_at is null then s.next_check_at end as next_check_at,
    coalesce(s.disabled_reason, s.next_check_reason) as why, coalesce(r.rejects, 0) as rejects, c.blocks as boilerplate,
    case when s.current_url <> s.url then s.current_url end as current_url
from sources s
left join (
    select source_id, count(*) as posts, min(published_at) as oldest, max(published_at) as newest
    from posts where deleted_at is null group by source_id
) p using (source_id)
left join (select source_id, count(*) as blocks from chrome group by source_id) c using (source_id)
left join (select source_id, count(*) as rejects from rejects group by source_id) r using (source_id)
order by s.source_id
