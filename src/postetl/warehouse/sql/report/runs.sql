-- The last runs, newest first.
select run_id, command, started_at, finished_at, status, host, pid, version
from runs
order by started_at desc, run_id
limit 20
