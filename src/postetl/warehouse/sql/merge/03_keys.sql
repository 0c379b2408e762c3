merge into post_keys p using planned_keys n on p.source_id = n.source_id and p.key = n.key
when matched then update set post_id = n.post_id
when not matched then insert (source_id, key, post_id, first_seen_at) values (n.source_id, n.key, n.post_id, n.first_seen_at);
