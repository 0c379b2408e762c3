-- Records set aside, by source and reason.
select source_id, stage, reason, count(*) as rejects, max(last_rejected_at) as last_rejected_at
from rejects
group by source_id, stage, reason
order by rejects desc, source_id, stage, reason
