-- How the sources of the package stood before it (columns in the order of standing.Standing).
select source_id, url, coalesce(current_url, url), moved_at, moving_to, moving_since, coalesce(moving, 0), coalesce(failures, 0), failing_since,
    disabled_at, disabled_reason
from sources
where source_id in (select source_id from package_fetches where depth = 0 union select source_id from package_sources)
