from post_links
