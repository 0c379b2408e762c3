-- One row a request: a batch that was repeated may bring an id again.
insert into fetches by name
select * from package_fetches
where fetch_id not in (select fetch_id from fetches)
qualify row_number() over (partition by fetch_id order by fetched_at) = 1;
