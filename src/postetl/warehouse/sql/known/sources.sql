select s.source_id, s.url, coalesce(s.current_url, s.url), s.kind, s.title, s.last_fetched_at, s.next_check_at, s.next_check_reason,
    coalesce(s.failures, 0), s.disabled_at, s.disabled_reason,
    w.kind, w.archive_url, w.plan_id, w.asked_since, w.asked_until, w.planned_at,
    -- a source that cannot be had for a while has to be asked for all of that while
    least(coalesce(s.last_fetched_at, w.planned_at), coalesce(s.failing_since, 'infinity'::timestamp))
from sources s
left join (
    select source_id, kind, archive_url, plan_id, asked_since, asked_until, planned_at from windows where source_id in (select source_id from wanted)
    qualify row_number() over (partition by source_id order by planned_at desc, position) = 1
) w on w.source_id = s.source_id
where s.source_id in (select source_id from wanted)
