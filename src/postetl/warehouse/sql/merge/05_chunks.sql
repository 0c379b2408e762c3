-- The chunks of a text that became current replace those of the one before; a chunk that stays keeps when it was first made.
create or replace temp table new_chunks as
select c.chunk_id, c.post_id, c.position, c.text, c.start_char, c.end_char, c.tokens, c.heading_path,
    coalesce(old.first_seen_at, n.fetched_at) as first_seen_at
from settled_chunks c
join new_posts n on n.post_id = c.post_id
join planned_posts q on q.post_id = c.post_id and q.row = c.post_row
left join chunks old on old.chunk_id = c.chunk_id;

delete from chunks where post_id in (select post_id from new_posts);

insert into chunks by name select * from new_chunks order by post_id, position;
