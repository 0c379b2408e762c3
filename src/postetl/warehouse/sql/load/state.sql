-- What a version was made of: it changes with every load, and with every change of schema, views or comments.
select (select count(*) from loads), (select max(sequence) from loads), (select list(sha256 order by version) from schema_migrations)
