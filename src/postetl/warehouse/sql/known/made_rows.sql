select post_id, title, text, summary, url, external_id, authors, tags, language, language_confidence, boilerplate, published_at, updated_at, date_source, canonical_url, words, tokens, extracted_by
from posts where post_id in (select post_id from wanted_posts)
