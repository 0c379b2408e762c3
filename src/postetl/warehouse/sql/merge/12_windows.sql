-- A window that is done stays done; `posts` then says how many were read.
merge into windows p using (
    select * from package_windows qualify row_number() over (partition by plan_id, key order by done_at nulls last) = 1
) n on p.plan_id = n.plan_id and p.key = n.key
when matched and p.done_at is null and n.done_at is not null then update set done_at = n.done_at, posts = n.posts, run_id = n.run_id
when not matched then insert by name;
