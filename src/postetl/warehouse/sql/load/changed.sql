-- Which of the posts that get a row differ from it in anything (run before the merge).
select count(*) from posts p join planned_posts q on q.post_id = p.post_id join package_posts n on n.row = q.row
where (p.content_hash = n.content_hash or coalesce(p.whole_hash, p.content_hash) = coalesce(n.whole_hash, n.content_hash)) and (
    p.source_id, p.url, p.external_id, p.title, p.authors, p.published_at, p.date_source, p.updated_at, p.language, p.tags, p.summary,
    p.text, p.links, p.enclosures, p.canonical_url, p.words, p.tokens, p.row_hash, p.entry_hash, p.extracted_by,
    p.confidence, p.images, p.embeds, p.image, p.site_name, p.boilerplate, p.whole_hash
) is distinct from (
    n.source_id, n.url, n.external_id, n.title, n.authors, n.published_at, n.date_source, n.updated_at, n.language, n.tags, n.summary,
    n.text, n.links, n.enclosures, n.canonical_url, n.words, n.tokens, n.row_hash, n.entry_hash, n.extracted_by,
    n.confidence, n.images, n.embeds, n.image, n.site_name, n.boilerplate, n.whole_hash
)
