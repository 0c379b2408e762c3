merge into rejects p using (
    select any_value(url) as url, any_value(source_id) as source_id, any_value(stage) as stage, any_value(reason) as reason,
        any_value(detail) as detail, any_value(raw_ref) as raw_ref, min(rejected_at) as first_at, max(rejected_at) as last_at,
        arg_min(run_id, rejected_at) as run_id, reject_id
    from package_rejects group by reject_id
) n on p.reject_id = n.reject_id
when matched then update set
    run_id = case when n.first_at < p.rejected_at then n.run_id else p.run_id end,
    rejected_at = least(p.rejected_at, n.first_at),
    last_rejected_at = greatest(p.last_rejected_at, n.last_at)
when not matched then insert (reject_id, url, source_id, stage, reason, detail, raw_ref, rejected_at, last_rejected_at, run_id)
    values (n.reject_id, n.url, n.source_id, n.stage, n.reason, n.detail, n.raw_ref, n.first_at, n.last_at, n.run_id);
