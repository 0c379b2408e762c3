-- Earlier texts, renumbered: `planned_versions` (from history.py) says for each where it is now. Runs before posts change.
create or replace temp table new_versions as
select n.post_id, n.version, s.title, s.text, s.content_hash, s.updated_at, n.fetched_at, n.replaced_at, s.raw_ref, s.run_id,
    s.boilerplate, s.whole_hash
from planned_versions n join post_versions s on n.origin = 'version' and s.post_id = n.post_id and s.version = n.number
union all
select n.post_id, n.version, s.title, s.text, s.content_hash, s.updated_at, n.fetched_at, n.replaced_at, s.raw_ref, s.run_id,
    s.boilerplate, s.whole_hash
from planned_versions n join posts s on n.origin = 'current' and s.post_id = n.post_id
union all
select n.post_id, n.version, s.title, s.text, s.content_hash, s.updated_at, n.fetched_at, n.replaced_at, s.raw_ref, s.run_id,
    s.boilerplate, s.whole_hash
from planned_versions n join package_posts s on n.origin = 'row' and s.row = n.number;

delete from post_versions where post_id in (select post_id from planned_versions);

insert into post_versions by name select * from new_versions order by post_id, version;
