from latest_posts
