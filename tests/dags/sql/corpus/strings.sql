SELECT length('héllo'), length(''), length('日本'), length(NULL), length('🛒')
SELECT upper('héllo ß'), lower('ÀÉ'), upper(NULL)
SELECT substr('hello', 2), substr('hello', 2, 3), substr('hello', -3), substr('hello', -3, 2), substr('hello', 0), substr('hello', 10)
SELECT substring('hello', 2, 3), substring('hello' FROM 2 FOR 3), substring('hello' FROM 2)
SELECT substr('hello', 2, 0), substr('hello', 2, -1), substr('hello', -10, 3), substr('hello', 4, 10)
SELECT trim('  a b  '), ltrim('  a'), rtrim('a  '), trim(BOTH 'x' FROM 'xxaxx'), trim(LEADING 'x' FROM 'xxa'), trim(TRAILING FROM 'a  ')
SELECT concat('a', 'b', 'c'), 'a' || 'b' || 'c', concat('a', NULL), 'a' || NULL
SELECT concat('a', 1)
SELECT 'a' || 1
SELECT concat_ws(',', 'a', NULL, 'b'), concat_ws('-', 'x'), concat_ws(NULL, 'a', 'b'), concat_ws(',', ARRAY['a', NULL, 'b'])
SELECT replace('banana', 'an', 'X'), replace('banana', 'an'), replace('abc', 'x', 'y')
SELECT replace('abc', '', 'x')
SELECT reverse('héllo'), reverse(''), reverse(NULL)
SELECT strpos('banana', 'an'), strpos('banana', 'x'), position('na' IN 'banana'), strpos('banana', 'an', 2), strpos('banana', 'an', -1), strpos('abc', '')
SELECT split('a,b,,c', ','), split('abc', ','), split('a,b,c', ',', 2), split('', ',')
SELECT split('abc', '')
SELECT split_part('a-b-c', '-', 2), split_part('a-b-c', '-', 4), split_part('a', '-', 1), split_part('', '-', 1)
SELECT split_part('a-b', '-', 0)
SELECT split_to_map('a=1,b=2', ',', '='), split_to_map('', ',', '=')
SELECT split_to_map('a=1,a=2', ',', '=')
SELECT lpad('7', 3, '0'), rpad('ab', 5, 'xy'), lpad('hello', 2, 'x'), lpad('a', 0, 'x')
SELECT lpad('a', 5, '')
SELECT starts_with('hello', 'he'), starts_with('hello', ''), starts_with(NULL, 'a')
SELECT chr(65), chr(8364), codepoint('A'), codepoint('é')
SELECT levenshtein_distance('kitten', 'sitting'), hamming_distance('karolin', 'kathrin')
SELECT hamming_distance('a', 'ab')
SELECT translate('abcd', 'ac', 'xy'), translate('abcd', 'abc', 'x'), translate('', 'a', 'b')
SELECT normalize('é'), normalize('é', NFC)
SELECT soundex('Robert')
SELECT 'it''s', 'a"b', U&'\00e9', ''
SELECT format('%.2f', 3.14159e0), format('%05d', 42), format('%,d', 1234567), format('%s%%', 50)
SELECT format('%d items', 3), format('%-5s|', 'ab'), format('%x', 255)
SELECT index('abc', 'b')
SELECT upper(5)
SELECT uper('a')
SELECT lenght('a')
SELECT substr('abc')
SELECT length('a', 'b')
SELECT to_utf8('é'), from_utf8(X'C3A9'), to_hex(to_utf8('abc')), from_hex('616263')
SELECT upper(category_after), length(category_after) FROM silver_task_changes WHERE user_id = 'zoé' AND category_after IS NOT NULL
SELECT DISTINCT split_part(task_id, '-', 1) FROM silver_task_changes WHERE dt = '2026-11-01'
SELECT DISTINCT substr(CAST(at AS varchar), 1, 10) FROM silver_task_changes ORDER BY 1
SELECT email_masked, strpos(email_masked, '@'), split_part(email_masked, '@', 2) FROM silver_user_changes ORDER BY email_masked LIMIT 3
SELECT user_id || '/' || task_id AS key FROM silver_task_changes ORDER BY key LIMIT 3
SELECT coalesce(category_after, '(none)') AS category, count(*) AS n FROM silver_task_changes GROUP BY 1 ORDER BY n DESC, category
SELECT repeat('ab', 3)
SELECT initcap('hello world')
SELECT left('abc', 2)
SELECT ifnull(NULL, 1)
SELECT string_agg(op, ',') FROM silver_task_changes
SELECT ltrim('xxa', 'x'), rtrim('axx', 'x'), trim('xax', 'x')
SELECT "length"('abc'), LENGTH('abc')
SELECT ascii('a')
