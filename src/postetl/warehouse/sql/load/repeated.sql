-- What no primary key guards: chunks by id, versions by number, for the posts of this package.
select 'chunks', chunk_id from chunks where post_id in (select post_id from planned_rows) group by chunk_id having count(*) > 1
union all
select 'post_versions', post_id || ' ' || version from post_versions where post_id in (select post_id from planned_rows)
group by post_id, version having count(*) > 1
