select source_id, url, coalesce(current_url, url), kind, title, last_fetched_at, next_check_at, next_check_reason, coalesce(failures, 0),
    disabled_at, disabled_reason
from sources where source_id in (select source_id from wanted)
