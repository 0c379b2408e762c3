select source_id, url, arg_max(raw_ref, fetched_at) from fetches
where raw_ref is not null and source_id in (select source_id from wanted)
group by source_id, url
