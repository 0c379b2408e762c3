create or replace view latest_posts as
select published_at, source_id, title, coalesce(array_to_string(authors, ', '), '') as authors, language, words, url,
    case when length(text) > 200 then left(text, 199) || '…' else text end as beginning, post_id
from posts
where deleted_at is null
order by coalesce(published_at, first_seen_at) desc, post_id;

comment on view latest_posts is 'posts for people, newest first';
comment on column latest_posts.published_at is 'when it was published, UTC; null where that is not known (first seen counts for the order)';
comment on column latest_posts.source_id is 'the source it came from';
comment on column latest_posts.title is 'the title, plain text';
comment on column latest_posts.authors is 'the authors, with commas';
comment on column latest_posts.language is 'BCP 47 tag';
comment on column latest_posts.words is 'number of words in the text';
comment on column latest_posts.url is 'the post''s own link';
comment on column latest_posts.beginning is 'the first 200 characters of the text';
comment on column latest_posts.post_id is 'the post: join posts, chunks or post_links with it';
