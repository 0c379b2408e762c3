-- What a feed's relative addresses were relative to, so that it reads the same again. Rows of before say nothing of it.
alter table fetches add column base varchar;
