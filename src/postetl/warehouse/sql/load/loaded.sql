insert into loads (package_id, sequence, run_id, batch, committed_at, posts, chunks, fetches, rejects, posts_new, posts_edited, news)
values ($package_id, $sequence, $run_id, $batch, $committed_at, $posts, $chunks, $fetches, $rejects, $posts_new, $posts_edited, $news)
