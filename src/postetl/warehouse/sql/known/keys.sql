select source_id, key, post_id from post_keys where source_id in (select source_id from wanted)
