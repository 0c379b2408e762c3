-- Every body that was fetched for a source, newest first, and whether all that it held was wanted then (a backfill leaves out what is
-- not of its dates).
select f.raw_ref, f.fetched_at, f.url, f.final_url, f.content_type, f.depth, f.kind, f.bytes, coalesce(r.command, '') <> 'backfill',
    f.kind is null and f.read_as is null, f.base
from fetches f left join runs r using (run_id)
where f.source_id = $source_id and f.raw_ref is not null and f.error is null and f.kind is distinct from 'robots'
order by f.fetched_at desc, f.fetch_id
