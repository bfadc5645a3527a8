-- From where did people come, how often, and how often in vain?
-- Read: a source outside with many failures and one success is where to begin.
-- Limits: failures that only RDP's own log tells have an address and no user. Behind a gateway all share one address.
SELECT ip, scope, count(*) AS sessions, sum(outcome <> 'success') AS failures, count(DISTINCT lower(user)) AS users,
       count(DISTINCT computer) AS hosts, min(coalesce(start, attempt)) AS first, max(coalesce(start, attempt)) AS last
FROM sessions
WHERE NOT background AND ip IS NOT NULL
GROUP BY ip, scope
ORDER BY sessions DESC, ip
LIMIT 50;
