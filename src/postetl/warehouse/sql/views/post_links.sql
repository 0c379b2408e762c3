create or replace view post_links as
select post_id, source_id, link.url as url, lower(nullif(regexp_extract(link.url, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]*)', 1), '')) as host,
    link.anchor as anchor, place - 1 as position
from (
    select post_id, source_id, unnest(links) as link, generate_subscripts(links, 1) as place
    from posts where deleted_at is null
)
order by post_id, position;

comment on view post_links is 'every link in every post: the link graph';
comment on column post_links.post_id is 'the post that links';
comment on column post_links.source_id is 'its source';
comment on column post_links.url is 'where the link leads';
comment on column post_links.host is 'the host it leads to, lower case; null for mailto: and the like';
comment on column post_links.anchor is 'the linked text';
comment on column post_links.position is '0-based place among the links of the post';
