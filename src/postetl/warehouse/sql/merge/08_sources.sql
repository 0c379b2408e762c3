-- What a source is, and how its own document (depth 0) was last fetched. What is older than the row never replaces it; a fetch that
-- could not be read does not make its kind and title unknown.
merge into sources p using (
    select source_id, arg_max(url, seen_at) as url, arg_max(kind, seen_at) as kind, arg_max(title, seen_at) as title,
        min(seen_at) as first_at, max(seen_at) as last_at
    from (
        select source_id, url, kind, title, seen_at from package_sources
        union all by name
        select source_id, url, fetched_at as seen_at from package_fetches f
        where depth = 0 and not exists (select 1 from package_sources s where s.source_id = f.source_id)
            and not exists (select 1 from sources s where s.source_id = f.source_id)
    )
    group by source_id
) n on p.source_id = n.source_id
when matched and n.last_at >= p.last_seen_at then update set
    url = n.url, kind = coalesce(n.kind, p.kind), title = coalesce(n.title, p.title),
    first_seen_at = least(p.first_seen_at, n.first_at), last_seen_at = n.last_at
when matched then update set
    kind = coalesce(p.kind, n.kind), title = coalesce(p.title, n.title), first_seen_at = least(p.first_seen_at, n.first_at)
when not matched then insert (source_id, url, kind, title, first_seen_at, last_seen_at)
    values (n.source_id, n.url, n.kind, n.title, n.first_at, n.last_at);

merge into sources p using (
    select * from package_fetches where depth = 0 and kind is distinct from 'robots'
    qualify row_number() over (partition by source_id order by fetched_at desc, fetch_id) = 1
) n on p.source_id = n.source_id
when matched and (p.last_fetched_at is null or n.fetched_at >= p.last_fetched_at) then update set
    last_fetched_at = n.fetched_at, last_status = n.status, last_error = n.error, next_check_at = n.next_check_at,
    next_check_reason = n.next_check_reason;
