"""Cloud Storage as far as small files need it: buckets, uploads, reads, preconditions."""
