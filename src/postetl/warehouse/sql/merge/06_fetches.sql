-- One row a request: a batch that was repeated may bring an id again.
insert into fetches by name
select * from package_fetches n
where not exists (select 1 from fetches f where f.fetch_id = n.fetch_id)
qualify row_number() over (partition by fetch_id order by fetched_at) = 1;
