-- When did each user come from each source for the first time?
-- Read: from below. New pairs late in the logs, outside of hours or right after failures deserve a receipt (`kilroy why`).
-- Limits: the first time in these logs; what was there before they begin is not known.
SELECT min(start) AS first, lower(user) AS user, ip, count(*) AS sessions, count(DISTINCT computer) AS hosts
FROM sessions
WHERE outcome = 'success' AND NOT background AND user IS NOT NULL AND ip IS NOT NULL
GROUP BY lower(user), ip
ORDER BY first, user, ip;
