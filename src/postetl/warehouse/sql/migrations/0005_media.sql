-- What stands beside a post's text, and how sure that text is. Rows of before say nothing of it.
alter table posts add column confidence double;
alter table posts add column images struct(url varchar, anchor varchar, "start" integer, "end" integer)[];
alter table posts add column embeds struct(url varchar, anchor varchar, "start" integer, "end" integer)[];
alter table posts add column image varchar;
alter table posts add column site_name varchar;
