-- What are the key figures of the business now?
SELECT metric, value
FROM business_metrics_kpis
ORDER BY metric
