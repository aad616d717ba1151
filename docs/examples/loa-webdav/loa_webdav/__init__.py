"""A Loa connector for WebDAV folders (RFC 4918): a post becomes a web page on an office's notice board."""
