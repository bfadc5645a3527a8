-- From which addresses did many users come, or try to?
-- Read: an ordinary desktop has one user. Gateways and terminal servers have many, and are known.
-- Limits: counts names as typed; a mistyped name is a user, too.
-- param: least=2 users
SELECT ip, scope, count(DISTINCT lower(user)) AS users, sum(outcome = 'success') AS successes,
       sum(outcome <> 'success') AS failures, group_concat(DISTINCT lower(user)) AS names
FROM sessions
WHERE ip IS NOT NULL AND NOT background
GROUP BY ip, scope
HAVING users >= :least
ORDER BY users DESC, ip;
