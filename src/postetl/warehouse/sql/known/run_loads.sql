-- What the packages of one run did, whoever loaded them.
select count(*), coalesce(sum(posts_new), 0), coalesce(sum(posts_edited), 0) from loads where run_id = $run_id
