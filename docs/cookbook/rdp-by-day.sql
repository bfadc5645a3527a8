-- From where did Remote Desktop sessions come, day by day?
-- Read: addresses from outside, and days on which they begin.
-- Limits: behind an RD Gateway the address is the gateway's.
SELECT substr(coalesce(start, attempt), 1, 10) AS day, ip, scope, sum(outcome = 'success') AS successes,
       sum(outcome <> 'success') AS failures, count(DISTINCT lower(user)) AS users, count(DISTINCT computer) AS hosts
FROM sessions
WHERE kind = 'interactive-remote'
GROUP BY day, ip, scope
ORDER BY day, ip;
