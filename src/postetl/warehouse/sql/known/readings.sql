select source_id, url, etag, last_modified, raw_ref, read_as, every from readings
where source_id in (select source_id from wanted)
