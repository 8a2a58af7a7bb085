"""Room 1: files to articles, articles to paragraphs, paragraphs to tokens."""
