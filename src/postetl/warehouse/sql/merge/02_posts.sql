-- The rows that become current (`planned_posts`). A row that says nothing new changes nothing here. One that was read again from the
-- archive (`reread`) says only what our code makes of a body: when that was fetched, and whether the post is there, stay as they were.
create or replace temp table new_posts as
select s.* exclude (post_id, row, keys, shared_keys), n.post_id
from planned_posts n join package_posts s on s.row = n.row;

merge into posts p using new_posts n on p.post_id = n.post_id
when matched and (n.reread is not null or (
    p.source_id, p.url, p.external_id, p.title, p.authors, p.published_at, p.date_source, p.updated_at, p.language, p.tags, p.summary,
    p.text, p.links, p.enclosures, p.canonical_url, p.words, p.tokens, p.content_hash, p.row_hash, p.entry_hash, p.extracted_by,
    p.confidence, p.images, p.embeds, p.image, p.site_name, p.boilerplate, p.whole_hash
) is distinct from (
    n.source_id, n.url, n.external_id, n.title, n.authors, n.published_at, n.date_source, n.updated_at, n.language, n.tags, n.summary,
    n.text, n.links, n.enclosures, n.canonical_url, n.words, n.tokens, n.content_hash, n.row_hash, n.entry_hash, n.extracted_by,
    n.confidence, n.images, n.embeds, n.image, n.site_name, n.boilerplate, n.whole_hash
)) then update set
    source_id = n.source_id, url = n.url, external_id = n.external_id, title = n.title, authors = n.authors,
    published_at = n.published_at, date_source = n.date_source, updated_at = n.updated_at, language = n.language, tags = n.tags,
    summary = n.summary, text = n.text, links = n.links, enclosures = n.enclosures, canonical_url = n.canonical_url,
    words = n.words, tokens = n.tokens, content_hash = n.content_hash, row_hash = n.row_hash, entry_hash = n.entry_hash,
    extracted_by = n.extracted_by, confidence = n.confidence, images = n.images, embeds = n.embeds, image = n.image, site_name = n.site_name,
    language_confidence = n.language_confidence, boilerplate = n.boilerplate, whole_hash = n.whole_hash,
    fetched_at = case when n.reread is null then n.fetched_at else p.fetched_at end,
    deleted_at = case when n.reread is null then null else p.deleted_at end, raw_ref = n.raw_ref, run_id = n.run_id,
    archive = coalesce(n.archive, p.archive), made_with = n.made_with
when not matched then insert (
    post_id, source_id, url, external_id, title, authors, published_at, date_source, updated_at, language, tags, summary, text, links,
    enclosures, canonical_url, words, tokens, content_hash, row_hash, entry_hash, extracted_by,
    confidence, images, embeds, image, site_name, language_confidence, boilerplate, whole_hash, fetched_at, first_seen_at,
    last_seen_at, deleted_at, raw_ref, run_id, archive, made_with
) values (
    n.post_id, n.source_id, n.url, n.external_id, n.title, n.authors, n.published_at, n.date_source, n.updated_at, n.language, n.tags,
    n.summary, n.text, n.links, n.enclosures, n.canonical_url, n.words, n.tokens, n.content_hash, n.row_hash, n.entry_hash,
    n.extracted_by, n.confidence, n.images, n.embeds, n.image, n.site_name, n.language_confidence, n.boilerplate,
    n.whole_hash, n.fetched_at, n.fetched_at, n.fetched_at, null, n.raw_ref, n.run_id, n.archive, n.made_with
);
