-- What happened to sources that are asked over the network, in order (columns in the order of standing.Event). A document that
-- could not be read is a failure of its source, too.
select * from (
    select f.source_id, coalesce(s.url, k.url, f.url) as url, f.fetched_at as happened_at, f.status,
        case when f.error is not null then f.error when f.kind is null and f.read_as is null and f.status is distinct from 304 then 'unreadable' end,
        f.detail, f.moved_to, f.error is null and (f.kind is not null or f.read_as is not null or f.status = 304), false
    from package_fetches f
    left join (select source_id, arg_max(url, seen_at) as url from package_sources group by source_id) s using (source_id)
    left join sources k using (source_id)
    where f.depth = 0 and f.kind is distinct from 'robots' and f.url like 'http%'
    union all
    select source_id, url, seen_at, null, null, null, null, false, true from package_sources where event = 'enabled'
) order by happened_at, source_id
