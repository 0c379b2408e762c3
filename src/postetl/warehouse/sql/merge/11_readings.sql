-- What was taken in whole from which address. Validators live and die with the rows they describe: an answer that was not taken in
-- whole ends them, 304 renews them, a failed request says nothing.
merge into readings p using (
    select source_id, final_url as url, etag, last_modified, raw_ref, read_as, every, status, fetched_at from package_fetches
    where kind is distinct from 'robots' and error is null and final_url is not null and (depth = 0 or read_as is not null)
    qualify row_number() over (partition by source_id, final_url order by fetched_at desc, fetch_id) = 1
) n on p.source_id = n.source_id and p.url = n.url
when matched and n.fetched_at < p.fetched_at then do nothing
when matched and n.read_as is null then delete
when matched and n.status = 304 then update set
    etag = coalesce(n.etag, p.etag), last_modified = coalesce(n.last_modified, p.last_modified), fetched_at = n.fetched_at
when matched then update set
    etag = n.etag, last_modified = n.last_modified, raw_ref = n.raw_ref, read_as = n.read_as, every = n.every, fetched_at = n.fetched_at
when not matched and n.read_as is not null and n.status is distinct from 304 then insert
    (source_id, url, etag, last_modified, raw_ref, read_as, every, fetched_at)
    values (n.source_id, n.url, n.etag, n.last_modified, n.raw_ref, n.read_as, n.every, n.fetched_at);
