select p.post_id from posts p semi join package_posts n on n.post_id = p.post_id
