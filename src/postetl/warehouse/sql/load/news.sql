-- What readers would miss without this package (run before the merges). Requests alone are none of it.
select
    (select count(*) from package_posts)
    + (select count(*) from package_sightings)
    + (select count(*) from package_windows)
    + (select count(*) from package_chrome n where not exists (select 1 from chrome c where c.source_id = n.source_id and c.hash = n.hash))
    + (select count(distinct n.reject_id) from package_rejects n where not exists (select 1 from rejects r where r.reject_id = n.reject_id))
    + (select count(*) from package_sources n left join sources s on s.source_id = n.source_id
        where s.source_id is null or n.event is not null
            or (n.url, coalesce(n.kind, s.kind), coalesce(n.title, s.title)) is distinct from (s.url, s.kind, s.title))
    + (select count(*) from (
        select f.source_id, f.error from package_fetches f where f.depth = 0 and f.kind is distinct from 'robots'
        qualify row_number() over (partition by f.source_id order by f.fetched_at desc, f.fetch_id) = 1
    ) n left join sources s on s.source_id = n.source_id where s.source_id is null or n.error is distinct from s.last_error)
