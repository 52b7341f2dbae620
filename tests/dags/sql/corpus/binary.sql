SELECT X'48656C', to_hex(X'48656c'), from_hex('48656C'), length(X'4865'), X''
SELECT to_base64(to_utf8('hello')), from_base64('aGVsbG8='), from_utf8(from_base64('aGVsbG8='))
SELECT to_hex(md5(to_utf8('a'))), to_hex(sha1(to_utf8('a'))), to_hex(sha256(to_utf8('a')))
SELECT md5('a')
SELECT crc32(to_utf8('a')), to_hex(xxhash64(to_utf8('a')))
SELECT to_hex(hmac_sha256(to_utf8('a'), to_utf8('k')))
SELECT from_hex('xyz')
SELECT X'4865' || X'6C', to_utf8('a') = X'61', X'61' < X'62'
SELECT to_base64url(X'FBFF')
SELECT reverse(X'0102')
SELECT substr(X'010203', 2), lpad(X'01', 2, X'00')
SELECT X'4'
SELECT to_hex(sha256(to_utf8(user_id))) FROM silver_user_changes WHERE user_id = 'zoé'
SELECT url_extract_host('https://example.com:8080/a/b?x=1&y=2#f'), url_extract_path('https://example.com:8080/a/b?x=1'), url_extract_query('https://example.com/a?x=1&y=2'), url_extract_port('https://example.com:8080/'), url_extract_protocol('https://example.com/'), url_extract_fragment('https://example.com/#f')
SELECT url_extract_parameter('https://example.com/?x=1&y=a+b', 'y'), url_extract_parameter('https://example.com/?x=1', 'z')
SELECT url_extract_host('not a url')
SELECT url_encode('a b&c/d~é*'), url_decode('a+b%26c')
SELECT uuid() IS NOT NULL
SELECT ST_X(ST_Point(1, 2))
