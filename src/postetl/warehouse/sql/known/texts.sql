-- All that the posts of a source say, and what was taken out of it.
select text, boilerplate from posts where source_id = $source_id and text <> ''
