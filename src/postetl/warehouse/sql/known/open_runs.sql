select run_id, command, started_at, host, pid, version from runs where status = 'running' order by started_at, run_id
