"""The functions that the embedded lake reproduces, by chapter of Athena's reference, with their names in DuckDB.

A name stands for every overload; one with types for that overload alone. What stands nowhere is refused. Names
that begin with athena_ are macros in macros.sql, which say where the two engines differ.
"""

from functools import cache

from .signatures import Signature

# Functions of a moment that go by the clock of its zone.
OF_LOCAL_TIME = frozenset(
    "year quarter month week week_of_year day day_of_month day_of_week dow day_of_year doy year_of_week yow hour minute second "
    "millisecond date last_day_of_month".split()
)

_TABLES = {
    "strings": """
        upper athena_upper, lower athena_lower, length(varchar) length, length(varbinary) octet_length, chr athena_chr, codepoint unicode,
        reverse(varchar) reverse, replace athena_replace, strpos(varchar, varchar) strpos, starts_with starts_with,
        strpos(varchar, varchar, bigint) athena_strpos, substr(varchar, bigint) athena_substr2,
        substr(varchar, bigint, bigint) athena_substr3, substring(varchar, bigint) athena_substr2,
        substring(varchar, bigint, bigint) athena_substr3, lpad(varchar, bigint, varchar) athena_lpad,
        rpad(varchar, bigint, varchar) athena_rpad, split(varchar, varchar) athena_split,
        split(varchar, varchar, bigint) athena_split3, split_part athena_split_part, trim(varchar) athena_trim,
        ltrim(varchar) athena_ltrim, rtrim(varchar) athena_rtrim, trim(varchar, codepoints) trim,
        ltrim(varchar, codepoints) ltrim, rtrim(varchar, codepoints) rtrim, concat_ws concat_ws,
        levenshtein_distance athena_levenshtein, hamming_distance athena_hamming, translate athena_translate,
        split_to_map athena_split_to_map, to_utf8(varchar) encode, from_utf8(varbinary) decode,
        concat_ws(varchar, array) athena_concat_ws_array, url_encode athena_url_encode, url_decode athena_url_decode,
        url_extract_host athena_url_host, url_extract_path athena_url_path, url_extract_protocol athena_url_protocol,
        url_extract_query athena_url_query, url_extract_fragment athena_url_fragment, url_extract_port athena_url_port,
        url_extract_parameter athena_url_parameter
    """,
    "binary": """
        to_hex hex, from_hex(varchar) athena_from_hex, md5 athena_md5, sha1 athena_sha1, sha256 athena_sha256, to_base64 base64,
        from_base64(varchar) athena_from_base64, reverse(varbinary) athena_reverse_binary
    """,
    "numbers": """
        abs abs, ceil(double) ceil, ceiling(double) ceil, floor(double) floor, ceil(decimal) ceil, ceiling(decimal) ceil,
        floor(decimal) floor, ceil(integer) athena_same, ceil(bigint) athena_same, ceiling(integer) athena_same,
        ceiling(bigint) athena_same, floor(integer) athena_same, floor(bigint) athena_same, round(double) athena_round_half_up,
        round(double, integer) athena_round_to, round(decimal) round, round(decimal, integer) athena_round_decimal_to,
        round(integer) athena_same, round(bigint) athena_same, round(integer, integer) athena_round_whole_to,
        round(bigint, integer) athena_round_whole_to, truncate(double) trunc, truncate(decimal) trunc,
        truncate(decimal, integer) athena_truncate_decimal_to, sign athena_sign, sqrt athena_sqrt, cbrt cbrt, power athena_power,
        pow athena_power, exp exp, ln athena_ln, log athena_log, log2 athena_log2, log10 athena_log10, degrees degrees,
        radians radians, pi pi, e athena_e, sin athena_sin, cos athena_cos, tan athena_tan, asin athena_asin, acos athena_acos,
        atan atan, atan2 atan2, sinh sinh, cosh cosh, tanh tanh, infinity athena_infinity, nan athena_nan, is_nan isnan,
        is_finite athena_is_finite, is_infinite isinf, width_bucket(double, double, double, bigint) athena_width_bucket,
        width_bucket(double, array) athena_width_bucket_of,
        bitwise_and athena_bit_and, bitwise_or athena_bit_or, bitwise_xor athena_bit_xor, bitwise_not athena_bit_not,
        bit_count athena_bit_count,
        bitwise_left_shift(integer, integer) athena_shift_left, bitwise_right_shift(integer, integer) athena_shift_right,
        bitwise_right_shift_arithmetic(integer, integer) athena_shift_right_signed, to_base athena_to_base, from_base athena_from_base, random() random, rand() random,
        random(integer) athena_random_below, rand(integer) athena_random_below, random(bigint) athena_random_below,
        rand(bigint) athena_random_below
    """,
    "dates": """
        year(date) year, year(timestamp) year, year(timestamp with time zone) year, quarter quarter, month(date) month,
        month(timestamp) month, month(timestamp with time zone) month, week week, week_of_year week, day(date) day,
        day(timestamp) day, day(timestamp with time zone) day, day_of_month(date) day, day_of_month(timestamp) day,
        day_of_month(timestamp with time zone) day, day_of_week isodow, dow isodow, day_of_year dayofyear, doy dayofyear,
        year_of_week isoyear, yow isoyear, hour(timestamp) hour, hour(timestamp with time zone) hour, minute(timestamp) minute,
        minute(timestamp with time zone) minute, second(timestamp) second, second(timestamp with time zone) second,
        millisecond(timestamp) athena_millisecond, millisecond(timestamp with time zone) athena_millisecond,
        day(interval day to second) athena_interval_day, hour(interval day to second) athena_interval_hour,
        minute(interval day to second) athena_interval_minute, second(interval day to second) athena_interval_second,
        millisecond(interval day to second) athena_interval_millisecond, year(interval year to month) athena_interval_year,
        month(interval year to month) athena_interval_month, to_milliseconds athena_same,
        last_day_of_month last_day,        at_timezone athena_at_timezone, with_timezone athena_with_timezone, from_unixtime(double) athena_from_unixtime,
        from_unixtime(double, varchar) athena_from_unixtime_zone, to_unixtime athena_to_unixtime, now athena_now,
        current_timezone athena_current_timezone, from_iso8601_date athena_from_iso8601_date,
        from_iso8601_timestamp athena_from_iso8601_timestamp, to_iso8601(date) athena_date_to_iso,
        timezone_hour(timestamp with time zone) athena_timezone_hour, timezone_minute(timestamp with time zone) athena_timezone_minute,
        timezone(timestamp with time zone) athena_zone, human_readable_seconds athena_human_seconds
    """,
    "arrays": """
        cardinality(array) len, contains athena_contains, array_distinct athena_array_distinct,
        array_intersect(array, array) athena_array_intersect, array_union athena_array_union, array_except athena_array_except,
        array_max athena_array_max, array_min athena_array_min, array_position(array, t) athena_array_position,
        array_remove athena_array_remove, array_sort(array) athena_array_sort, arrays_overlap athena_arrays_overlap,
        element_at(array, bigint) athena_element_at, filter list_filter, transform list_transform,
        any_match athena_any_match, all_match athena_all_match, none_match athena_none_match, flatten athena_flatten,
        repeat athena_repeat, reverse(array) list_reverse, slice athena_slice, trim_array athena_trim_array,
        sequence(bigint, bigint) athena_sequence2, sequence(bigint, bigint, bigint) athena_sequence3,
        sequence(date, date) athena_sequence_dates, sequence(date, date, interval day to second) athena_sequence_date_days,
        sequence(date, date, interval year to month) athena_sequence_date_months,
        sequence(timestamp, timestamp, interval day to second) athena_sequence_moments,
        sequence(timestamp, timestamp, interval year to month) athena_sequence_moment_months,
        ngrams athena_ngrams
    """,
    "maps": """
        cardinality(map) cardinality, element_at(map, K) athena_map_element, map_keys map_keys, map_values map_values,
        map(array, array) athena_map, map() athena_empty_map, map_entries athena_map_entries,
        map_from_entries athena_map_from_entries, multimap_from_entries athena_multimap_from_entries, map_concat athena_map_concat
    """,
    "json": """
        json_array_length athena_json_array_length, json_parse athena_json_parse, json_format athena_json_format,
        is_json_scalar athena_is_json_scalar, json_array_contains athena_json_array_contains
    """,
}


@cache
def _targets() -> dict[str, str]:
    found: dict[str, str] = {}
    for table in _TABLES.values():
        found |= _entries(" ".join(table.split()))
    return found


def _entries(table: str) -> dict[str, str]:
    entries, depth, start = {}, 0, 0
    for index, character in enumerate(table + ","):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            name, _, made = table[start:index].strip().rpartition(" ")
            entries[name] = made
            start = index + 1
    return entries


def target(signature: Signature) -> str | None:
    """The function or macro that stands for an overload, or None for one that is refused."""
    return _targets().get(signature.key) or _targets().get(signature.name)


def chapters() -> dict[str, list[str]]:
    """The names of the functions of each chapter."""
    return {
        chapter: sorted({name.partition("(")[0] for name in _entries(" ".join(table.split()))})
        for chapter, table in _TABLES.items()
    }
