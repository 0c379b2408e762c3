create or replace view posts_per_day as
select source_id, cast(published_at as date) as day, count(*) as posts
from posts
where published_at is not null and deleted_at is null
group by source_id, cast(published_at as date)
order by source_id, day;

comment on view posts_per_day is 'how many posts a source published on a day (UTC); posts without a date are not in it';
comment on column posts_per_day.source_id is 'the source';
comment on column posts_per_day.day is 'the day, UTC';
comment on column posts_per_day.posts is 'number of posts published that day';
