-- The plans of these sources that are not done, with all of their windows.
select plan_id, source_id, key, kind, url, archive_url, since, until, position, posts, requests, asked_since, asked_until, planned_at, done_at
from windows
where source_id in (select source_id from wanted) and plan_id in (select plan_id from windows where done_at is null)
order by planned_at, plan_id, position
