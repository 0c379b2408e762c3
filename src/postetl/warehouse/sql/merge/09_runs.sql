-- A run that has ended is not made running again by a package of its middle that is loaded late.
merge into runs p using package_runs n on p.run_id = n.run_id
when matched and (n.finished_at is not null or p.finished_at is null) then update set
    command = n.command, started_at = n.started_at, finished_at = n.finished_at, status = n.status, host = n.host, pid = n.pid,
    version = n.version
when not matched then insert (run_id, command, started_at, finished_at, status, host, pid, version)
    values (n.run_id, n.command, n.started_at, n.finished_at, n.status, n.host, n.pid, n.version);
