select post_id, chunk_id, start_char, end_char, tokens, heading_path
from chunks where post_id in (select post_id from wanted_posts) order by post_id, position
