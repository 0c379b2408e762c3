select source_id, hash from chrome where source_id in (select source_id from wanted)
