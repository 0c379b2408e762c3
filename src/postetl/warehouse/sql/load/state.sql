-- What a version was made of: it changes with every load that readers would miss, and with every change of schema, views or comments.
select (select count(*) from loads where coalesce(news, 1) > 0), (select max(sequence) from loads where coalesce(news, 1) > 0),
    (select list(sha256 order by version) from schema_migrations)
