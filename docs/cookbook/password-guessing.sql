-- Which sources tried many passwords within ten minutes?
-- Read: many tries at few users is guessing, few tries at many users is spraying.
-- Limits: slow attempts stay below the number; failures over a gateway share its address.
-- param: least=10 failures within ten minutes
SELECT substr(coalesce(attempt, start), 1, 15) || '0' AS from_time, ip, count(*) AS failures,
       count(DISTINCT lower(user)) AS users, count(DISTINCT computer) AS hosts,
       CASE WHEN count(DISTINCT lower(user)) * 2 > count(*) THEN 'spraying' ELSE 'guessing' END AS looks_like
FROM sessions
WHERE outcome = 'failure'
GROUP BY 1, ip
HAVING count(*) >= :least
ORDER BY failures DESC, from_time, ip;
