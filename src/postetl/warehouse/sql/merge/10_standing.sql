-- How the sources stand now (`planned_standings`, from standing.py). One that a person enabled again is due at once.
update sources set current_url = n.current_url, moved_at = n.moved_at, moving_to = n.moving_to, moving_since = n.moving_since, moving = n.moving,
    failures = n.failures, failing_since = n.failing_since, disabled_at = n.disabled_at, disabled_reason = n.disabled_reason
from planned_standings n where sources.source_id = n.source_id;

update sources set next_check_at = null, next_check_reason = null
where source_id in (select source_id from package_sources where event = 'enabled' and seen_at >= coalesce(sources.last_fetched_at, seen_at));
