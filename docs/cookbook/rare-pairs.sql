-- Which users came from a source that they hardly ever come from?
-- Read: users who also have a usual source; `usual` is how often they came from elsewhere.
-- Limits: addresses given out anew each day make every pair rare.
-- param: most=2 sessions that a rare pair has at most
WITH pairs AS MATERIALIZED (
    SELECT lower(user) AS user, ip, count(*) AS sessions, min(start) AS first, min(session_uid) AS session
    FROM sessions
    WHERE outcome = 'success' AND NOT background AND user IS NOT NULL AND ip IS NOT NULL
    GROUP BY lower(user), ip
), totals AS MATERIALIZED (
    SELECT user, sum(sessions) AS total FROM pairs GROUP BY user
)
SELECT p.user, p.ip, p.sessions, p.first, t.total - p.sessions AS usual, p.session
FROM pairs p
JOIN totals t ON t.user = p.user
WHERE p.sessions <= :most AND usual > 0
ORDER BY usual DESC, p.sessions, p.user, p.ip;
