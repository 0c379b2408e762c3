select k.source_id, k.key, k.post_id from post_keys k semi join asked_keys a on a.source_id = k.source_id and a.key = k.key
