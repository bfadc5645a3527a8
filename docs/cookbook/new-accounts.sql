-- Which accounts were made, and when were they used first?
-- Read: an account that is used minutes after it was made, or from outside, is a way back in.
-- Limits: 4720 needs the audit of account management; domain accounts stand in the logs of domain controllers.
WITH made AS MATERIALIZED (
    SELECT time, host, subject_user AS by, coalesce(field(fields, 'TargetUserName'), user) AS account
    FROM events
    WHERE event_id = 4720 AND channel = 'Security'
), used AS MATERIALIZED (
    SELECT lower(user) AS user, start, computer, ip, session_uid
    FROM sessions
    WHERE outcome = 'success' AND user IS NOT NULL
)
SELECT m.time, m.host, m.by, m.account, min(u.start) AS first_used, u.computer, u.ip, u.session_uid
FROM made m
LEFT JOIN used u ON u.user = lower(m.account) AND u.start >= m.time
GROUP BY m.time, m.host, m.account
ORDER BY m.time, m.account;
