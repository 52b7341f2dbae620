SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 % -3, 1 / 2
SELECT 7 / 2.0, 1.0 / 3, 2.0 / 3, 10.00 / 3, 1 / 3.00, -1.0 / 3
SELECT 7e0 / 2, 1e0 / 3, 1 / 3e0, 1e0 / 0, -1e0 / 0, 0e0 / 0
SELECT 1 / 0
SELECT 1 % 0
SELECT 1.0 / 0
SELECT 1.5 + 2.25, 1.5 - 0.75, 1.5 * 2.25, 5.5 % 2, 1.10 + 1, 2 * 1.5
SELECT 0.1 + 0.2, 0.1 + 0.2 = 0.3, 0.1e0 + 0.2e0 = 0.3e0
SELECT 100 * 1.0 / 3, 100.0 * 1 / 3, round(100.0 * 1 / 3, 1)
SELECT 2147483647 + 1
SELECT 2147483647 * 2147483647
SELECT CAST(9223372036854775807 AS bigint) + 1
SELECT -(-5), +5, -1.5, - 2e0
SELECT abs(-5), abs(-1.5), abs(-2.5e0), sign(-3), sign(0), sign(2.5), sign(-2.5e0)
SELECT ceil(1.2), ceil(-1.2), ceiling(1.2e0), floor(1.8), floor(-1.8), floor(2.5e0), ceil(5), floor(5)
SELECT round(2.5), round(-2.5), round(3.5e0), round(2.5e0), round(-2.5e0), round(5)
SELECT round(1.2345, 2), round(1.2355e0, 3), round(-1.005e0, 2), round(12345, -2), round(1250, -2), round(2.675, 2)
SELECT truncate(1.9), truncate(-1.9), truncate(1.99e0), truncate(12.345, 1)
SELECT power(2, 10), pow(2e0, 0.5), sqrt(16), cbrt(27), exp(1), ln(10), log10(1000), log2(8), log(2, 8)
SELECT sqrt(-1), ln(0), ln(-1), log10(0), power(0, -1)
SELECT mod(7, 3), mod(-7, 3), mod(7.5e0, 2), mod(5.5, 2)
SELECT pi(), e(), degrees(pi()), radians(180), sin(0), cos(0), tan(0), asin(1), acos(1), atan(1), atan2(1, 1)
SELECT sinh(1), cosh(1), tanh(1), asin(2), acos(-2)
SELECT is_nan(nan()), is_finite(1e0), is_infinite(infinity()), is_nan(0e0 / 0)
SELECT width_bucket(5, 0, 10, 5), width_bucket(-1, 0, 10, 5), width_bucket(10, 0, 10, 5), width_bucket(3, ARRAY[1e0, 2e0, 4e0])
SELECT width_bucket(5, 0, 10, 0)
SELECT to_base(255, 16), to_base(-5, 2), from_base('ff', 16), from_base('101', 2)
SELECT bitwise_and(12, 10), bitwise_or(12, 10), bitwise_xor(12, 10), bitwise_not(5), bit_count(7, 64)
SELECT bitwise_left_shift(1, 3), bitwise_right_shift(8, 2), bitwise_right_shift_arithmetic(-8, 1)
SELECT bitwise_left_shift(1, 40)
SELECT random() < 1, rand() >= 0, random(10) < 10
SELECT 1_000
SELECT 0x1F
SELECT 1.5 = 1.50, 1.5e0 = 1.5, 3 = 3.0
SELECT DECIMAL '12345678901234567890.123', CAST(1 AS decimal(38,10)) / 3
SELECT CAST(10 AS decimal(10,2)) * CAST(3 AS decimal(10,3)), CAST(10 AS decimal(20,2)) + CAST(3 AS bigint)
SELECT CAST(7 AS decimal(10,2)) / CAST(3 AS decimal(5,1)), CAST(1 AS bigint) / CAST(3 AS decimal(5,2))
SELECT normal_cdf(0, 1, 1.96)
SELECT abs('a')
SELECT 'a' + 1
SELECT sqrt('4')
SELECT 5 DIV 2
SELECT greatest(1, 'a')
SELECT cosine_similarity(MAP(ARRAY['a'], ARRAY[1.0]), MAP(ARRAY['a'], ARRAY[2.0]))
SELECT avg(tasks_created), sum(tasks_created) / count(*), sum(tasks_created) * 1.0 / count(*) FROM gold_user_activity
SELECT sum(tasks_completed) * 100 / sum(tasks_created), 100.0 * sum(tasks_completed) / sum(tasks_created) FROM gold_user_activity
SELECT round(100.0 * sum(tasks_completed) / nullif(sum(tasks_created), 0), 2) FROM gold_user_activity
SELECT CAST(sum(tasks_completed) AS double) / sum(tasks_created) FROM gold_user_activity
