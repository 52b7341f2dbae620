-- One macro for each function that differs between DuckDB and Trino, or that DuckDB lacks. A query loads only the
-- macros that it calls. An error that Athena would raise, too, has a text that begins with ATHENA| and its code.

CREATE MACRO athena_fail(code_and_message) AS CAST(error('ATHENA|' || code_and_message) AS BOOLEAN);
CREATE MACRO athena_ignored(code_and_message) AS true;
CREATE MACRO athena_same(x) AS x;

-- Casts: DuckDB accepts texts that Trino refuses, and rounds doubles half to even.
CREATE MACRO athena_must_cast(converted, source, kind) AS CASE WHEN converted IS NOT NULL OR source IS NULL THEN converted WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast ''' || CAST(source AS VARCHAR) || ''' to ' || kind) THEN converted END;
CREATE MACRO athena_must_cast_json(converted, source, kind) AS CASE WHEN converted IS NOT NULL OR source IS NULL OR source = 'null' THEN converted WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to ' || kind || '. ' || source) THEN converted END;
CREATE MACRO athena_integer_text(x) AS CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]+') THEN trim(x) END;
CREATE MACRO athena_number_text(x) AS CASE WHEN regexp_full_match(trim(x, E' \t\n\r'), '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?') THEN trim(x, E' \t\n\r') WHEN x IN ('NaN', 'Infinity', '-Infinity', '+Infinity') THEN lower(x) END;
CREATE MACRO athena_boolean_text(x) AS CASE WHEN lower(x) IN ('t', 'true', '1') THEN 'true' WHEN lower(x) IN ('f', 'false', '0') THEN 'false' END;
CREATE MACRO athena_date_text(x) AS CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}') THEN trim(x) END;
CREATE MACRO athena_varchar_to_timestamp(x, precision) AS CASE WHEN regexp_full_match(x, '[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,6})?)?)?') THEN athena_round_timestamp(TRY_CAST(CASE WHEN regexp_full_match(x, '.* [0-9]{1,2}:[0-9]{1,2}') THEN x || ':00' ELSE x END AS TIMESTAMP), precision) END;
CREATE MACRO athena_varchar_to_zoned(x, precision) AS CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '[0-9-]+( [0-9:.]+)?') THEN athena_zoned(athena_varchar_to_timestamp(x, precision), 'UTC') WHEN regexp_full_match(x, '[0-9-]+ [0-9:.]+ [A-Za-z_/+-]+') THEN athena_from_local(athena_varchar_to_timestamp(regexp_extract(x, '^([0-9-]+ [0-9:.]+)', 1), precision), regexp_extract(x, ' ([A-Za-z_/+-]+)$', 1)) WHEN athena_fail('REFUSED|the cast of this text to a timestamp with time zone') THEN NULL END;
CREATE MACRO athena_fitting(shown, length_) AS CASE WHEN length(shown) <= length_ THEN shown END;
CREATE MACRO athena_round_half_up(x) AS round(x);
CREATE MACRO athena_round_timestamp(x, precision) AS CASE WHEN precision >= 6 THEN x ELSE make_timestamp(CAST((epoch_us(x) + CAST(5 * power(10, 5 - precision) AS BIGINT)) // CAST(power(10, 6 - precision) AS BIGINT) * CAST(power(10, 6 - precision) AS BIGINT) AS BIGINT)) END;
-- Trino writes doubles as 1.0E1, with the fewest digits that give the same number.
CREATE MACRO athena_double_to_varchar(x) AS CASE WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN x = 0 THEN CASE WHEN CAST(x AS VARCHAR) LIKE '-%' THEN '-0E0' ELSE '0E0' END ELSE athena_scientific(CAST(x AS VARCHAR)) END;
CREATE MACRO athena_decimal_to_varchar(x) AS regexp_replace(CAST(x AS VARCHAR), '^(-?)\.', '\10.');
CREATE MACRO athena_real_to_varchar(x) AS athena_double_to_varchar(x);
CREATE MACRO athena_scientific(shown) AS (CASE WHEN shown LIKE '-%' THEN '-' ELSE '' END) || athena_scientific_digits(ltrim(replace(regexp_extract(ltrim(shown, '-'), '^[0-9.]+'), '.', ''), '0')) || 'E' || CAST(athena_scientific_exponent(ltrim(shown, '-')) AS VARCHAR);
CREATE MACRO athena_scientific_digits(digits) AS left(digits, 1) || '.' || CASE WHEN rtrim(substr(digits, 2), '0') = '' THEN '0' ELSE rtrim(substr(digits, 2), '0') END;
CREATE MACRO athena_scientific_exponent(shown) AS COALESCE(TRY_CAST(regexp_extract(shown, 'e(.*)$', 1) AS INTEGER), 0) + CASE WHEN regexp_extract(shown, '^[0-9]+') <> '0' THEN length(regexp_extract(shown, '^[0-9]+')) - 1 ELSE -1 - length(regexp_extract(shown, '^0\.(0*)', 1)) END;
CREATE MACRO athena_timestamp_to_varchar(x, precision) AS strftime(x, '%Y-%m-%d %H:%M:%S') || CASE WHEN precision = 0 THEN '' ELSE '.' || left(strftime(x, '%f'), precision) END;
CREATE MACRO athena_zoned_to_varchar(x, precision) AS athena_timestamp_to_varchar(athena_local(x), precision) || ' ' || athena_zone(x);
CREATE MACRO athena_days_to_varchar(x) AS (CASE WHEN x < 0 THEN '-' ELSE '' END) || printf('%d %02d:%02d:%02d.%03d', abs(x) // 86400000, abs(x) // 3600000 % 24, abs(x) // 60000 % 60, abs(x) // 1000 % 60, abs(x) % 1000);
CREATE MACRO athena_months_to_varchar(x) AS (CASE WHEN x < 0 THEN '-' ELSE '' END) || printf('%d-%d', abs(x) // 12, abs(x) % 12);

-- Numbers: Trino returns NULL or NaN in cases in which DuckDB raises an error, and raises an error in cases in which
-- DuckDB returns NULL. In Trino, decimals keep their scale.
CREATE MACRO athena_divide(a, b) AS CASE WHEN b <> 0 OR b IS NULL OR a IS NULL THEN a // b WHEN athena_fail('DIVISION_BY_ZERO|Division by zero') THEN NULL END;
CREATE MACRO athena_modulus(a, b) AS CASE WHEN b <> 0 OR b IS NULL OR a IS NULL THEN a % b WHEN athena_fail('DIVISION_BY_ZERO|Division by zero') THEN NULL END;
CREATE MACRO athena_divide_float(a, b) AS CASE WHEN b <> 0 THEN a / b WHEN a IS NULL OR b IS NULL THEN NULL WHEN a = 0 OR isnan(a) THEN 'nan' WHEN (a > 0) = (CAST(b AS VARCHAR) NOT LIKE '-%') THEN 'inf' ELSE '-inf' END;
CREATE MACRO athena_modulus_float(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b = 0 THEN 'nan' ELSE a % b END;
CREATE MACRO athena_unscaled(x, unit, shift) AS CAST(x * CAST(unit AS DECIMAL(38, 0)) AS HUGEINT) * shift;
CREATE MACRO athena_round_quotient(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL AND athena_fail('DIVISION_BY_ZERO|Division by zero') THEN NULL ELSE (2 * abs(a) + abs(b)) // (2 * abs(b)) * (CASE WHEN (a < 0) <> (b < 0) THEN -1 ELSE 1 END) END;
CREATE MACRO athena_scaled(x, unit) AS CAST(x AS DECIMAL(38, 0)) * unit;
CREATE MACRO athena_float_equal(a, b) AS (a = b AND NOT isnan(a) AND NOT isnan(b));
CREATE MACRO athena_float_not_equal(a, b) AS (a <> b OR isnan(a) OR isnan(b));
CREATE MACRO athena_float_less(a, b) AS (a < b AND NOT isnan(a) AND NOT isnan(b));
CREATE MACRO athena_float_less_or_equal(a, b) AS (a <= b AND NOT isnan(a) AND NOT isnan(b));
CREATE MACRO athena_float_greater(a, b) AS (a > b AND NOT isnan(a) AND NOT isnan(b));
CREATE MACRO athena_float_greater_or_equal(a, b) AS (a >= b AND NOT isnan(a) AND NOT isnan(b));
CREATE MACRO athena_round_to(x, n) AS round(x, n);
CREATE MACRO athena_round_decimal_to(x, n) AS round(x, n);
CREATE MACRO athena_round_whole_to(x, n) AS CASE WHEN n >= 0 THEN x ELSE CAST(sign(x) * ((abs(CAST(x AS HUGEINT)) + CAST(power(10, -n) AS HUGEINT) // 2) // CAST(power(10, -n) AS HUGEINT) * CAST(power(10, -n) AS HUGEINT)) AS BIGINT) END;
CREATE MACRO athena_truncate_decimal_to(x, n) AS trunc(x, n);
CREATE MACRO athena_sign(x) AS sign(x);
CREATE MACRO athena_sqrt(x) AS CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt(x) END;
CREATE MACRO athena_power(x, y) AS pow(x, y);
CREATE MACRO athena_ln(x) AS CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE) ELSE ln(x) END;
CREATE MACRO athena_log(b, x) AS athena_ln(x) / athena_ln(b);
CREATE MACRO athena_log2(x) AS CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE) ELSE log2(x) END;
CREATE MACRO athena_log10(x) AS CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE) ELSE log10(x) END;
CREATE MACRO athena_e() AS exp(1);
CREATE MACRO athena_sin(x) AS CASE WHEN isinf(x) THEN CAST('nan' AS DOUBLE) ELSE sin(x) END;
CREATE MACRO athena_cos(x) AS CASE WHEN isinf(x) THEN CAST('nan' AS DOUBLE) ELSE cos(x) END;
CREATE MACRO athena_tan(x) AS CASE WHEN isinf(x) THEN CAST('nan' AS DOUBLE) ELSE tan(x) END;
CREATE MACRO athena_asin(x) AS CASE WHEN abs(x) > 1 THEN CAST('nan' AS DOUBLE) ELSE asin(x) END;
CREATE MACRO athena_acos(x) AS CASE WHEN abs(x) > 1 THEN CAST('nan' AS DOUBLE) ELSE acos(x) END;
CREATE MACRO athena_infinity() AS CAST('inf' AS DOUBLE);
CREATE MACRO athena_nan() AS CAST('nan' AS DOUBLE);
CREATE MACRO athena_is_finite(x) AS isfinite(x);
CREATE MACRO athena_width_bucket(x, low, high, n) AS CASE WHEN n <= 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|bucketCount must be greater than 0') THEN NULL WHEN low = high AND athena_fail('INVALID_FUNCTION_ARGUMENT|bounds cannot equal each other') THEN NULL WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor(n * (x - low) / (high - low)) AS BIGINT) + 1 END ELSE CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE CAST(floor(n * (low - x) / (low - high)) AS BIGINT) + 1 END END;
CREATE MACRO athena_width_bucket_of(x, bounds) AS len(list_filter(bounds, lambda b: b <= x));
CREATE MACRO athena_bit_and(a, b) AS a & b;
CREATE MACRO athena_bit_or(a, b) AS a | b;
CREATE MACRO athena_bit_xor(a, b) AS xor(a, b);
CREATE MACRO athena_bit_not(a) AS ~a;
CREATE MACRO athena_shift_left(x, n) AS CASE WHEN n >= 0 AND n < 62 AND x >= 0 AND x < 1073741824 AND x * CAST(pow(2, n) AS HUGEINT) < 2147483648 THEN CAST(x * CAST(pow(2, n) AS BIGINT) AS BIGINT) WHEN n >= 32 THEN 0 WHEN x IS NULL OR n IS NULL THEN NULL WHEN athena_fail('REFUSED|a shift of these bits') THEN NULL END;
CREATE MACRO athena_shift_right(x, n) AS CASE WHEN n >= 0 AND n < 31 AND x >= 0 THEN x // CAST(pow(2, n) AS BIGINT) WHEN x IS NULL OR n IS NULL THEN NULL WHEN athena_fail('REFUSED|a shift of these bits') THEN NULL END;
CREATE MACRO athena_shift_right_signed(x, n) AS CASE WHEN n >= 0 AND n < 31 THEN CAST(floor(x / pow(2.0, n)) AS BIGINT) WHEN x IS NULL OR n IS NULL THEN NULL WHEN athena_fail('REFUSED|a shift of these bits') THEN NULL END;
CREATE MACRO athena_bit_count(x, bits) AS CASE WHEN bits = 64 THEN bit_count(CAST(x AS BIGINT)) WHEN athena_fail('REFUSED|bit_count of other than 64 bits') THEN NULL END;
CREATE MACRO athena_to_base(x, radix) AS CASE WHEN x < 0 THEN '-' ELSE '' END || lower(to_base(abs(x), CAST(radix AS INTEGER)));
CREATE MACRO athena_from_base(x, radix) AS list_reduce(list_transform(string_split(lower(x), ''), lambda c: CAST(instr('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)), lambda total, digit: CASE WHEN digit >= 0 AND digit < radix THEN total * radix + digit WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Not a valid base-' || radix || ' number: ' || x) THEN NULL END, CAST(0 AS BIGINT));
CREATE MACRO athena_random_below(n) AS CAST(floor(random() * n) AS BIGINT);

-- Texts: the rules of Trino for negative positions and for the limits of padding; parts that do not exist are NULL.
CREATE MACRO athena_upper(x) AS CASE WHEN contains(x, 'ß') OR contains(x, 'ŉ') THEN array_to_string(list_transform(string_split(x, ''), lambda c: CASE WHEN c IN ('ß', 'ŉ') THEN c ELSE upper(c) END), '') ELSE upper(x) END;
CREATE MACRO athena_lower(x) AS lower(x);
CREATE MACRO athena_chr(n) AS CASE WHEN n BETWEEN 0 AND 1114111 THEN chr(CAST(n AS INTEGER)) WHEN n IS NULL THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Not a valid Unicode code point: ' || n) THEN NULL END;
CREATE MACRO athena_replace(x, search, replacement := '') AS CASE WHEN search <> '' THEN replace(x, search, replacement) WHEN search IS NULL OR x IS NULL OR replacement IS NULL THEN NULL ELSE replacement || CASE WHEN x = '' THEN '' ELSE array_to_string(string_split(x, ''), replacement) || replacement END END;
CREATE MACRO athena_strpos(x, part, instance) AS CASE WHEN instance = 1 THEN strpos(x, part) WHEN x IS NULL OR part IS NULL OR instance IS NULL THEN NULL WHEN instance = 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|''instance'' must not be a positive or negative number.') THEN NULL WHEN part <> '' THEN COALESCE(list_filter(range(1, length(x) + 1), lambda i: substr(x, i, length(part)) = part)[instance], 0) WHEN athena_fail('REFUSED|strpos of the empty text') THEN NULL END;
CREATE MACRO athena_substr2(x, start) AS CASE WHEN start = 0 OR abs(start) > length(x) THEN CASE WHEN x IS NOT NULL THEN '' END ELSE substr(x, start) END;
CREATE MACRO athena_substr3(x, start, size) AS CASE WHEN x IS NULL OR start IS NULL OR size IS NULL THEN NULL WHEN start = 0 OR size <= 0 OR abs(start) > length(x) THEN '' WHEN start < 0 THEN substr(x, length(x) + start + 1, size) ELSE substr(x, start, size) END;
CREATE MACRO athena_lpad(x, size, pad) AS CASE WHEN size < 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Target length must be in the range [0..2147483647]') THEN NULL WHEN pad = '' AND athena_fail('INVALID_FUNCTION_ARGUMENT|Padding string must not be empty') THEN NULL ELSE lpad(x, CAST(size AS INTEGER), pad) END;
CREATE MACRO athena_rpad(x, size, pad) AS CASE WHEN size < 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Target length must be in the range [0..2147483647]') THEN NULL WHEN pad = '' AND athena_fail('INVALID_FUNCTION_ARGUMENT|Padding string must not be empty') THEN NULL ELSE rpad(x, CAST(size AS INTEGER), pad) END;
CREATE MACRO athena_split(x, delimiter) AS CASE WHEN delimiter = '' AND athena_fail('INVALID_FUNCTION_ARGUMENT|The delimiter may not be the empty string') THEN NULL WHEN x IS NULL OR delimiter IS NULL THEN NULL ELSE string_split(x, delimiter) END;
CREATE MACRO athena_split3(x, delimiter, size) AS CASE WHEN size <= 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Limit must be positive') THEN NULL WHEN x IS NULL OR delimiter IS NULL OR size IS NULL THEN NULL WHEN len(athena_split(x, delimiter)) <= size THEN athena_split(x, delimiter) ELSE list_append(athena_split(x, delimiter)[:size - 1], array_to_string(athena_split(x, delimiter)[size:], delimiter)) END;
CREATE MACRO athena_split_part(x, delimiter, place) AS CASE WHEN place <= 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Index must be greater than zero') THEN NULL WHEN delimiter = '' AND x IS NOT NULL AND athena_fail('REFUSED|split_part by the empty text') THEN NULL ELSE string_split(x, delimiter)[place] END;
CREATE MACRO athena_spaces() AS E' \t\n\x0B\f\r\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200A\u2028\u2029\u205F\u3000\x1C\x1D\x1E\x1F';
CREATE MACRO athena_trim(x) AS trim(x, athena_spaces());
CREATE MACRO athena_ltrim(x) AS ltrim(x, athena_spaces());
CREATE MACRO athena_rtrim(x) AS rtrim(x, athena_spaces());
CREATE MACRO athena_concat_ws_array(delimiter, parts) AS array_to_string(parts, delimiter);
CREATE MACRO athena_ascii(x) AS regexp_full_match(x, '[\x00-\x7F]*');
CREATE MACRO athena_levenshtein(a, b) AS CASE WHEN athena_ascii(a || b) THEN levenshtein(a, b) WHEN a IS NULL OR b IS NULL THEN NULL WHEN athena_fail('REFUSED|levenshtein_distance of other letters than ASCII') THEN NULL END;
CREATE MACRO athena_hamming(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN length(a) <> length(b) AND athena_fail('INVALID_FUNCTION_ARGUMENT|The input strings to hamming_distance function must have the same length') THEN NULL ELSE len(list_filter(range(1, length(a) + 1), lambda i: substr(a, i, 1) <> substr(b, i, 1))) END;
CREATE MACRO athena_translate(x, old, new) AS CASE WHEN x IS NULL OR old IS NULL OR new IS NULL THEN NULL ELSE array_to_string(list_transform(string_split(x, ''), lambda c: CASE WHEN strpos(old, c) = 0 OR c = '' THEN c ELSE substr(new, strpos(old, c), 1) END), '') END;
CREATE MACRO athena_split_to_map(x, entries, pairs) AS CASE WHEN x IS NULL THEN NULL WHEN x = '' THEN CAST(map([], []) AS MAP(VARCHAR, VARCHAR)) ELSE map_from_entries(list_transform(string_split(x, entries), lambda e: CASE WHEN strpos(e, pairs) > 0 THEN {'key': left(e, strpos(e, pairs) - 1), 'value': substr(e, strpos(e, pairs) + length(pairs))} WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Key-value delimiter must appear exactly once in each entry. Bad input: ''' || e || '''') THEN NULL END)) END;
CREATE MACRO athena_like_escape(x, pattern, mark) AS CASE WHEN length(mark) = 1 THEN x LIKE pattern ESCAPE mark WHEN mark IS NULL OR x IS NULL OR pattern IS NULL THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Escape string must be a single character') THEN NULL END;
CREATE MACRO athena_url_encode(x) AS replace(replace(replace(url_encode(x), '%20', '+'), '%2A', '*'), '~', '%7E');
CREATE MACRO athena_url_decode(x) AS url_decode(replace(x, '+', '%20'));
CREATE MACRO athena_url_part(x, part) AS CASE WHEN regexp_matches(x, '[\s<>"{}|\\^`]') THEN NULL WHEN regexp_full_match(x, '[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>"{}|\\^`%]*') THEN regexp_extract(x, '^([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#:@]*)(?::([0-9]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$', part) WHEN x IS NULL THEN NULL WHEN athena_fail('REFUSED|this form of URL') THEN NULL END;
CREATE MACRO athena_url_protocol(x) AS athena_url_part(x, 1);
CREATE MACRO athena_url_host(x) AS athena_url_part(x, 2);
CREATE MACRO athena_url_port(x) AS TRY_CAST(athena_url_part(x, 3) AS BIGINT);
CREATE MACRO athena_url_path(x) AS athena_url_part(x, 4);
CREATE MACRO athena_url_query(x) AS athena_url_part(x, 5);
CREATE MACRO athena_url_fragment(x) AS athena_url_part(x, 6);
CREATE MACRO athena_url_parameter(x, name) AS list_transform(list_filter(string_split(athena_url_part(x, 5), '&'), lambda p: split_part(p, '=', 1) = name), lambda p: CASE WHEN strpos(p, '=') > 0 THEN athena_url_decode(substr(p, strpos(p, '=') + 1)) ELSE '' END)[1];

CREATE MACRO athena_padded_left(shown, size) AS lpad(shown, greatest(CAST(length(shown) AS INTEGER), size), ' ');
CREATE MACRO athena_padded_right(shown, size) AS rpad(shown, greatest(CAST(length(shown) AS INTEGER), size), ' ');
CREATE MACRO athena_padded_zero(shown, size) AS CASE WHEN starts_with(shown, '-') THEN '-' || lpad(substr(shown, 2), greatest(CAST(length(shown) AS INTEGER) - 1, size - 1), '0') ELSE lpad(shown, greatest(CAST(length(shown) AS INTEGER), size), '0') END;

-- Regular expressions: Trino returns NULL if nothing matches, and DuckDB returns an empty text.
CREATE MACRO athena_regexp_extract(x, pattern, place) AS CASE WHEN regexp_matches(x, pattern) THEN regexp_extract(x, pattern, place) END;
CREATE MACRO athena_regexp_extract_all(x, pattern, place) AS regexp_extract_all(x, pattern, place);
CREATE MACRO athena_regexp_count(x, pattern) AS len(regexp_extract_all(x, pattern));
CREATE MACRO athena_regexp_position(x, pattern) AS CASE WHEN regexp_matches(x, pattern) THEN length(string_split_regex(x, pattern)[1]) + 1 WHEN x IS NOT NULL THEN -1 END;

-- Binary values.
CREATE MACRO athena_from_hex(x) AS CASE WHEN regexp_full_match(x, '([0-9a-fA-F]{2})*') THEN unhex(x) WHEN x IS NULL THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|invalid hexadecimal text') THEN NULL END;
CREATE MACRO athena_md5(x) AS unhex(md5(x));
CREATE MACRO athena_sha1(x) AS unhex(sha1(x));
CREATE MACRO athena_sha256(x) AS unhex(sha256(x));
CREATE MACRO athena_to_base64url(x) AS replace(replace(base64(x), '+', '-'), '/', '_');
CREATE MACRO athena_substr_binary(x, start) AS CASE WHEN start > 0 THEN unhex(substr(hex(x), 2 * start - 1)) WHEN x IS NULL OR start IS NULL THEN NULL WHEN athena_fail('REFUSED|substr of bytes from the end') THEN NULL END;
CREATE MACRO athena_lpad_binary(x, size, pad) AS CASE WHEN octet_length(pad) = 1 AND size >= 0 THEN unhex(lpad(left(hex(x), 2 * CAST(size AS INTEGER)), 2 * CAST(size AS INTEGER), hex(pad))) WHEN x IS NULL OR size IS NULL OR pad IS NULL THEN NULL WHEN athena_fail('REFUSED|lpad with several bytes') THEN NULL END;
CREATE MACRO athena_from_base64(x) AS from_base64(x);
CREATE MACRO athena_reverse_binary(x) AS unhex(array_to_string(list_reverse(regexp_extract_all(hex(x), '..')), ''));

-- A timestamp with time zone is a struct of instant and zone name; intervals are numbers of months or milliseconds.
CREATE MACRO athena_zoned(moment, zone_) AS CASE WHEN moment IS NOT NULL AND zone_ IS NOT NULL THEN {'utc': CAST(moment AS TIMESTAMP), 'zone': zone_} END;
CREATE MACRO athena_utc(x) AS struct_extract(x, 'utc');
CREATE MACRO athena_zone(x) AS struct_extract(x, 'zone');
CREATE MACRO athena_offset_minutes(zone_) AS CASE WHEN regexp_full_match(zone_, '[+-][0-9]{2}:[0-9]{2}') THEN (CASE WHEN left(zone_, 1) = '-' THEN -1 ELSE 1 END) * (CAST(zone_[2:3] AS INTEGER) * 60 + CAST(zone_[5:6] AS INTEGER)) END;
CREATE MACRO athena_valid_zone(zone_) AS CASE WHEN zone_ = 'Z' THEN 'UTC' WHEN athena_offset_minutes(zone_) = 0 THEN 'UTC' WHEN athena_offset_minutes(zone_) IS NOT NULL OR timezone(zone_, TIMESTAMP '2000-01-01') IS NOT NULL THEN zone_ END;
CREATE MACRO athena_local_of(moment, zone_) AS CASE WHEN zone_ = 'UTC' THEN moment WHEN athena_offset_minutes(zone_) IS NOT NULL THEN moment + to_minutes(athena_offset_minutes(zone_)) ELSE timezone(zone_, timezone('UTC', moment)) END;
CREATE MACRO athena_local(x) AS list_transform([x], lambda each: athena_local_of(athena_utc(each), athena_zone(each)))[1];
CREATE MACRO athena_utc_of(moment, zone_) AS CASE WHEN zone_ = 'UTC' THEN moment WHEN athena_offset_minutes(zone_) IS NOT NULL THEN moment - to_minutes(athena_offset_minutes(zone_)) ELSE timezone('UTC', timezone(zone_, moment)) END;
CREATE MACRO athena_from_local(moment, zone_) AS list_transform([{'moment': moment, 'zone': zone_}], lambda each: athena_zoned(athena_utc_of(each.moment, each.zone), each.zone))[1];
CREATE MACRO athena_at_timezone(x, zone_) AS athena_zoned(athena_utc(x), athena_valid_zone(zone_));
CREATE MACRO athena_with_timezone(x, zone_) AS athena_from_local(x, athena_valid_zone(zone_));
CREATE MACRO athena_date_plus_milliseconds(x, n) AS CASE WHEN n % 86400000 = 0 THEN CAST(x + CAST(n // 86400000 AS INTEGER) AS DATE) WHEN n IS NULL OR x IS NULL THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Cannot add hour, minutes or seconds to a date') THEN NULL END;
CREATE MACRO athena_date_plus_days(x, n) AS CAST(x + CAST(n AS INTEGER) AS DATE);
CREATE MACRO athena_date_plus_months(x, n) AS CAST(x + to_months(CAST(n AS INTEGER)) AS DATE);
CREATE MACRO athena_timestamp_plus_milliseconds(x, n) AS x + to_microseconds(CAST(n AS BIGINT) * 1000);
CREATE MACRO athena_timestamp_plus_days(x, n) AS x + to_days(CAST(n AS INTEGER));
CREATE MACRO athena_timestamp_plus_months(x, n) AS x + to_months(CAST(n AS INTEGER));
CREATE MACRO athena_zoned_plus_milliseconds(x, n) AS athena_zoned(athena_utc(x) + to_microseconds(CAST(n AS BIGINT) * 1000), athena_zone(x));
CREATE MACRO athena_zoned_plus_days(x, n) AS athena_from_local(athena_local(x) + to_days(CAST(n AS INTEGER)), athena_zone(x));
CREATE MACRO athena_zoned_plus_months(x, n) AS athena_from_local(athena_local(x) + to_months(CAST(n AS INTEGER)), athena_zone(x));
CREATE MACRO athena_date_difference(a, b) AS CAST(a - b AS BIGINT) * 86400000;
CREATE MACRO athena_timestamp_difference(a, b) AS (epoch_us(a) - epoch_us(b)) // 1000;
CREATE MACRO athena_zoned_difference(a, b) AS (epoch_us(athena_utc(a)) - epoch_us(athena_utc(b))) // 1000;
CREATE MACRO athena_timestamp_diff(a, b, unit) AS (epoch_us(b) - epoch_us(a)) // (CAST(unit AS BIGINT) * 1000);
CREATE MACRO athena_zoned_diff(a, b, unit) AS (epoch_us(athena_utc(b)) - epoch_us(athena_utc(a))) // (CAST(unit AS BIGINT) * 1000);
CREATE MACRO athena_diff_days(unit, a, b) AS datesub(unit, a, b);
CREATE MACRO athena_zoned_diff_days(unit, a, b) AS datesub(unit, athena_local(a), athena_local_of(athena_utc(b), athena_zone(a)));
CREATE MACRO athena_zoned_trunc_clock(unit, x) AS athena_zoned(athena_utc(x) - (athena_local(x) - date_trunc(unit, athena_local(x))), athena_zone(x));
CREATE MACRO athena_zoned_trunc_day(unit, x) AS athena_from_local(CAST(date_trunc(unit, athena_local(x)) AS TIMESTAMP), athena_zone(x));
CREATE MACRO athena_millisecond(x) AS CAST(epoch_ms(x) % 1000 + CASE WHEN epoch_ms(x) % 1000 < 0 THEN 1000 ELSE 0 END AS BIGINT);
CREATE MACRO athena_to_date(x) AS CAST(x AS DATE);
CREATE MACRO athena_from_unixtime(x) AS athena_zoned(make_timestamp(CAST(floor(x * 1000 + 0.5) AS BIGINT) * 1000), 'UTC');
CREATE MACRO athena_from_unixtime_zone(x, zone_) AS athena_zoned(make_timestamp(CAST(floor(x * 1000 + 0.5) AS BIGINT) * 1000), athena_valid_zone(zone_));
CREATE MACRO athena_to_unixtime(x) AS epoch_us(athena_utc(x)) / 1000000.0;
CREATE MACRO athena_now() AS athena_zoned(getvariable('now'), 'UTC');
CREATE MACRO athena_current_timezone() AS 'UTC';
CREATE MACRO athena_parsed(x, pattern, given) AS CASE WHEN x IS NULL OR TRY_STRPTIME(x, pattern) IS NOT NULL THEN CAST(TRY_STRPTIME(x, pattern) AS TIMESTAMP) WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Invalid format: "' || x || '"') THEN NULL END;
CREATE MACRO athena_from_iso8601_date(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN COALESCE(TRY_CAST(x AS DATE), CASE WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Cannot parse "' || x || '": Value out of range') THEN NULL END) WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '[0-9]{4}(-W?[0-9]+(-[0-9])?)?') AND athena_fail('REFUSED|this form of ISO 8601 dates') THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Invalid format: "' || x || '"') THEN NULL END;
CREATE MACRO athena_iso_zone(x) AS CASE WHEN regexp_matches(x, 'T.*[+-][0-9]{2}:[0-9]{2}$') THEN CASE WHEN right(x, 5) = '00:00' THEN 'UTC' ELSE right(x, 6) END ELSE 'UTC' END;
CREATE MACRO athena_from_iso8601_timestamp(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?') AND TRY_CAST(left(x, 10) AS DATE) IS NOT NULL THEN athena_from_local(TRY_CAST(replace(regexp_replace(regexp_replace(x, '(T.*)(Z|[+-][0-9]{2}:[0-9]{2})$', '\1'), '(T[0-9]{2}:[0-9]{2})$', '\1:00'), 'T', ' ') AS TIMESTAMP), athena_iso_zone(x)) WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}.*') AND TRY_CAST(left(x, 10) AS DATE) IS NULL AND athena_fail('INVALID_FUNCTION_ARGUMENT|Cannot parse "' || x || '": Value out of range') THEN NULL WHEN regexp_full_match(x, '[0-9TWZ:.,+-]+') AND athena_fail('REFUSED|this form of ISO 8601 timestamps') THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Invalid format: "' || x || '"') THEN NULL END;
CREATE MACRO athena_date_to_iso(x) AS CAST(x AS VARCHAR);
CREATE MACRO athena_timestamp_to_iso(x, precision) AS replace(athena_timestamp_to_varchar(x, precision), ' ', 'T');
CREATE MACRO athena_offset_of(x) AS CAST(date_diff('minute', athena_utc(x), athena_local(x)) AS BIGINT);
CREATE MACRO athena_zoned_to_iso(x, precision) AS replace(athena_timestamp_to_varchar(athena_local(x), precision), ' ', 'T') || CASE WHEN athena_offset_of(x) = 0 THEN 'Z' ELSE printf('%s%02d:%02d', CASE WHEN athena_offset_of(x) < 0 THEN '-' ELSE '+' END, abs(athena_offset_of(x)) // 60, abs(athena_offset_of(x)) % 60) END;
CREATE MACRO athena_timezone_hour(x) AS athena_offset_of(x) // 60;
CREATE MACRO athena_timezone_minute(x) AS athena_offset_of(x) % 60;
CREATE MACRO athena_interval_day(x) AS x // 86400000;
CREATE MACRO athena_interval_hour(x) AS x // 3600000 % 24;
CREATE MACRO athena_interval_minute(x) AS x // 60000 % 60;
CREATE MACRO athena_interval_second(x) AS x // 1000 % 60;
CREATE MACRO athena_interval_millisecond(x) AS x % 1000;
CREATE MACRO athena_interval_year(x) AS x // 12;
CREATE MACRO athena_interval_month(x) AS x % 12;
CREATE MACRO athena_named_amount(n, name) AS CASE WHEN n > 0 THEN n || ' ' || name || CASE WHEN n = 1 THEN '' ELSE 's' END END;
CREATE MACRO athena_human_seconds(x) AS CASE WHEN x >= 1 AND x < 9e15 THEN concat_ws(', ', athena_named_amount(CAST(round(x) AS BIGINT) // 604800, 'week'), athena_named_amount(CAST(round(x) AS BIGINT) // 86400 % 7, 'day'), athena_named_amount(CAST(round(x) AS BIGINT) // 3600 % 24, 'hour'), athena_named_amount(CAST(round(x) AS BIGINT) // 60 % 60, 'minute'), athena_named_amount(CAST(round(x) AS BIGINT) % 60, 'second')) WHEN x IS NULL THEN NULL WHEN athena_fail('REFUSED|human_readable_seconds of less than a second') THEN NULL END;

-- Arrays: in Trino, NULL elements can make a result NULL, negative positions count from the end, and a position that
-- does not exist is an error.
CREATE MACRO athena_has_null(a) AS list_bool_or(list_transform(a, lambda x: x IS NULL)) IS TRUE;
CREATE MACRO athena_nested_equal(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN NOT contains(CAST(a AS VARCHAR) || CAST(b AS VARCHAR), 'NULL') THEN a = b WHEN athena_fail('REFUSED|the comparison of nested values with NULL') THEN NULL END;
CREATE MACRO athena_nested_not_equal(a, b) AS NOT athena_nested_equal(a, b);
CREATE MACRO athena_array_equal(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) OR len(list_filter(range(1, len(a) + 1), lambda i: a[i] <> b[i])) > 0 THEN false WHEN athena_has_null(a) OR athena_has_null(b) THEN NULL ELSE true END;
CREATE MACRO athena_array_not_equal(a, b) AS NOT athena_array_equal(a, b);
CREATE MACRO athena_array_concat(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_concat(a, b) END;
CREATE MACRO athena_subscript(a, i) AS CASE WHEN i > 0 AND i <= len(a) THEN a[i] WHEN a IS NULL OR i IS NULL THEN NULL WHEN i = 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|SQL array indices start at 1') THEN NULL WHEN i < 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Array subscript is negative: ' || i) THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a)) THEN NULL END;
CREATE MACRO athena_element_at(a, i) AS CASE WHEN i = 0 AND a IS NOT NULL AND athena_fail('INVALID_FUNCTION_ARGUMENT|SQL array indices start at 1') THEN NULL ELSE a[i] END;
CREATE MACRO athena_contains(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN true WHEN athena_has_null(a) THEN NULL ELSE false END;
CREATE MACRO athena_array_distinct(a) AS list_filter(a, lambda x, i: list_position(a, x) = i);
CREATE MACRO athena_array_intersect(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_filter(a, lambda x, i: list_position(a, x) = i AND list_position(b, x) > 0) END;
CREATE MACRO athena_array_union(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE athena_array_distinct(list_concat(a, b)) END;
CREATE MACRO athena_array_except(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_filter(a, lambda x, i: list_position(a, x) = i AND COALESCE(list_position(b, x), 0) = 0) END;
CREATE MACRO athena_array_max(a) AS CASE WHEN athena_has_null(a) THEN NULL ELSE list_max(a) END;
CREATE MACRO athena_array_min(a) AS CASE WHEN athena_has_null(a) THEN NULL ELSE list_min(a) END;
CREATE MACRO athena_array_position(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN COALESCE(list_position(a, x), 0) END;
CREATE MACRO athena_array_remove(a, x) AS CASE WHEN x IS NULL THEN NULL ELSE list_filter(a, lambda e: e IS NULL OR e <> x) END;
CREATE MACRO athena_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO athena_arrays_overlap(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(list_filter(a, lambda x: x IS NOT NULL AND list_contains(b, x))) > 0 THEN true WHEN (athena_has_null(a) AND len(b) > 0) OR (athena_has_null(b) AND len(a) > 0) THEN NULL ELSE false END;
CREATE MACRO athena_any_match(a, f) AS CASE WHEN a IS NOT NULL THEN list_reduce(list_transform(a, f), lambda x, y: x OR y, false) END;
CREATE MACRO athena_all_match(a, f) AS CASE WHEN a IS NOT NULL THEN list_reduce(list_transform(a, f), lambda x, y: x AND y, true) END;
CREATE MACRO athena_none_match(a, f) AS NOT athena_any_match(a, f);
CREATE MACRO athena_flatten(a) AS CASE WHEN a IS NOT NULL THEN COALESCE(flatten(a), []) END;
CREATE MACRO athena_repeat(x, n) AS list_transform(range(CASE WHEN n < 0 THEN 0 ELSE n END), lambda i: x);
CREATE MACRO athena_slice(a, start, size) AS CASE WHEN start = 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|SQL array indices start at 1') THEN NULL WHEN size < 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|length must be greater than or equal to 0') THEN NULL WHEN a IS NULL OR start IS NULL OR size IS NULL THEN NULL WHEN abs(start) > len(a) OR size = 0 THEN a[1:0] WHEN start < 0 THEN a[len(a) + start + 1:len(a) + start + size] ELSE a[start:start + size - 1] END;
CREATE MACRO athena_trim_array(a, n) AS CASE WHEN n < 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|size must not be negative: ' || n) THEN NULL WHEN n > len(a) AND athena_fail('INVALID_FUNCTION_ARGUMENT|size must not exceed array cardinality ' || len(a) || ': ' || n) THEN NULL WHEN n = len(a) THEN a[1:0] ELSE a[1:len(a) - n] END;
CREATE MACRO athena_array_join2(a, delimiter) AS CASE WHEN a IS NOT NULL AND delimiter IS NOT NULL THEN COALESCE(array_to_string(a, delimiter), '') END;
CREATE MACRO athena_array_join3(a, delimiter, missing) AS athena_array_join2(list_transform(a, lambda x: COALESCE(x, missing)), delimiter);
CREATE MACRO athena_sequence_sign(a, b, step) AS CASE WHEN step = 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|step must not be zero') THEN NULL WHEN ((step > 0 AND a > b) OR (step < 0 AND a < b)) AND athena_fail('INVALID_FUNCTION_ARGUMENT|sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') THEN NULL ELSE step END;
CREATE MACRO athena_sequence3(a, b, step) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL AND step IS NOT NULL THEN generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CAST(athena_sequence_sign(a, b, step) AS BIGINT)) END;
CREATE MACRO athena_sequence2(a, b) AS athena_sequence3(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END);
CREATE MACRO athena_sequence_date_days(a, b, step) AS CASE WHEN step % 86400000 <> 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|sequence step must be a day interval if start and end values are dates') THEN NULL ELSE list_transform(athena_sequence3(0, CAST(b - a AS BIGINT), step // 86400000), lambda n: CAST(a + CAST(n AS INTEGER) AS DATE)) END;
CREATE MACRO athena_sequence_dates(a, b) AS athena_sequence_date_days(a, b, CASE WHEN a <= b THEN 86400000 ELSE -86400000 END);
CREATE MACRO athena_sequence_moments(a, b, step) AS list_transform(athena_sequence3(0, epoch_ms(b) - epoch_ms(a), step), lambda n: a + to_microseconds(n * 1000));
CREATE MACRO athena_sequence_date_months(a, b, step) AS list_transform(athena_sequence3(0, CAST(datesub('month', a, b) AS BIGINT), step), lambda n: CAST(a + to_months(CAST(n AS INTEGER)) AS DATE));
CREATE MACRO athena_sequence_moment_months(a, b, step) AS list_transform(athena_sequence3(0, CAST(datesub('month', a, b) AS BIGINT), step), lambda n: a + to_months(CAST(n AS INTEGER)));
CREATE MACRO athena_zip2(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_transform(range(1, greatest(len(a), len(b)) + 1), lambda i: {'field0': a[i], 'field1': b[i]}) END;
CREATE MACRO athena_zip3(a, b, c) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL THEN list_transform(range(1, greatest(len(a), len(b), len(c)) + 1), lambda i: {'field0': a[i], 'field1': b[i], 'field2': c[i]}) END;
CREATE MACRO athena_places(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN range(1, greatest(len(a), len(b)) + 1) END;
CREATE MACRO athena_array_histogram(a) AS map(list_filter(athena_array_distinct(a), lambda x: x IS NOT NULL), list_transform(list_filter(athena_array_distinct(a), lambda x: x IS NOT NULL), lambda x: CAST(len(list_filter(a, lambda y: y = x)) AS BIGINT)));
CREATE MACRO athena_combinations(a, n) AS CASE WHEN n = 2 THEN flatten(list_transform(range(1, len(a)), lambda i: list_transform(range(i + 1, len(a) + 1), lambda j: [a[i], a[j]]))) WHEN a IS NULL OR n IS NULL THEN NULL WHEN athena_fail('REFUSED|combinations of other than two elements') THEN NULL END;
CREATE MACRO athena_ngrams(a, n) AS CASE WHEN n <= 0 AND athena_fail('INVALID_FUNCTION_ARGUMENT|N must be positive') THEN NULL WHEN n >= len(a) THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END;

-- Maps: in Trino, a missing key and a duplicate key are errors.
CREATE MACRO athena_map_subscript(m, k) AS CASE WHEN m IS NULL OR k IS NULL THEN NULL WHEN map_contains(m, k) THEN m[k] WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Key not present in map: ' || k) THEN NULL END;
CREATE MACRO athena_map_element(m, k) AS m[k];
CREATE MACRO athena_map(k, v) AS CASE WHEN k IS NULL OR v IS NULL THEN NULL WHEN len(k) <> len(v) AND athena_fail('INVALID_FUNCTION_ARGUMENT|Key and value arrays must be the same length') THEN NULL WHEN athena_has_null(k) AND athena_fail('INVALID_FUNCTION_ARGUMENT|map key cannot be null') THEN NULL WHEN len(list_distinct(k)) < len(k) AND athena_fail('INVALID_FUNCTION_ARGUMENT|Duplicate map keys are not allowed') THEN NULL ELSE map(k, v) END;
CREATE MACRO athena_empty_map() AS map([], []);
CREATE MACRO athena_map_entries(m) AS list_transform(map_entries(m), lambda e: {'field0': struct_extract_at(e, 1), 'field1': struct_extract_at(e, 2)});
CREATE MACRO athena_map_from_entries(a) AS athena_map(list_transform(a, lambda e: struct_extract_at(e, 1)), list_transform(a, lambda e: struct_extract_at(e, 2)));
CREATE MACRO athena_multimap_from_entries(a) AS athena_multimap_agg(list_transform(a, lambda e: {'key': struct_extract_at(e, 1), 'value': struct_extract_at(e, 2)}));
CREATE MACRO athena_map_concat(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN map_concat(a, b) END;
CREATE MACRO athena_map_agg(pairs) AS map(list_transform(athena_first_keys(pairs), lambda e: e.key), list_transform(athena_first_keys(pairs), lambda e: e.value));
CREATE MACRO athena_first_keys(pairs) AS list_filter(pairs, lambda e, i: e.key IS NOT NULL AND list_position(list_transform(pairs, lambda p: p.key), e.key) = i);
CREATE MACRO athena_multimap_agg(pairs) AS map(list_transform(athena_first_keys(pairs), lambda e: e.key), list_transform(athena_first_keys(pairs), lambda e: list_transform(list_filter(pairs, lambda p: p.key = e.key), lambda p: p.value)));

-- Aggregates over the values of a group.
CREATE MACRO athena_average(total, number_, unit) AS CASE WHEN number_ > 0 THEN athena_scaled(athena_round_quotient(CAST(total AS HUGEINT), CAST(number_ AS HUGEINT)), unit) END;
CREATE MACRO athena_skewness(skewed, number_) AS CASE WHEN number_ > 2 THEN skewed * (number_ - 2) / sqrt(number_ * (number_ - 1.0)) END;
CREATE MACRO athena_ranked(a) AS list_sort(list_filter(a, lambda x: x IS NOT NULL));
CREATE MACRO athena_percentile(a, fraction) AS CASE WHEN NOT fraction BETWEEN 0 AND 1 AND athena_fail('INVALID_FUNCTION_ARGUMENT|Percentile must be between 0 and 1') THEN NULL ELSE athena_ranked(a)[least(len(athena_ranked(a)), CAST(floor(fraction * len(athena_ranked(a))) AS BIGINT) + 1)] END;
CREATE MACRO athena_percentiles(a, fractions) AS CASE WHEN len(athena_ranked(a)) > 0 THEN list_transform(fractions, lambda f: athena_percentile(a, f)) END;

-- JSON: only scalars can be extracted as text, and numbers keep their original digits.
CREATE MACRO athena_json_exact(x) AS NOT regexp_matches(regexp_replace(x, '"([^"\\]|\\.)*"', '', 'g'), '\.[0-9]+0([^0-9]|$)|[0-9][eE][+-]?[0-9]|[0-9]{16}|[^0-9]0\.000|[0-9]{7}\.');
CREATE MACRO athena_json_extract_scalar(x, path) AS CASE WHEN NOT json_valid(x) OR json_type(x, path) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL WHEN json_type(x, path) = 'DOUBLE' AND NOT athena_json_exact(x) AND athena_fail('REFUSED|a JSON number whose digits would change') THEN NULL ELSE json_extract_string(x, path) END;
CREATE MACRO athena_json_extract(x, path) AS CASE WHEN x IS NULL OR NOT json_valid(x) OR json_type(x, path) IS NULL THEN NULL WHEN NOT athena_json_exact(x) AND athena_fail('REFUSED|JSON numbers whose digits would change') THEN NULL ELSE CAST(json_extract(x, path) AS VARCHAR) END;
CREATE MACRO athena_json_parse(x) AS CASE WHEN x IS NULL THEN NULL WHEN NOT json_valid(x) AND athena_fail('INVALID_FUNCTION_ARGUMENT|Cannot convert value to JSON: ''' || x || '''') THEN NULL WHEN NOT athena_json_exact(x) AND athena_fail('REFUSED|JSON numbers whose digits would change') THEN NULL WHEN json_type(x) = 'OBJECT' THEN CASE WHEN contains(substr(trim(x), 2), '{') AND athena_fail('REFUSED|the order of keys in nested JSON') THEN NULL ELSE '{' || array_to_string(list_transform(list_sort(json_keys(x)), lambda k: CAST(to_json(k) AS VARCHAR) || ':' || CAST(json_extract(x, '$."' || k || '"') AS VARCHAR)), ',') || '}' END WHEN contains(x, '{') AND athena_fail('REFUSED|the order of keys in nested JSON') THEN NULL ELSE CAST(json(x) AS VARCHAR) END;
CREATE MACRO athena_json_array_length(x) AS CASE WHEN json_valid(x) AND json_type(x) = 'ARRAY' THEN json_array_length(x) END;
CREATE MACRO athena_json_array_contains(x, wanted) AS CASE WHEN json_valid(x) AND json_type(x) = 'ARRAY' THEN list_contains(list_transform(list_filter(CAST(x AS JSON[]), lambda e: json_type(e) = json_type(to_json(wanted)) OR (json_type(e) IN ('UBIGINT', 'BIGINT') AND json_type(to_json(wanted)) IN ('UBIGINT', 'BIGINT'))), lambda e: json_extract_string(e, '$')), CAST(wanted AS VARCHAR)) END;
CREATE MACRO athena_is_json_scalar(x) AS CASE WHEN json_valid(x) THEN json_type(x) NOT IN ('OBJECT', 'ARRAY') WHEN x IS NULL THEN NULL WHEN athena_fail('INVALID_FUNCTION_ARGUMENT|Invalid JSON value: ' || x) THEN NULL END;
CREATE MACRO athena_json_size(x, path) AS CASE WHEN json_valid(x) THEN CASE WHEN json_type(x, path) = 'ARRAY' THEN json_array_length(x, path) WHEN json_type(x, path) = 'OBJECT' THEN len(json_keys(x, path)) WHEN json_type(x, path) IS NOT NULL THEN 0 END END;
CREATE MACRO athena_json_format(x) AS x;
CREATE MACRO athena_json_to_varchar(x) AS CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY') AND athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to varchar') THEN NULL WHEN json_type(x) = 'DOUBLE' AND athena_fail('REFUSED|the cast of a JSON fraction to varchar') THEN NULL WHEN json_type(x) = 'NULL' THEN NULL ELSE json_extract_string(x, '$') END;
CREATE MACRO athena_json_scalar(x) AS CASE WHEN json_type(x) = 'NULL' THEN NULL ELSE json_extract_string(x, '$') END;
CREATE MACRO athena_json_to_integer(x) AS CASE WHEN json_type(x) IN ('DOUBLE', 'BOOLEAN', 'VARCHAR') AND athena_fail('REFUSED|the cast of this JSON value to an integer') THEN NULL ELSE athena_json_scalar(x) END;
CREATE MACRO athena_json_to_double(x) AS CASE WHEN json_type(x) IN ('BOOLEAN', 'VARCHAR') AND athena_fail('REFUSED|the cast of this JSON value to double') THEN NULL ELSE athena_json_scalar(x) END;
CREATE MACRO athena_json_to_boolean(x) AS CASE WHEN json_type(x) NOT IN ('BOOLEAN', 'NULL') AND athena_fail('REFUSED|the cast of this JSON value to boolean') THEN NULL ELSE athena_json_scalar(x) END;
CREATE MACRO athena_json_to_array_varchar(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN list_transform(CAST(x AS JSON[]), lambda e: athena_json_to_varchar(CAST(e AS VARCHAR))) WHEN json_type(x) = 'NULL' OR x IS NULL THEN NULL WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to array(varchar)') THEN NULL END;
CREATE MACRO athena_json_to_array_bigint(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN list_transform(CAST(x AS JSON[]), lambda e: CAST(athena_json_to_integer(CAST(e AS VARCHAR)) AS BIGINT)) WHEN json_type(x) = 'NULL' OR x IS NULL THEN NULL WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to array(bigint)') THEN NULL END;
CREATE MACRO athena_json_to_map_varchar(x) AS CASE WHEN json_type(x) = 'OBJECT' THEN map_from_entries(list_transform(json_keys(x), lambda k: {'key': k, 'value': athena_json_to_varchar(CAST(json_extract(x, '$."' || k || '"') AS VARCHAR))})) WHEN x IS NULL OR json_type(x) = 'NULL' THEN NULL WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to map') THEN NULL END;
CREATE MACRO athena_json_to_map_bigint(x) AS CASE WHEN json_type(x) = 'OBJECT' THEN map_from_entries(list_transform(json_keys(x), lambda k: {'key': k, 'value': CAST(athena_json_to_integer(CAST(json_extract(x, '$."' || k || '"') AS VARCHAR)) AS BIGINT)})) WHEN x IS NULL OR json_type(x) = 'NULL' THEN NULL WHEN athena_fail('INVALID_CAST_ARGUMENT|Cannot cast to map') THEN NULL END;
CREATE MACRO athena_json_array_get(x, place) AS CASE WHEN x IS NULL OR place IS NULL OR NOT json_valid(x) OR json_type(x) <> 'ARRAY' THEN NULL WHEN json_type(list_extract(CAST(x AS JSON[]), place + 1)) IN ('VARCHAR', 'DOUBLE', 'OBJECT', 'ARRAY') AND athena_fail('REFUSED|json_array_get of this element') THEN NULL WHEN place < 0 AND athena_fail('REFUSED|json_array_get from the end') THEN NULL ELSE CAST(list_extract(CAST(x AS JSON[]), place + 1) AS VARCHAR) END;
CREATE MACRO athena_map_to_json(x) AS CASE WHEN x IS NOT NULL THEN '{' || COALESCE(array_to_string(list_transform(list_sort(map_keys(x)), lambda k: CAST(to_json(k) AS VARCHAR) || ':' || COALESCE(CAST(to_json(x[k]) AS VARCHAR), 'null')), ','), '') || '}' END;
