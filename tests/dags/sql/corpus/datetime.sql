SELECT DATE '2026-11-29' + INTERVAL '1' DAY, DATE '2026-01-31' + INTERVAL '1' MONTH, DATE '2026-11-29' - INTERVAL '2' YEAR
SELECT TIMESTAMP '2026-11-29 10:00:00' + INTERVAL '90' MINUTE, TIMESTAMP '2026-11-29 10:00:00' - INTERVAL '1' DAY, INTERVAL '1' HOUR + TIMESTAMP '2026-11-29 10:00:00'
SELECT DATE '2026-11-29' + INTERVAL '1' HOUR
SELECT DATE '2026-11-29' - DATE '2026-11-01', TIMESTAMP '2026-11-29 10:00:00' - TIMESTAMP '2026-11-28 09:30:00'
SELECT DATE '2026-11-29' + 1
SELECT current_date - INTERVAL '1' DAY, current_date + INTERVAL '1' MONTH
SELECT typeof(current_date - INTERVAL '1' DAY), typeof(date_add('day', 1, current_date)), typeof(date_trunc('month', current_date))
SELECT date_add('day', 1, DATE '2026-11-29'), date_add('month', 1, DATE '2026-01-31'), date_add('week', -1, DATE '2026-11-29'), date_add('quarter', 1, DATE '2026-11-30'), date_add('year', 1, DATE '2024-02-29')
SELECT date_add('hour', 5, TIMESTAMP '2026-11-29 22:00:00'), date_add('millisecond', 5, TIMESTAMP '2026-11-29 22:00:00.000'), date_add('second', -1, TIMESTAMP '2026-11-29 00:00:00')
SELECT date_add('hour', 1, DATE '2026-11-29')
SELECT date_add('fortnight', 1, DATE '2026-11-29')
SELECT date_add(day, 1, DATE '2026-11-29')
SELECT date_diff('hour', TIMESTAMP '2026-11-29 10:30:00', TIMESTAMP '2026-11-29 11:29:00'), date_diff('day', TIMESTAMP '2026-11-28 23:00:00', TIMESTAMP '2026-11-29 22:00:00')
SELECT date_diff('day', DATE '2026-11-01', DATE '2026-11-29'), date_diff('week', DATE '2026-11-01', DATE '2026-11-29'), date_diff('month', DATE '2026-01-31', DATE '2026-02-28'), date_diff('year', DATE '2025-11-30', DATE '2026-11-29')
SELECT date_diff('month', DATE '2026-03-31', DATE '2026-02-28'), date_diff('quarter', DATE '2026-01-01', DATE '2026-12-31'), date_diff('day', DATE '2026-11-29', DATE '2026-11-01')
SELECT date_diff('minute', TIMESTAMP '2026-11-29 10:00:59', TIMESTAMP '2026-11-29 10:02:58'), date_diff('second', TIMESTAMP '2026-11-29 10:00:00.900', TIMESTAMP '2026-11-29 10:00:01.100'), date_diff('millisecond', TIMESTAMP '2026-11-29 10:00:00.900', TIMESTAMP '2026-11-29 10:00:01.100')
SELECT date_diff('month', TIMESTAMP '2026-01-15 12:00:00', TIMESTAMP '2026-02-15 11:59:59'), date_diff('year', TIMESTAMP '2024-02-29 00:00:00', TIMESTAMP '2025-02-28 23:59:59')
SELECT date_diff('day', DATE '2026-11-28', TIMESTAMP '2026-11-29 12:00:00')
SELECT date_diff('hour', DATE '2026-11-28', DATE '2026-11-29')
SELECT date_trunc('day', TIMESTAMP '2026-11-29 10:20:30.456'), date_trunc('hour', TIMESTAMP '2026-11-29 10:20:30.456'), date_trunc('week', DATE '2026-11-29'), date_trunc('month', DATE '2026-11-29'), date_trunc('quarter', DATE '2026-11-29'), date_trunc('year', DATE '2026-11-29')
SELECT date_trunc('second', TIMESTAMP '2026-11-29 10:20:30.456'), date_trunc('minute', TIMESTAMP '2026-11-29 10:20:30'), date_trunc('week', TIMESTAMP '2026-11-29 10:20:30.456')
SELECT date_trunc('hour', DATE '2026-11-29')
SELECT date_trunc('decade', DATE '2026-11-29')
SELECT EXTRACT(YEAR FROM DATE '2026-11-29'), EXTRACT(MONTH FROM DATE '2026-11-29'), EXTRACT(DAY FROM DATE '2026-11-29'), EXTRACT(DOW FROM DATE '2026-11-29'), EXTRACT(DOY FROM DATE '2026-11-29'), EXTRACT(WEEK FROM DATE '2026-11-29'), EXTRACT(QUARTER FROM DATE '2026-11-29')
SELECT EXTRACT(HOUR FROM TIMESTAMP '2026-11-29 10:20:30.456'), EXTRACT(MINUTE FROM TIMESTAMP '2026-11-29 10:20:30.456'), EXTRACT(SECOND FROM TIMESTAMP '2026-11-29 10:20:30.456'), EXTRACT(YOW FROM DATE '2027-01-01')
SELECT EXTRACT(EPOCH FROM TIMESTAMP '2026-11-29 10:20:30')
SELECT EXTRACT(HOUR FROM DATE '2026-11-29')
SELECT EXTRACT(MILLISECOND FROM TIMESTAMP '2026-11-29 10:20:30.456')
SELECT year(DATE '2026-11-29'), quarter(DATE '2026-11-29'), month(DATE '2026-11-29'), week(DATE '2027-01-01'), year_of_week(DATE '2027-01-01'), yow(DATE '2026-12-31'), day_of_week(DATE '2026-11-29'), dow(DATE '2026-11-30'), day_of_year(DATE '2026-12-31'), doy(DATE '2024-12-31'), day_of_month(DATE '2026-11-29'), day(DATE '2026-11-29'), week_of_year(DATE '2026-01-01')
SELECT hour(TIMESTAMP '2026-11-29 10:20:30.456'), minute(TIMESTAMP '2026-11-29 10:20:30.456'), second(TIMESTAMP '2026-11-29 10:20:30.456'), millisecond(TIMESTAMP '2026-11-29 10:20:30.456')
SELECT hour(DATE '2026-11-29')
SELECT last_day_of_month(DATE '2026-02-10'), last_day_of_month(TIMESTAMP '2024-02-10 10:00:00')
SELECT TIMESTAMP '2026-11-29 10:00:00' AT TIME ZONE 'America/New_York', at_timezone(TIMESTAMP '2026-11-29 10:00:00 UTC', 'Asia/Kathmandu')
SELECT TIMESTAMP '2026-07-01 10:00:00' AT TIME ZONE 'Europe/Paris', TIMESTAMP '2026-11-29 10:00:00' AT TIME ZONE '+05:30', TIMESTAMP '2026-11-29 10:00:00' AT TIME ZONE 'UTC'
SELECT TIMESTAMP '2026-11-29 10:00:00' AT TIME ZONE 'Mars/Base'
SELECT with_timezone(TIMESTAMP '2026-11-29 10:00:00', 'America/New_York'), with_timezone(TIMESTAMP '2026-03-29 02:30:00', 'Europe/Paris'), with_timezone(TIMESTAMP '2026-10-25 02:30:00', 'Europe/Paris')
SELECT hour(TIMESTAMP '2026-11-29 10:00:00' AT TIME ZONE 'America/New_York'), CAST(TIMESTAMP '2026-11-29 03:00:00' AT TIME ZONE 'America/New_York' AS date), date_trunc('day', TIMESTAMP '2026-11-29 03:00:00' AT TIME ZONE 'America/New_York')
SELECT date_trunc('hour', TIMESTAMP '2026-10-25 00:30:00 UTC' AT TIME ZONE 'Europe/Paris'), date_trunc('hour', TIMESTAMP '2026-10-25 01:30:00 UTC' AT TIME ZONE 'Europe/Paris')
SELECT date_add('day', 1, TIMESTAMP '2026-10-24 12:00:00 Europe/Paris'), date_add('hour', 24, TIMESTAMP '2026-10-24 12:00:00 Europe/Paris')
SELECT date_diff('day', TIMESTAMP '2026-10-24 12:00:00 Europe/Paris', TIMESTAMP '2026-10-25 11:30:00 Europe/Paris'), date_diff('hour', TIMESTAMP '2026-10-24 12:00:00 Europe/Paris', TIMESTAMP '2026-10-25 12:00:00 Europe/Paris')
SELECT timezone_hour(TIMESTAMP '2026-11-29 10:00:00 America/New_York'), timezone_minute(TIMESTAMP '2026-11-29 10:00:00 Asia/Kathmandu')
SELECT from_unixtime(1796000000), from_unixtime(1796000000.5), from_unixtime(1796000000, 'America/New_York'), to_unixtime(TIMESTAMP '2026-11-29 10:00:00')
SELECT to_unixtime(from_unixtime(1796000000.123)), from_unixtime(0), from_unixtime(-1.5)
SELECT from_iso8601_timestamp('2026-11-29T10:20:30Z'), from_iso8601_timestamp('2026-11-29T10:20:30.456+05:30'), from_iso8601_timestamp('2026-11-29'), from_iso8601_timestamp('2026-11-29T10:20')
SELECT from_iso8601_timestamp('29.11.2026')
SELECT from_iso8601_timestamp('2026-W48-7T10:00:00Z')
SELECT from_iso8601_date('2026-11-29'), from_iso8601_date('2026-02-29')
SELECT to_iso8601(DATE '2026-11-29'), to_iso8601(TIMESTAMP '2026-11-29 10:20:30.456'), to_iso8601(TIMESTAMP '2026-11-29 10:20:30'), to_iso8601(TIMESTAMP '2026-11-29 10:20:30.456 America/New_York'), to_iso8601(TIMESTAMP '2026-11-29 10:20:30 UTC')
SELECT date_format(TIMESTAMP '2026-11-29 09:08:07.123', '%Y-%m-%d %H:%i:%s'), date_format(TIMESTAMP '2026-11-29 09:08:07', '%W %M %e %Y %l:%i %p'), date_format(TIMESTAMP '2026-11-29 09:08:07', '%a %b %c %d %f %h %I %j %k %r %S %T %y %%')
SELECT date_format(TIMESTAMP '2026-11-29 09:08:07', '%v %x'), date_format(DATE '2027-01-01', '%x-%v'), date_format(current_timestamp, '%Y') = CAST(year(current_date) AS varchar)
SELECT date_format(TIMESTAMP '2026-11-29 09:08:07', '%U')
SELECT date_format(TIMESTAMP '2026-11-29 09:08:07', '%D')
SELECT date_format('2026-11-29', '%Y')
SELECT date_format(TIMESTAMP '2026-11-29 09:08:07.123456', '%f'), date_format(TIMESTAMP '2026-11-29 09:08:07', 'Day %d of month')
SELECT date_parse('2026-11-29 10:20:30', '%Y-%m-%d %H:%i:%s'), date_parse('29/11/2026', '%d/%m/%Y'), date_parse('20261129', '%Y%m%d')
SELECT date_parse('2026-11-29', '%Y/%m/%d')
SELECT date_parse('Nov 29 2026', '%b %d %Y'), date_parse('2026-11-29 02:05 PM', '%Y-%m-%d %h:%i %p')
SELECT format_datetime(TIMESTAMP '2026-11-29 09:08:07.123', 'yyyy-MM-dd HH:mm:ss.SSS'), format_datetime(TIMESTAMP '2026-11-29 09:08:07', 'EEE, d MMM yyyy'), format_datetime(TIMESTAMP '2026-11-29 09:08:07', 'EEEE MMMM'), format_datetime(TIMESTAMP '2026-11-29 21:08:07', 'h:mm a')
SELECT format_datetime(TIMESTAMP '2026-11-29 09:08:07', 'yyyy-MM-dd''T''HH:mm:ss'), format_datetime(TIMESTAMP '2027-01-01 00:00:00', 'xxxx-''W''ww')
SELECT format_datetime(TIMESTAMP '2026-11-29 09:08:07 America/New_York', 'yyyy-MM-dd HH:mm ZZ')
SELECT parse_datetime('2026-11-29 10:20:30', 'yyyy-MM-dd HH:mm:ss'), parse_datetime('29.11.2026', 'dd.MM.yyyy')
SELECT parse_datetime('2026-11-29', 'yyyy/MM/dd')
SELECT date(TIMESTAMP '2026-11-29 23:59:59'), date('2026-11-29'), date(TIMESTAMP '2026-11-29 23:30:00 America/New_York')
SELECT sequence(DATE '2026-11-27', DATE '2026-11-30'), sequence(DATE '2026-01-31', DATE '2026-04-30', INTERVAL '1' MONTH), sequence(DATE '2026-11-30', DATE '2026-11-27', INTERVAL '-1' DAY)
SELECT sequence(TIMESTAMP '2026-11-29 00:00:00', TIMESTAMP '2026-11-29 02:00:00', INTERVAL '1' HOUR), sequence(DATE '2026-11-01', DATE '2026-11-29', INTERVAL '7' DAY)
SELECT typeof(sequence(DATE '2026-11-27', DATE '2026-11-30'))
SELECT day FROM UNNEST(sequence(DATE '2026-10-24', DATE '2026-10-27')) AS t(day) ORDER BY day
SELECT INTERVAL '1' DAY, INTERVAL '36' HOUR, INTERVAL '90' SECOND, INTERVAL '-2' DAY, INTERVAL '14' MONTH, INTERVAL '2' YEAR
SELECT INTERVAL '1' DAY + INTERVAL '12' HOUR, INTERVAL '1' DAY * 2, 3 * INTERVAL '1' HOUR, - INTERVAL '1' DAY, INTERVAL '1' DAY = INTERVAL '24' HOUR, INTERVAL '1' DAY / 2
SELECT INTERVAL '1' DAY > INTERVAL '23' HOUR, INTERVAL '1' DAY + INTERVAL '1' MONTH
SELECT INTERVAL '1-6' YEAR TO MONTH, INTERVAL '1 02:03:04' DAY TO SECOND
SELECT INTERVAL 1 DAY
SELECT INTERVAL '1 day'
SELECT INTERVAL '1' WEEK
SELECT INTERVAL '5' DAYS
SELECT day(INTERVAL '50' HOUR), hour(INTERVAL '50' HOUR), to_milliseconds(INTERVAL '1' HOUR), year(INTERVAL '14' MONTH), month(INTERVAL '14' MONTH)
SELECT CAST(INTERVAL '36' HOUR AS varchar), CAST(INTERVAL '14' MONTH AS varchar)
SELECT human_readable_seconds(3661)
SELECT current_timezone(), typeof(now()), typeof(current_timestamp), typeof(localtimestamp), now() = current_timestamp
SELECT current_time IS NOT NULL
SELECT TIME '10:00:00', TIME '10:00:00' + INTERVAL '1' HOUR
SELECT TIMESTAMP '2026-11-29', TIMESTAMP '2026-11-29 10:00', TIMESTAMP '2026-11-29 10:00:00.123456'
SELECT TIMESTAMP '2026-11-29 10:00:00.1234567'
SELECT DATE '2026-02-30'
SELECT DATE '2026-2-3'
SELECT TIMESTAMP 'yesterday'
SELECT date_trunc('day', at) AS day, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT CAST(at AS date) AS day, count(*) FROM silver_task_changes GROUP BY CAST(at AS date) ORDER BY day
SELECT hour(at) AS h, count(*) FROM silver_task_changes GROUP BY hour(at) ORDER BY h
SELECT at AT TIME ZONE time_zone FROM silver_task_changes ORDER BY at, change_id LIMIT 5
SELECT task_id, CAST(at AT TIME ZONE time_zone AS date) AS local_day FROM silver_task_changes ORDER BY at, change_id LIMIT 5
SELECT CAST(at_timezone(with_timezone(at, 'UTC'), time_zone) AS date) AS local_day, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT user_id, max(at) - min(at) FROM silver_task_changes GROUP BY user_id ORDER BY user_id
SELECT count(*) FROM silver_task_changes WHERE at > now() - INTERVAL '7' DAY
SELECT count(*) FROM silver_task_changes WHERE CAST(dt AS date) >= current_date - INTERVAL '400' DAY
SELECT count(*) FROM silver_task_changes WHERE date(dt) BETWEEN DATE '2026-10-25' AND DATE '2026-10-26'
SELECT date_parse(dt || ' ' || hour, '%Y-%m-%d %H') AS hour_start, count(*) FROM gold_user_activity GROUP BY 1 ORDER BY 1 LIMIT 5
SELECT avg(date_diff('second', created_at, completed_at)) FROM silver_task_changes WHERE completed_at IS NOT NULL
SELECT min(at), max(at), date_diff('minute', min(at), max(at)) FROM silver_task_changes
SELECT day_of_week(at), count(*) FROM silver_task_changes GROUP BY day_of_week(at) ORDER BY 1
SELECT format_datetime(at, 'yyyy-MM') AS month, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT due_date - INTERVAL '1' DAY, due_date + INTERVAL '1' MONTH FROM silver_task_changes WHERE due_date IS NOT NULL ORDER BY due_date, change_id LIMIT 3
SELECT date_diff('day', CAST(created_at AS date), due_date) AS days, count(*) FROM silver_task_changes WHERE due_date IS NOT NULL GROUP BY 1 ORDER BY 1
SELECT CASE WHEN due_date < current_date THEN 'overdue' ELSE 'open' END, count(*) FROM silver_task_changes WHERE due_date IS NOT NULL GROUP BY 1
SELECT to_unixtime(at) FROM silver_task_changes ORDER BY at LIMIT 2
SELECT year(at), month(at), day(at) FROM silver_task_changes ORDER BY at LIMIT 1
SELECT at + INTERVAL '1' HOUR, at - INTERVAL '30' MINUTE FROM silver_task_changes ORDER BY at, change_id LIMIT 2
SELECT date_add('day', version, due_date) FROM silver_task_changes WHERE due_date IS NOT NULL ORDER BY change_id LIMIT 2
