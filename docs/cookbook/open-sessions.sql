-- Which sessions have no end in the logs?
-- Read: `open` is still there where the logs end; `log-cleared` means that the log which would tell was cleared.
-- Limits: network logons often log off late or not at all; a log that was overwritten shows neither begin nor end.
SELECT computer, user, ip, kind, start, end_kind, end_not_after, grade, session_uid
FROM sessions
WHERE outcome = 'success' AND NOT background AND "end" IS NULL
ORDER BY start, session_uid;
