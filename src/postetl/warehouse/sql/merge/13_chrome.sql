-- What was learned stays as it was learned.
merge into chrome p using (
    select * from package_chrome qualify row_number() over (partition by source_id, hash order by learned_at) = 1
) n on p.source_id = n.source_id and p.hash = n.hash
when not matched then insert by name;
